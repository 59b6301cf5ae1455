"""The rules by which oslo.config reads a file (8.3 to 10.7), written down once more, apart from the code under test."""

from __future__ import annotations

import string
from collections.abc import Mapping

Read = dict[str, dict[str, list[str]]]
SUBSTITUTED = "(the value of another option)"


class _Template(string.Template):
    """What oslo.config substitutes with."""

    idpattern = r"[_a-z][\._a-z0-9]*"


class _Anything(dict[str, str]):
    """Knows every name, so that no reference goes unnoticed."""

    def __missing__(self, name: str) -> str:
        return SUBSTITUTED


def substituted(text: str) -> str:
    """Return what oslo.config makes of the text of a value."""
    names: Mapping[str, str] = _Anything()
    return _Template(text.replace("\\$", "$$")).safe_substitute(names)


def read(text: str) -> Read:
    """Return the values of a file by section and option, references substituted.

    Raises:
        ValueError: oslo.config refuses the file.
    """
    found: Read = {}
    section, values = "", None
    # Files are opened as text, which turns other line ends into this one.
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        kept = line.rstrip()
        if kept.startswith((" ", "\t")):
            if values is None:
                raise ValueError("continues nothing")
            values[-1] += "\n" + kept.lstrip()
            continue
        values = None
        if kept.startswith("["):
            section = _section(kept)
            found.setdefault(section, {})
        elif kept and not kept.startswith(("#", ";")):
            name, value = _assignment(kept)
            if not section:
                raise ValueError("no section")
            values = found[section].setdefault(name, [])
            values.append(value)
    return {
        name: {option: [substituted(value) for value in values] for option, values in options.items()}
        for name, options in found.items()
    }


def items(text: str) -> list[str]:
    """Return the items that a list option makes of a value."""
    return [item.strip() for item in text.split(",")] if text else []


def _section(line: str) -> str:
    if not line.endswith("]") or len(line) < len("[x]"):
        raise ValueError("no section name")
    return line[1:-1]


def _assignment(line: str) -> tuple[str, str]:
    at = min((found for found in (line.find("="), line.find(":")) if found >= 0), default=-1)
    if at < 0 or not line[:at].strip():
        raise ValueError("no assignment")
    value = line[at + 1 :].strip()
    if value and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return line[:at].strip(), value
