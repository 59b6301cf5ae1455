"""The table as YAML that a person can read and a diff can show: one line an option."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from .merge import Life, Place

# Words that YAML 1.1 takes for something else than text.
NOT_TEXT = {"on", "off", "yes", "no", "y", "n", "true", "false", "null"}
FIELDS = ("first", "last", "now", "why")


def render(table: Mapping[Place, Life], comment: Iterable[str]) -> str:
    """Return the text of the file: files, sections with DEFAULT first, options in alphabetical order."""
    lines = ["---", *(f"# {line}".rstrip() for line in comment)]
    ordered = sorted(table, key=lambda place: (place[0], place[1] != "DEFAULT", place))
    for file, places in groupby(ordered, key=lambda place: place[0]):
        lines.append(f"{scalar(file)}:")
        for section, options in groupby(places, key=lambda place: place[1]):
            lines.append(f"  {scalar(section)}:")
            lines += [f"    {scalar(place[2])}: {life(table[place])}" for place in options]
    return "\n".join(lines) + "\n"


def life(each: Life) -> str:
    """Return a life span as a mapping on one line; what is empty is left out."""
    return "{" + ", ".join(f"{name}: {scalar(value)}" for name in FIELDS if (value := getattr(each, name))) + "}"


def scalar(text: str) -> str:
    """Return text as YAML, in quotes where it needs them."""
    plain = re.fullmatch(r"[A-Za-z_][\w.-]*", text, re.ASCII) and text.lower() not in NOT_TEXT
    return text if plain else json.dumps(text, ensure_ascii=False)
