"""What a module documents is what it takes: one test for all of them."""

from __future__ import annotations

import importlib
import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.glance_deploy.openstack.plugins.module_utils._quiet_module import QuietModule

COLLECTION = "glance_deploy.openstack"
PLUGINS = pathlib.Path(__file__).parents[3] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("[!_]*.py"))
SECRET = re.compile(r"(^|[_.])(auth|pass(word)?|secret|token|key)$")

Options = Mapping[str, Mapping[str, Any]]


class Module:
    """A module's documentation and argument spec."""

    def __init__(self, name: str) -> None:
        source = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{name}")
        self.name = name
        self.documentation: dict[str, Any] = yaml.safe_load(source.DOCUMENTATION)
        self.examples: list[dict[str, Any]] = yaml.safe_load(source.EXAMPLES)
        self.result: dict[str, Any] = yaml.safe_load(source.RETURN)
        self.spec: Options = source.ARGUMENT_SPEC
        self.base = getattr(source, "QuietModule", None)


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> Module:
    return Module(request.param)


def documented(options: Options) -> dict[str, Any]:
    """Return the documented options in the words of an argument spec."""
    return {
        name: {**interface(option), "options": documented(option.get("suboptions") or {})}
        for name, option in options.items()
    }


def specified(options: Options) -> dict[str, Any]:
    """Return the options of an argument spec, with what it leaves out."""
    return {
        name: {**interface(option), "options": specified(option.get("options") or {})}
        for name, option in options.items()
    }


def interface(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return what documentation and spec have to agree on."""
    plain = {key: option.get(key) for key in ("elements", "default", "choices", "aliases")}
    return {**plain, "type": option.get("type", "str"), "required": option.get("required", False)}


def leaves(options: Options, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the options that hold values, with their paths."""
    for name, option in options.items():
        if option.get("options"):
            yield from leaves(option["options"], f"{path}{name}.")
        else:
            yield f"{path}{name}", option


def test_there_are_modules() -> None:
    assert {"service_database", "service_registration"} <= set(MODULES)


def test_options_are_those_of_the_spec(module: Module) -> None:
    assert documented(module.documentation["options"]) == specified(module.spec)


def test_every_option_is_described(module: Module) -> None:
    def undescribed(options: Options, path: str = "") -> Iterator[str]:
        for name, option in options.items():
            if not option.get("description"):
                yield path + name
            yield from undescribed(option.get("suboptions") or {}, f"{path}{name}.")

    assert list(undescribed(module.documentation["options"])) == []


def test_secrets_are_not_logged(module: Module) -> None:
    shown = [path for path, option in leaves(module.spec) if SECRET.search(path) and option.get("no_log") is not True]
    assert shown == []


def test_nested_secrets_stay_out_of_the_system_log(module: Module) -> None:
    nested = [path for path, _ in leaves(module.spec) if SECRET.search(path) and "." in path]
    assert module.base is QuietModule or not nested


def test_documentation_is_complete(module: Module) -> None:
    assert module.documentation["module"] == module.name
    assert set(module.documentation["attributes"]) >= {"check_mode", "diff_mode"}
    assert all(module.documentation.get(key) for key in ("author", "short_description", "description", "version_added"))
    assert all(value.get("description") and value.get("returned") for value in module.result.values())
    changes = module.documentation["attributes"]["diff_mode"]["support"] != "none"
    assert "steps" in module.result or not changes


def test_examples_use_what_there_is(module: Module) -> None:
    tasks = [task for task in module.examples if f"{COLLECTION}.{module.name}" in task]
    assert tasks
    for task in tasks:
        assert task["name"]
        assert set(task[f"{COLLECTION}.{module.name}"]) <= set(module.spec)
