"""A filter that finds variables of a role whose values are of another type than the role says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Spec = Mapping[str, Mapping[str, Any]]
# Numbers that may be nothing; all others are at least one.
MAY_BE_ZERO = ("glance_database_pool_overflow", "glance_store_min_free_mb")
WORDS = {
    "bool": "true or false, without quotes; with -e or --set as JSON: '{\"%s\": false}'",
    "int": "a whole number of %s or more",
    "list": "a list",
    "dict": "a mapping",
}


def variable_faults(values: Mapping[str, Any], spec: Spec) -> list[str]:
    """Return one line for each variable with a value that its type does not have; values are not told.

    Texts are not taken for truth values: in a condition, "false" and "no" would be true.

    Args:
        values: Variables by name.
        spec: The role's options, as meta/argument_specs.yml has them.
    """
    faults = []
    for name, value in values.items():
        kind = spec.get(name, {}).get("type", "str")
        if kind in WORDS and not _fits(name, value, kind):
            words = WORDS[kind] % {"bool": (name,), "int": (_least(name),)}.get(kind, ())
            faults.append(f"{name} has to be {words}.")
        elif kind == "dict" and name.endswith("_config_overrides"):
            faults += [
                f"{name}: [{section}] has to map options to values."
                for section, options in value.items()
                if not isinstance(options, Mapping)
            ]
    return faults


def _fits(name: str, value: Any, kind: str) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        is_number = not isinstance(value, bool) and re.fullmatch(r"\d{1,15}", str(value)) is not None
        return is_number and int(value) >= _least(name)
    if kind == "list":
        return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    return isinstance(value, Mapping)


def _least(name: str) -> int:
    return 0 if name in MAY_BE_ZERO else 1


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"variable_faults": variable_faults}
