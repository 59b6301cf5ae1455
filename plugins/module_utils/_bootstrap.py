# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Keystone's own administrator, region and endpoints, made by its own program and looked at through its API."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from typing import Any

from ._command import last_words
from ._plan import DeployError, Plan, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    # Where Keystone is asked, from its own host.
    "url": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "project": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
    "endpoints": {
        "type": "dict",
        "required": True,
        "options": {interface: {"type": "str", "required": True} for interface in ("public", "internal", "admin")},
    },
}
# Region, interface and URL.
Endpoint = tuple[str, str, str]
# A fresh Keystone loads on its first request and may drop the connection.
ATTEMPTS, PAUSE, PATIENCE = 5, 2, 60
# The password comes in on standard input: arguments and environments of a command show in the process list.
SCRIPT = (
    "IFS= read -r OS_BOOTSTRAP_PASSWORD && export OS_BOOTSTRAP_PASSWORD && "
    'exec runuser -u keystone -- keystone-manage bootstrap "$@"'
)


def endpoints_in(token: Any) -> frozenset[Endpoint]:
    """Return the endpoints of Keystone in a token's document.

    Raises:
        LookupError: It is something else; so do AttributeError and TypeError.
    """
    return frozenset(
        (str(endpoint.get("region")), str(endpoint.get("interface")), str(endpoint.get("url")))
        for service in token["token"].get("catalog") or ()
        if service.get("type") == "identity"
        for endpoint in service.get("endpoints") or ()
    )


def plan_bootstrap(found: Collection[Endpoint] | None, region: str, endpoints: Mapping[str, str]) -> Plan:
    """Return the step after which the administrator can sign in and the catalogue names Keystone.

    Args:
        found: Endpoints in the administrator's token; None when there is no token for this password.
        region: Region of the endpoints.
        endpoints: URL by interface.
    """
    if found is None:
        return plan(Step("bootstrap", "administrator, region and catalogue of Keystone"))
    missing = [interface for interface, url in endpoints.items() if (region, interface, url) not in found]
    return plan(Step("bootstrap", f"{', '.join(missing)} endpoint of Keystone in {region}") if missing else None)


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Bootstrap Keystone when its administrator or its endpoints are not as wished.

    Raises:
        DeployError: Keystone does not answer, or the bootstrap failed.
    """
    try:
        found = _ask(params)
    except DeployError:
        if not context.tentative:
            raise
        found = None
    steps = plan_bootstrap(found, params["region"], params["endpoints"])
    if steps and not context.check_mode:
        options = {
            "username": params["user"],
            "project-name": params["project"],
            "region-id": params["region"],
            **{f"{interface}-url": url for interface, url in params["endpoints"].items()},
        }
        words = [
            "/bin/sh",
            "-c",
            SCRIPT,
            "bootstrap",
            *(f"--bootstrap-{name}={text}" for name, text in options.items()),
        ]
        code, output, errors = context.run(words, stdin=f"{params['password']}\n")
        if code:
            told = last_words(output, errors, [params["password"]])
            raise DeployError(f"keystone-manage bootstrap failed: {told}", "tail -n 100 /var/log/keystone/keystone.log")
    return Outcome(steps)


def _ask(params: Mapping[str, Any]) -> frozenset[Endpoint] | None:
    """Return the endpoints in a token of the administrator, None when there is no token for this password."""
    domain = {"name": "Default"}
    user = {"name": params["user"], "domain": domain, "password": params["password"]}
    scope = {"project": {"name": params["project"], "domain": domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    url = f"{params['url']}/auth/tokens"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return endpoints_in(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code in (401, 404):
                return None
            reason: object = f"status {error.code}"
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            reason = "something that is not a token"
        if attempt < ATTEMPTS:
            time.sleep(PAUSE)
    raise DeployError(f"{url} answers {reason}.", "tail -n 100 /var/log/keystone/keystone.log")


KIND = Kind(SPEC, bring)
