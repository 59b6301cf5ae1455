# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a Swift container can be reached with the account: a token, and one HEAD."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from ._resource import Context
from ._store_web import Answer, Fault, ask

WRONG = "Correct user and key in glance_stores."


def probe_swift(settings: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Log in and ask for the container.

    Raises:
        Fault: The server does not answer, the account is refused, there is no such container, or its quota is used up.
    """
    del context
    if not settings.get("auth_address"):
        # The account stands in a file of its own, swift_store_config_file.
        return {"container": "not asked"}
    address, token = (login_v1 if str(settings["auth_version"]).startswith("1") else login_v3)(settings)
    container = settings["container"]
    url = f"{(settings.get('endpoint') or address).rstrip('/')}/{urllib.parse.quote(container)}"
    request = urllib.request.Request(url, method="HEAD", headers={"X-Auth-Token": token})  # noqa: S310
    where = "://".join(urllib.parse.urlsplit(url)[:2])
    answer = ask(request, settings, where)
    if answer.status in (401, 403):
        raise Fault(f"{where} lets the user see no container {container}", "Give the user a role that may write there.")
    if answer.status == 404:  # noqa: PLR2004  # HTTP
        if settings.get("create_container"):
            return {"container": "is made by the first image"}
        raise Fault(f"{where} has no container {container}", "Make it, or set create_container: true in glance_stores.")
    if answer.status >= 300:  # noqa: PLR2004  # HTTP: 2xx is success
        raise Fault(f"{where} answers HTTP {answer.status} for the container {container}", "Look into the proxy's log.")
    _refuse_full(answer, container, settings["min_free_mb"])
    return {"container": "is there"}


def _refuse_full(answer: Answer, container: str, min_free_mb: int) -> None:
    quota = answer.headers.get("x-container-meta-quota-bytes", "")
    used = int(answer.headers.get("x-container-bytes-used") or 0)
    if quota.isdigit() and int(quota) - used < max(min_free_mb, 1) * 1_000_000:
        raise Fault(
            f"the quota of the container {container} leaves {max(int(quota) - used, 0) // 1_000_000} MB",
            f"Raise it: swift post -m quota-bytes:BYTES {container}",
        )


def login_v1(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return address and token of the account, from Swift's own login (tempauth, and what is like it)."""
    url = settings["auth_address"]
    headers = {"X-Auth-User": settings["user"], "X-Auth-Key": settings["key"]}
    answer = ask(urllib.request.Request(url, headers=headers), settings, url)  # noqa: S310
    if answer.status in (401, 403):
        raise Fault(f"{url} refuses user and key", WRONG)
    address, token = (answer.headers.get(name, "") for name in ("x-storage-url", "x-auth-token"))
    if not address or not token:
        raise Fault(f"{url} answers HTTP {answer.status} and no account", "Check auth_address and auth_version.")
    return address, token


def login_v3(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return address and token of the account, from Keystone; user and project are in the domain `default`."""
    url = settings["auth_address"].rstrip("/")
    url = url if url.endswith("/v3") else f"{url}/v3"
    project, _, user = settings["user"].rpartition(":")
    domain = {"id": "default"}
    identity = {
        "methods": ["password"],
        "password": {"user": {"name": user, "domain": domain, "password": settings["key"]}},
    }
    scope = {"project": {"name": project, "domain": domain}}
    body = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/auth/tokens", body, headers, method="POST")  # noqa: S310
    answer = ask(request, settings, url)
    if answer.status in (401, 403):
        raise Fault(f"{url} refuses user and key", f"{WRONG} The user is written as PROJECT:USER.")
    try:
        catalog = json.loads(answer.body)["token"]["catalog"]
        token = answer.headers["x-subject-token"]
    except (ValueError, KeyError, TypeError) as error:
        mend = "Check auth_address and auth_version."
        raise Fault(f"{url} answers HTTP {answer.status} and no token", mend) from error
    return (settings.get("endpoint") or _address(catalog, settings, url)), token


def _address(catalog: Any, settings: Mapping[str, Any], where: str) -> str:
    wanted = {
        "type": settings.get("service_type") or "object-store",
        "interface": (settings.get("endpoint_type") or "publicURL").replace("URL", ""),
        "region": settings.get("region"),
    }
    found = [
        (endpoint["url"], endpoint.get("region"))
        for service in catalog
        if service.get("type") == wanted["type"]
        for endpoint in service.get("endpoints", [])
        if endpoint.get("interface") == wanted["interface"]
    ]
    address = next((url for url, region in found if wanted["region"] in (None, region)), "")
    if not address:
        regions = ", ".join(sorted({str(region) for _, region in found})) or "none"
        raise Fault(
            f"the catalogue of {where} has no {wanted['interface']} {wanted['type']} for region {wanted['region']}",
            f"Correct region in glance_stores (its regions: {regions}), or register Swift there.",
        )
    return str(address)
