# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Data that ship with a service and belong into its database, as a resource: loaded by the service's own program."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from . import _own_account
from ._config_file import State, explained, make_private, replacing
from ._database import Database
from ._database_gateway import Login, MariaDB
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome
from ._schema import LOADING

SPEC: Mapping[str, Any] = {
    **_own_account.SPEC,
    "load": {"type": "list", "elements": "str", "required": True},
    # It is due when this table is empty, or when the schema was migrated.
    "table": {"type": "str", "required": True},
    # The mark of the resource of kind schema before it: stands until the data are loaded.
    "mark": {"type": "path", "required": True},
}


def bring(params: Mapping[str, Any], context: Context, connect: Callable[[Login], MariaDB] = MariaDB) -> Outcome:
    """Load the data when the table has none, or the schema is a new one.

    Raises:
        DeployError: The database cannot be read, or the program failed.
    """
    mark = Path(params["mark"])
    is_due = mark.exists() or str(mark) in context.touched or _is_empty(params, context, connect)
    steps = plan(Step("load", f"definitions into {params['table']}", "none", "as shipped") if is_due else None)
    if steps and not context.check_mode:
        # The first row is in long before the last one: an emptied table, too, tells of a killed load by the mark alone.
        if not mark.exists():
            _write_mark(mark)
        _own_account.run_program(params, params["load"], context.run)
        mark.unlink(missing_ok=True)
    return Outcome(steps)


def _write_mark(mark: Path) -> None:
    with explained("mark the load as", mark):
        make_private(mark.parent)
        with replacing(mark, State(LOADING, "root", "root", 0o600)):
            pass


def _is_empty(params: Mapping[str, Any], context: Context, connect: Callable[[Login], MariaDB]) -> bool:
    try:
        with contextlib.closing(connect(_own_account.login(params))) as server:
            return params["table"] in server.read(Database(params["database"])).empty_tables
    except DeployError as error:
        if not _own_account.may_be_missing(params, error, context):
            raise
        return True


KIND = Kind(SPEC, bring)
