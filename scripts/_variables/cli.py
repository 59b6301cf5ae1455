"""The command line: print which tests prove which variables, and tell what is missing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .coverage import cover
from .errors import VariablesError
from .roles import names
from .table import document, text

REPOSITORY = Path(__file__).resolve().parents[2]
MANUAL = """\
Prints each public variable of the roles, with its default and the tests that prove it: those that would fail if the
variable did nothing. A test says so itself:

    @pytest.mark.variables("glance_workers", "glance_bind_port")

at the test, at a row (pytest.param(…, marks=…)), or in pytestmark. Exit code 1 when a variable of roles/glance has no
test, or when a mark names a variable that there is not. Nothing is run, and no host is asked.
"""


def main(argv: Sequence[str] | None = None, root: Path = REPOSITORY) -> int:
    """Print the table; return 0, 1 when something is to be mended, 2 when the roles cannot be read."""
    known = names(root)
    options = parse(argv, known)
    try:
        coverage = cover(root, [options.role] if options.role else known)
    except VariablesError as error:
        print(f"variables: {error}", file=sys.stderr)
        return 2
    if options.output == "json":
        print(json.dumps(document(coverage), indent=1, ensure_ascii=False))
    else:
        print(text(coverage))
    for problem in coverage.problems:
        print(f"variables: {problem}", file=sys.stderr)
    return int(bool(coverage.problems))


def parse(argv: Sequence[str] | None, roles: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/variables", description=MANUAL, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--role", choices=roles, help="this role alone")
    parser.add_argument("--output", choices=["text", "json"], default="text", help="json: one document for programs")
    return parser.parse_args(argv)
