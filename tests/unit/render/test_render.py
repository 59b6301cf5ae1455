"""Every release from Pike on, on every system that has it: what is rendered is known there, and stays as it is.

`UPDATE_GOLDEN=1 pytest tests/unit/render` writes the golden files anew; read the difference before you commit it.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from oslo_config import cfg

from glance_deploy.commands.render import systems

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "glance"
GOLDEN = Path(__file__).parent / "golden"
SYSTEMS = list(systems(ROOT))
RELEASES: dict[str, Any] = yaml.safe_load((ROLE / "vars" / "main" / "releases.yml").read_text())["__glance_releases"]
OPTIONS: dict[str, Any] = yaml.safe_load((ROLE / "files" / "options.yml").read_text())
BOOK = "glance_resources | glance_deploy.openstack.runbook(__glance_package_manager)"
FAULTS = """glance_deploy.openstack.option_faults(
    table, __glance.release, __glance_releases | list, __glance_option_aliases)"""
# The text of each oslo.config file by its name; to render a whole runbook takes four times as long.
TEXT = "| combine(__glance_secret_options, recursive=true) | glance_deploy.openstack.to_oslo_ini"
CONTENTS = {
    "glance-api.conf": f"__glance.options {TEXT}",
    "glance-registry.conf": f"__glance_registry_options {TEXT}",
}
METHODS = ("package", "venv")
# The same on every system; it has tests of its own.
LEFT_OUT = "glance-deploy.conf"


Case = tuple[str, str, str]


def suite(system: str) -> dict[str, Any]:
    """Return what the role knows of a system."""
    facts = systems(ROOT)[system]
    suites: dict[str, Any] = yaml.safe_load((ROLE / "vars" / f"{facts['family']}.yml").read_text())["__glance_suites"]
    major = facts["version"].partition(".")[0]
    names = (facts["release"], f"{facts['distribution']}-{major}", major)
    found: dict[str, Any] = next(suites[name] for name in names if name in suites)
    return found


@functools.cache
def possible() -> tuple[Case, ...]:
    """Return system, release and method of all that can be had."""
    found = []
    for system in SYSTEMS:
        known = suite(system)
        found += [(system, release, "package") for release in known["releases"]]
        found += [
            (system, name, "venv")
            for name, release in RELEASES.items()
            if not set(release.get("pythons", ())).isdisjoint(known["pythons"])
        ]
    return tuple(found)


class Renderer:
    """The process that renders."""

    def __init__(self) -> None:
        argv = [sys.executable, "-m", "tests.unit.render.rendering"]
        # Its modules are found from the repository's root.
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def ask(self, case: Case, *expressions: str, **given: Any) -> list[Any]:
        """Return what expressions come to for a case."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"case": case, "given": given, "expressions": expressions}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer: list[Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with contextlib.closing(Renderer()) as process:
        yield process


def text(book: dict[str, Any]) -> str:
    """Return all that is rendered as one text."""
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
def test_what_cannot_be_had_is_refused_and_nothing_else(renderer: Renderer, system: str) -> None:
    for release in ("rocky", "zed", "epoxy", "hibiscus"):
        for method in METHODS:
            case = (system, release, method)
            (refused,) = renderer.ask(case, "__glance_refusals | rejectattr('that')")
            assert bool(refused) != (case in possible())


def test_every_system_has_a_release() -> None:
    assert {system for system, _, _ in possible()} == set(SYSTEMS)


@pytest.mark.parametrize("case", possible(), ids="-".join)
def test_each_option_is_one_that_the_release_knows(renderer: Renderer, case: Case, tmp_path: Path) -> None:
    registry, *contents = renderer.ask(case, "__glance.registry", *CONTENTS.values())
    for name, content in zip(CONTENTS, contents, strict=True):
        if name == "glance-registry.conf" and not registry:
            continue
        given = {"wished": parse(content, tmp_path / name), "table": OPTIONS[name]}
        assert renderer.ask(case, f"wished | {FAULTS}", **given) == [[]], name


def shown() -> list[Case]:
    """Return each release once, on the first system that has it, and each system once, with what it has first."""
    by_release: dict[str, Case] = {}
    by_system: dict[str, Case] = {}
    for case in possible():
        by_release.setdefault(case[1], case)
        by_system.setdefault(case[0], case)
    return sorted({*by_release.values(), *by_system.values()})


@pytest.mark.variables("glance_release", "glance_install_method")
@pytest.mark.parametrize("case", shown(), ids="-".join)
def test_what_is_rendered_is_what_was_reviewed(renderer: Renderer, case: Case) -> None:
    path = GOLDEN / f"{'-'.join(case)}.txt"
    now = text(*renderer.ask(case, BOOK))
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(now)
    before = path.read_text() if path.exists() else ""
    told = difflib.unified_diff(before.splitlines(), now.splitlines(), str(path), "now", lineterm="")
    assert before == now, "\n".join(told)


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {"-".join(case) for case in shown()}
