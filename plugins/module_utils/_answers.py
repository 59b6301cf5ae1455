# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Addresses that have to answer, asked from this host."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from ._plan import DeployError, Plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    "urls": {"type": "list", "elements": "str", "required": True},
    # Seconds for one answer.
    "timeout": {"type": "int", "default": 10},
    # Where to look when there is no answer.
    "log_file": {"type": "path", "default": ""},
}
LARGEST = 1 << 20


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Ask, and tell what was answered; there is nothing to change.

    Raises:
        DeployError: An address does not answer with 200.
    """
    hint = f"tail -n 100 {params['log_file']}" if params["log_file"] else "Look at the service's log."
    try:
        return Outcome(Plan(), {"answers": [_ask(url, params["timeout"], hint) for url in params["urls"]]})
    except DeployError:
        # A dry run of the first deployment has nobody to ask yet.
        if not context.tentative:
            raise
        return Outcome(Plan())


def _ask(url: str, timeout: int, hint: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as answer:
            status, body = int(answer.status), answer.read(LARGEST)
            if answer.length and len(body) < LARGEST:
                raise http.client.IncompleteRead(body, answer.length)
    except urllib.error.HTTPError as error:
        raise DeployError(f"{url} answers {error.code}.", hint) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DeployError(f"{url} does not answer: {getattr(error, 'reason', error)}.", hint) from error
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    return {"url": url, "status": status, "json": document}


KIND = Kind(SPEC, bring)
