"""One way to try what may be refused: in our own words it may, with any other exception it has a defect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
Refusal = TypeVar("Refusal", bound=Exception)


def tried(call: Callable[[], Found], refusal: type[Refusal]) -> Found | Refusal:
    """Return what a call returns, or the refusal with which it ends."""
    try:
        return call()
    except refusal as error:
        return error


def told(error: Exception) -> str:
    """Return all that people read of a refusal, and see that it is something."""
    assert str(error).strip()
    return f"{error} {getattr(error, 'hint', '')}"
