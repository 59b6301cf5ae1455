"""The table for people, and the document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from .coverage import Coverage, Row
from .roles import Variable

VERSION = 1
# What is left on a line for the default; the role's defaults have it whole.
WIDEST = 24


def document(coverage: Coverage) -> dict[str, Any]:
    """Return all that is known, as it goes into JSON."""
    roles = {
        role: [
            {
                "name": row.variable.name,
                "required": row.variable.required,
                "default": row.variable.default,
                "tests": list(row.tests),
            }
            for row in rows
        ]
        for role, rows in groupby(coverage.rows, key=lambda row: row.variable.role)
    }
    return {"version": VERSION, "roles": roles, "problems": list(coverage.problems)}


def text(coverage: Coverage) -> str:
    """Return the table: role by role, a line a test."""
    parts = []
    for role, group in groupby(coverage.rows, key=lambda row: row.variable.role):
        rows = list(group)
        proved = sum(bool(row.tests) for row in rows)
        parts.append("\n".join([f"roles/{role}: {len(rows)} variables, {proved} with tests", *_lines(rows)]))
    return "\n\n".join(parts)


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    width = max(len(row.variable.name) for row in rows)
    for row in rows:
        first, *more = row.tests or ["-"]
        yield f"  {row.variable.name:{width}}  {shortened(row.variable):{WIDEST}}  {first}"
        yield from (f"  {'':{width}}  {'':{WIDEST}}  {test}" for test in more)


def shortened(variable: Variable) -> str:
    """Return a default as it fits on a line."""
    if variable.required:
        return "(required)"
    default = variable.default
    whole = default if isinstance(default, str) and default else json.dumps(default, ensure_ascii=False)
    line = " ".join(whole.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"
