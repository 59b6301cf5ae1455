# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What can go wrong with Keystone, in one line each, and whether it may pass."""

from __future__ import annotations

import re
from typing import Any

from ._library import Library
from ._plan import DeployError

errors = Library("keystoneauth1.exceptions")

NOT_READY = frozenset({502, 503, 504})

# How Keystone says that a registered limit cannot be changed or removed.
OWN_LIMITS = "project limits associated"
LIST_LIMITS = "env -u OS_PROJECT_NAME openstack --os-system-scope all limit list"
# Waiting does not help: the name is wrong.
NO_SUCH_HOST = "[Errno -2]"
# What lies at the bottom of the libraries' nested messages.
REASON = re.compile(
    r"\[Errno -?\d+\] (?P<system>[\w ]+)|\(\d+, '(?P<reset>[^']+)'|(?P<tls>certificate verify failed[^(')]*)"
    r"|(?P<closed>Remote end closed connection)|(?P<late>timed out)"
)


class UnreachableError(DeployError):
    """There is no Keystone to ask: where a wish is only tried out, one that is still to be installed."""


class BrokenError(UnreachableError):
    """The connection broke before the answer was there."""


class ConflictError(DeployError):
    """There is such a thing already: another run, on another host, made it meanwhile."""


class UnauthorizedError(DeployError):
    """Nobody is signed in with these credentials."""


class ForbiddenError(DeployError):
    """Whoever is signed in may not do that."""


class MissingError(DeployError):
    """Keystone does not know what it was asked for."""


def may_pass(error: Exception) -> bool:
    """Return whether the same request may succeed a little later."""
    lost = isinstance(error, errors.RetriableConnectionFailure) and NO_SUCH_HOST not in str(error)
    return lost or getattr(error, "http_status", None) in NOT_READY


def fault(error: Exception, where: str, doing: str) -> DeployError:
    """Return the error to tell people.

    Args:
        error: What keystoneauth raised.
        where: Address of Keystone.
        doing: What was attempted, as a verb.
    """
    if isinstance(error, errors.HttpError):
        return _refusal(error, where, doing)
    if isinstance(error, errors.ConnectionError):
        return _lost(error, where)
    return DeployError(f"Keystone at {where} could not {doing}: {line(error)}.", "Check auth or cloud.")


def _lost(error: Exception, where: str) -> DeployError:
    found = REASON.search(str(error))
    reason = next(filter(None, found.groups()), "") if found else line(error)
    if isinstance(error, errors.RetriableConnectionFailure):
        mend = "Start it there (systemctl status keystone), or correct auth_url."
        if found and found["closed"]:
            mend = "It listens and does not serve: often its database is down (systemctl status mariadb keystone)."
        kind = BrokenError if isinstance(error, errors.ConnectFailure) else UnreachableError
        return kind(f"No Keystone answers at {where}: {reason}.", mend)
    mend = "Set ca_file to the certificate of the authority that signed Keystone's, or correct the scheme of auth_url."
    return DeployError(f"No connection to Keystone at {where}: {reason}.", mend)


def _refusal(error: Any, where: str, doing: str) -> DeployError:
    if isinstance(error, errors.Unauthorized):
        mend = "Check user, password, project and domains in auth, or cloud; try them with: openstack token issue"
        return UnauthorizedError(f"Keystone at {where} refused the credentials.", mend)
    if isinstance(error, errors.Forbidden) and OWN_LIMITS in str(error):
        return DeployError(
            f"Keystone at {where} does not {doing} while projects have limits of their own instead.",
            f"Remove those, run again, and set them anew. They are listed by: {LIST_LIMITS}",
        )
    if isinstance(error, errors.Forbidden):
        return ForbiddenError(f"Keystone at {where} does not let this user {doing}.", "Use one who has the role admin.")
    kinds = {404: MissingError, 409: ConflictError, **dict.fromkeys(NOT_READY, UnreachableError)}
    return kinds.get(error.http_status, DeployError)(
        f"Keystone at {where} refused to {doing}: {line(error)}.", "Its log says more: /var/log/keystone/ on its host."
    )


def line(text: object) -> str:
    """Return text as one line without a full stop."""
    return " ".join(str(text).split()).rstrip(".")
