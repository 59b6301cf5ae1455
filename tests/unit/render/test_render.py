"""Every release from Pike on, on every system that has it: what is rendered is known there, and stays as it is.

`UPDATE_GOLDEN=1 pytest tests/unit/render` writes the golden files anew; read the difference before you commit it.
"""

from __future__ import annotations

import difflib
import functools
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from oslo_config import cfg

from glance_deploy.commands.render import systems
from tests.unit.render.rendering import ROLE, ROOT, evaluate, refusals, render, variables

GOLDEN = Path(__file__).parent / "golden"
SYSTEMS = list(systems(ROOT))
RELEASES: dict[str, Any] = yaml.safe_load((ROLE / "vars" / "main" / "releases.yml").read_text())["__glance_releases"]
OPTIONS: dict[str, Any] = yaml.safe_load((ROLE / "files" / "options.yml").read_text())
FAULTS = """glance_deploy.openstack.option_faults(
    table, __glance.release, __glance_releases | list, __glance_option_aliases)"""
METHODS = ("package", "venv")
# The same on every system; it has tests of its own.
LEFT_OUT = "glance-deploy.conf"


def suite(system: str) -> dict[str, Any]:
    """Return what the role knows of a system."""
    facts = systems(ROOT)[system]
    suites: dict[str, Any] = yaml.safe_load((ROLE / "vars" / f"{facts['family']}.yml").read_text())["__glance_suites"]
    major = facts["version"].partition(".")[0]
    names = (facts["release"], f"{facts['distribution']}-{major}", major)
    found: dict[str, Any] = next(suites[name] for name in names if name in suites)
    return found


def runs_on(needed: str, pythons: list[str]) -> bool:
    """Whether a release that needs a Python finds it."""
    version = [int(part) for part in needed.split(".")]
    return needed in pythons if version[0] == 2 else [int(part) for part in pythons[0].split(".")] >= version


@functools.cache
def possible() -> tuple[tuple[str, str, str], ...]:
    """Return system, release and method of all that can be had."""
    found = []
    for system in SYSTEMS:
        known = suite(system)
        found += [(system, release, "package") for release in known["releases"]]
        pypi = {name: release for name, release in RELEASES.items() if "pypi" in release}
        found += [
            (system, name, "venv") for name, release in pypi.items() if runs_on(release["python"], known["pythons"])
        ]
    return tuple(found)


def text(system: str, release: str, method: str) -> str:
    """Return all that is rendered as one text."""
    book = render(system, release, method)
    shown = {path: content for path, content in book["files"].items() if not path.endswith(LEFT_OUT)}
    shown.pop("constraints.txt", None)
    return "\n".join([book["commands"], *(f"==> {path} <==\n{content}" for path, content in sorted(shown.items()))])


def parse(content: str, path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the options of a file as oslo.config reads them."""
    path.write_text(content)
    sections: dict[str, dict[str, list[str]]] = {}
    cfg.ConfigParser(str(path), sections).parse()
    return sections


def test_every_release_can_be_had_somewhere() -> None:
    assert {release for _, release, _ in possible()} == set(RELEASES)


@pytest.mark.parametrize("system", ["debian-11", "ubuntu-24.04", "centos-9", "centos-10"])
def test_what_cannot_be_had_is_refused_and_nothing_else(system: str) -> None:
    for release in ("rocky", "zed", "epoxy", "hibiscus"):
        for method in METHODS:
            assert bool(refusals(system, release, method)) != ((system, release, method) in possible())


def test_every_system_has_a_release() -> None:
    assert {system for system, _, _ in possible()} == set(SYSTEMS)


@pytest.mark.parametrize("case", possible(), ids="-".join)
def test_each_option_is_one_that_the_release_knows(case: tuple[str, str, str], tmp_path: Path) -> None:
    known = variables(*case)
    for name, content in config_files(known).items():
        written = {"wished": parse(content, tmp_path / name), "table": OPTIONS[name]}
        assert evaluate(f"wished | {FAULTS}", known | written) == [], name


def config_files(known: dict[str, Any]) -> dict[str, str]:
    """Return the text of each oslo.config file by its name; to render a whole runbook takes four times as long."""
    secret = "| combine(__glance_secret_options, recursive=true) | glance_deploy.openstack.to_oslo_ini"
    files = {"glance-api.conf": evaluate(f"__glance.options {secret}", known)}
    if known["__glance"]["registry"]:
        files["glance-registry.conf"] = evaluate(f"__glance_registry_options {secret}", known)
    return files


def shown() -> list[tuple[str, str, str]]:
    """Return each release once, on the first system that has it, and each system once, with what it has first."""
    by_release: dict[str, tuple[str, str, str]] = {}
    by_system: dict[str, tuple[str, str, str]] = {}
    for case in possible():
        by_release.setdefault(case[1], case)
        by_system.setdefault(case[0], case)
    return sorted({*by_release.values(), *by_system.values()})


@pytest.mark.parametrize("case", shown(), ids="-".join)
def test_what_is_rendered_is_what_was_reviewed(case: tuple[str, str, str]) -> None:
    path = GOLDEN / f"{'-'.join(case)}.txt"
    now = text(*case)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(now)
    before = path.read_text() if path.exists() else ""
    told = difflib.unified_diff(before.splitlines(), now.splitlines(), str(path), "now", lineterm="")
    assert before == now, "\n".join(told)


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {"-".join(case) for case in shown()}
