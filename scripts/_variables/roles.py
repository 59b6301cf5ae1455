"""The public variables of the roles, from their defaults and their argument_specs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import VariablesError


@dataclass(frozen=True)
class Variable:
    """A public variable; one that is required has no default."""

    role: str
    name: str
    default: Any = None
    required: bool = False


def names(root: Path) -> list[str]:
    """Return the names of the roles of a repository."""
    return sorted(path.name for path in (root / "roles").iterdir() if path.is_dir())


def variables(root: Path, roles: Sequence[str]) -> list[Variable]:
    """Return the public variables of roles, as they are listed there: defaults first, then what is required.

    Raises:
        VariablesError: A role lacks one of the two files, or it is no YAML.
    """
    return [variable for role in roles for variable in _of_role(root, role)]


def _of_role(root: Path, role: str) -> list[Variable]:
    folder = root / "roles" / role
    defaults = _load(root, folder / "defaults" / "main.yml")
    main = _load(root, folder / "meta" / "argument_specs.yml").get("argument_specs", {}).get("main", {})
    specs: dict[str, Any] = main.get("options", {})
    found = [Variable(role, name, default) for name, default in defaults.items()]
    others = {name: option for name, option in specs.items() if name not in defaults}
    return found + [
        Variable(role, name, option.get("default"), bool(option.get("required"))) for name, option in others.items()
    ]


def _load(root: Path, path: Path) -> dict[str, Any]:
    shown = path.relative_to(root)
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise VariablesError(f"{shown}: {error.strerror}. Each role has this file; write it.") from error
    except yaml.YAMLError as error:
        where = f"{shown}:{mark.line + 1}" if (mark := getattr(error, "problem_mark", None)) else str(shown)
        raise VariablesError(f"{where}: this is no YAML. Correct it.") from error
    if not isinstance(found, dict):
        raise VariablesError(f"{shown}: this is a {type(found).__name__}, not a mapping. Correct it.")
    return found
