# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Python libraries of the distribution, which may come in while a process of ours is at work."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from typing import Any


class Library:
    """A module that is imported when it is first used: on a bare host, the packages that bring it come in before that.

    Args:
        name: Full name of the module.
        without: A library that it is not to find, though it may be installed.
    """

    def __init__(self, name: str, without: str = "") -> None:
        self._name = name
        self._without = without

    @property
    def is_there(self) -> bool:
        """Whether it can be imported."""
        try:
            self._load()
        except ImportError:
            return False
        return True

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._load(), attribute)

    def _load(self) -> Any:
        if self._name not in sys.modules:
            # What was not found once is otherwise not looked for again.
            importlib.invalidate_caches()
        with _hidden(self._without) if self._without else contextlib.nullcontext():
            return importlib.import_module(self._name)


@contextlib.contextmanager
def _hidden(library: str) -> Iterator[None]:
    """Let what is imported meanwhile believe that a library it can do without is not installed."""
    modules: dict[str, Any] = sys.modules
    known = modules.get(library)
    modules[library] = None
    try:
        yield
    finally:
        del modules[library]
        if known is not None:
            modules[library] = known
