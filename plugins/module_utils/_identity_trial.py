# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a password opens an account, found out beside other requests.

Keystone compares passwords slowly on purpose, for a fifth of a second, and one of its workers does so while another one
answers the rest.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ._keystone_session import NONSENSE
from ._library import Library
from ._plan import DeployError

errors = Library("keystoneauth1.exceptions")

REFUSED = ""


@dataclasses.dataclass(frozen=True)
class Account:
    """A user, and the password that should be the right one.

    Attributes:
        name: Name of the user.
        domain: Name of the user's domain.
        password: The password.
    """

    name: str
    domain: str
    password: str = dataclasses.field(repr=False)

    def identity(self) -> Mapping[str, Any]:
        """Return the user as Keystone's way to sign in wants it."""
        return {"name": self.name, "domain": {"name": self.domain}, "password": self.password}


class Trial:
    """One attempt to open an account; it begins at once.

    Args:
        attempt: Asks Keystone for a token and returns the id of its user.
    """

    def __init__(self, attempt: Callable[[], str]) -> None:
        self._attempt = attempt
        self._outcome: str | None = None
        # A daemon: when the administrator cannot sign in, nobody waits for this.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def outcome(self) -> str | None:
        """Return the id of the user, REFUSED, or None for an attempt that failed for another reason."""
        self._thread.join()
        return self._outcome

    def _run(self) -> None:
        # What went wrong is told by the attempt that is made when it matters.
        with contextlib.suppress(errors.ClientException, DeployError, OSError, *NONSENSE):
            try:
                self._outcome = self._attempt()
            except errors.Unauthorized:
                self._outcome = REFUSED
