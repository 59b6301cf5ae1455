# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What a service has of its own: the account that its programs run as, and the one that its database knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._command import Run, last_words
from ._database_gateway import Login, UnreachableError
from ._plan import DeployError
from ._resource import Context

# Arguments of resources that work with both.
SPEC: Mapping[str, Any] = {
    # Account that the programs run as.
    "user": {"type": "str", "required": True},
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 3306},
    "login": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "database": {"type": "str", "required": True},
    # Whether somebody else makes the account: then it has to be right in a dry run, too.
    "given": {"type": "bool", "default": False},
}


def login(params: Mapping[str, Any]) -> Login:
    """Return how the service logs in to its database."""
    return Login(host=params["host"], port=params["port"], user=params["login"], password=params["password"])


def may_be_missing(params: Mapping[str, Any], error: DeployError, context: Context) -> bool:
    """Return whether an error only says that nothing is deployed yet: a dry run finds no server, or no account."""
    return context.tentative and (not params["given"] or isinstance(error, UnreachableError))


def as_user(params: Mapping[str, Any], words: Sequence[str]) -> list[str]:
    """Return the command that runs a program as the service's account."""
    return ["runuser", "-u", params["user"], "--", *words]


def run_program(params: Mapping[str, Any], words: Sequence[str], run: Run) -> None:
    """Run one of the service's own programs as its account.

    Raises:
        DeployError: It failed; with what it said last.
    """
    command = as_user(params, words)
    code, output, errors = run(command)
    if code:
        told = last_words(output, errors, [params["password"]])
        raise DeployError(f"{' '.join(words[:3])} failed: {told}", " ".join(command))
