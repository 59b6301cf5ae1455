"""Who may name whom. A wrong import fails here, with the rule's name.

deploy.py -> glance_deploy.cli -> commands -> everything else in glance_deploy -> {result, errors}
plugins/{modules,filter,lookup,callback} -> plugins/module_utils; modules/host_* -> _kinds -> each kind -> _resource
roles meet in group_vars alone; nothing imports tests, molecule or scripts
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "glance_deploy"
PLUGINS = ROOT / "plugins"
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PLUGIN_FILES = sorted(PLUGINS.rglob("*.py"))
UTILS = sorted((PLUGINS / "module_utils").glob("*.py"))
PACKAGE_FILES = sorted(PACKAGE.rglob("*.py"))
NOBODY_IMPORTS = {"tests", "molecule", "scripts"}
TOP = ("cli", "__main__")
BOTTOM = ("errors", "result")
LONGEST_MODULE = 250


def module(path: Path) -> str:
    """Return the name of a module of the package, without the package's own."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it; `from a import b` counts as `a.b` and as `a`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}{'' if base.endswith('.') else '.'}{alias.name}" for alias in node.names)


def tops(path: Path) -> set[str]:
    """Return the top-level packages that a file imports; relative imports have none."""
    return {name.partition(".")[0] for name in imports(path)} - {""}


def siblings(path: Path) -> set[str]:
    """Return the module_utils that one of them imports."""
    known = {found.stem for found in UTILS}
    return {name.lstrip(".") for name in imports(path) if name.startswith(".")} & known


def circle(graph: dict[str, set[str]]) -> str:
    """Return a circle of imports, nothing when there is none."""
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> str:
        if name in trail:
            return " -> ".join((*trail, name))
        found = "" if name in done else next(filter(None, (walk(below, (*trail, name)) for below in graph[name])), "")
        done.add(name)
        return found

    return next(filter(None, (walk(name, ()) for name in sorted(graph))), "")


def inner(path: Path) -> set[str]:
    """Return the modules of our package that one of them imports."""
    known = {module(found) for found in PACKAGE_FILES}
    return {name.removeprefix("glance_deploy.") for name in imports(path)} & known


def rank(name: str) -> int:
    """Return the layer of a module, from the bottom."""
    if name in BOTTOM:
        return 0
    if name in TOP:
        return 4
    if name == "application":
        return 3
    return 2 if name.startswith("commands") else 1


@pytest.mark.parametrize("path", PACKAGE_FILES, ids=module)
def test_imports_point_downwards(path: Path) -> None:
    upwards = {name for name in inner(path) if rank(name) > rank(module(path))}
    assert not upwards, f"{module(path)} imports from a layer above its own: {sorted(upwards)}"


def test_no_two_modules_import_each_other() -> None:
    assert not circle({module(path): inner(path) for path in PACKAGE_FILES})
    assert not circle({path.stem: siblings(path) for path in UTILS})


def test_circles_are_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == "a -> b -> c -> b"
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


@pytest.mark.parametrize("path", PACKAGE_FILES, ids=module)
def test_the_orchestration_knows_ansible_as_a_process_only(path: Path) -> None:
    assert not tops(path) & {"ansible", "ansible_collections", "plugins"}


def test_one_module_starts_programs() -> None:
    found = [module(path) for path in PACKAGE_FILES if "subprocess" in tops(path)]
    assert found == ["process"], "only process.py starts programs"


def test_one_module_starts_ansible() -> None:
    programs = re.compile(r"ansible(-playbook|-inventory|-vault|-galaxy|-config)?")
    found = {
        module(path)
        for path in PACKAGE_FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and programs.fullmatch(node.value)
    }
    assert found == {"runner"}, "only runner.py starts Ansible"


def test_the_launcher_needs_the_standard_library_only() -> None:
    found = tops(ROOT / "deploy.py") - set(sys.stdlib_module_names)
    assert found == {"glance_deploy"}
    assert inner(ROOT / "deploy.py") == {"cli"}


@pytest.mark.parametrize("name", ["arguments", "cli", "errors", "result", "target"])
def test_what_answers_before_anything_is_installed_needs_the_standard_library_only(name: str) -> None:
    """Imports inside functions are what comes later, so only those of the module itself count."""
    tree = ast.parse((PACKAGE / f"{name}.py").read_text())
    found = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    allowed = {
        "",
        "glance_deploy",
        *(f"glance_deploy.{other}" for other in ("arguments", "errors", "result", "target")),
    }
    assert {top.partition(".")[0] for top in found - allowed} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", PLUGIN_FILES, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_plugins_know_module_utils_and_libraries_only(path: Path) -> None:
    assert not tops(path) & {"glance_deploy", *NOBODY_IMPORTS}
    kind = path.relative_to(PLUGINS).parts[0]
    allowed = r"\.(\w[\w.]*)?" if kind == "module_utils" else r"\.\.module_utils[\w.]*"
    strangers = {name for name in imports(path) if name.startswith(".") and not re.fullmatch(allowed, name)}
    assert not strangers, f"{path.name} may import from module_utils only"


def test_one_module_util_starts_programs() -> None:
    found = {path.stem for path in PLUGIN_FILES if "subprocess" in tops(path)}
    # The preflight's questions to apt have a time limit of their own.
    assert found == {"_command", "_host_packages"}, "only _command.py starts programs on a host"


def test_the_engine_knows_no_kind_and_kinds_do_not_know_the_engine() -> None:
    engine, kinds = {"_resource", "_host_state"}, siblings(PLUGINS / "module_utils" / "_kinds.py") - {"_resource"}
    assert kinds
    for path in UTILS:
        if path.stem in engine:
            assert not siblings(path) & {*kinds, "_kinds"}, f"{path.stem} is for all kinds alike"
        if path.stem in kinds:
            assert not siblings(path) & {"_host_state", "_kinds"}, f"{path.stem} is one kind among others"


@pytest.mark.parametrize("path", [ROOT / "deploy.py", *PACKAGE_FILES, *PLUGIN_FILES], ids=lambda path: path.name)
def test_nothing_that_ships_imports_what_only_developers_have(path: Path) -> None:
    assert not tops(path) & NOBODY_IMPORTS


@pytest.mark.parametrize("path", [*PACKAGE_FILES, *PLUGIN_FILES], ids=lambda path: path.name)
def test_modules_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


def role_texts(role: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / "roles" / role).rglob("*")):
        if path.is_file() and path.suffix in {".yml", ".j2"}:
            yield path, path.read_text()


def public_names(role: str) -> set[str]:
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return set(content["argument_specs"]["main"]["options"])


@pytest.mark.parametrize("role", ROLES)
def test_roles_do_not_use_variables_of_each_other(role: str) -> None:
    foreign = {name for other in ROLES if other != role for name in public_names(other)}
    private = {f"__{other}_" for other in ROLES if other != role}
    for path, text in role_texts(role):
        used = set(re.findall(r"\w+", text))
        wrong = {word for word in used if word in foreign or word.startswith(tuple(private))}
        assert not wrong, f"{path.relative_to(ROOT)} uses another role's {sorted(wrong)}: wire it in group_vars"


@pytest.mark.parametrize("role", ROLES)
def test_roles_do_not_include_each_other(role: str) -> None:
    for path, text in role_texts(role):
        assert not re.search(r"(include|import)_role", text), f"{path.relative_to(ROOT)}: playbooks alone join roles"
    meta = ROOT / "roles" / role / "meta" / "main.yml"
    if meta.is_file():
        assert not (yaml.safe_load(meta.read_text()) or {}).get("dependencies"), f"{role} depends on another role"
