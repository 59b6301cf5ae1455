"""Variables beside their tests, and what is missing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .marks import Proof, collect
from .roles import Variable, names, variables

# Here each variable has to have a test.
COMPLETE = frozenset({"glance"})


@dataclass(frozen=True)
class Row:
    """A variable and the tests that prove it."""

    variable: Variable
    tests: Sequence[str]


@dataclass(frozen=True)
class Coverage:
    """The variables of some roles with their tests, and what is to be mended, one line each."""

    rows: Sequence[Row]
    problems: Sequence[str]


def cover(root: Path, roles: Sequence[str]) -> Coverage:
    """Hold the variables of some roles against the tests of a repository.

    Raises:
        VariablesError: The roles cannot be read.
    """
    known = variables(root, names(root))
    proofs, problems = collect(root)
    rows = [
        Row(variable, sorted({proof.test for proof in proofs if proof.variable == variable.name}))
        for variable in known
        if variable.role in roles
    ]
    return Coverage(rows, [*problems, *unknown(known, proofs), *uncovered(rows)])


def unknown(known: Sequence[Variable], proofs: Sequence[Proof]) -> Iterator[str]:
    """Yield what to do about marks for variables that there are not."""
    there = [variable.name for variable in known]
    for variable, where in dict.fromkeys((proof.variable, proof.where) for proof in proofs):
        if variable not in there:
            near = difflib.get_close_matches(variable, there, 1)
            hint = f"did you mean {near[0]}?" if near else "no role has one like it."
            yield f"{where}: there is no variable {variable}; {hint} Correct the mark."


def uncovered(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what to do about variables that no test proves, where each has to be proved."""
    for variable in (row.variable for row in rows if not row.tests and row.variable.role in COMPLETE):
        yield (
            f"roles/{variable.role}: no test proves {variable.name}. Write one that fails when it does nothing, "
            f'and mark it @pytest.mark.variables("{variable.name}")'
        )
