# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a vCenter takes an account: one login to its SDK, and a logout."""

from __future__ import annotations

import urllib.request
import xml.sax.saxutils
from collections.abc import Mapping
from typing import Any

from ._resource import Context
from ._store_web import Answer, Fault, ask

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soapenv:Body><{verb} xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>{words}</{verb}>'
    "</soapenv:Body></soapenv:Envelope>"
)


def probe_vmware(settings: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Log in and out again.

    Raises:
        Fault: Nobody answers, it is no vCenter, or the account is refused.
    """
    del context
    where = f"https://{settings['server']}"
    user, password = (xml.sax.saxutils.escape(settings[name]) for name in ("user", "password"))
    words = f"<userName>{user}</userName><password>{password}</password>"
    answer = _call(where, settings, ("Login", words), "")
    if b"InvalidLogin" in answer.body:
        raise Fault(f"{where} refuses the account", "Correct user and password in glance_stores.")
    if answer.status >= 300 or b"LoginResponse" not in answer.body:  # noqa: PLR2004  # HTTP: 2xx is success
        raise Fault(f"{where} answers HTTP {answer.status}, and not as a vCenter", "Correct server in glance_stores.")
    _call(where, settings, ("Logout", ""), answer.headers.get("set-cookie", "").partition(";")[0])
    return {"account": "is taken"}


def _call(where: str, settings: Mapping[str, Any], call: tuple[str, str], cookie: str) -> Answer:
    body = ENVELOPE.format(verb=call[0], words=call[1]).encode()
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "urn:vim25", "Cookie": cookie}
    return ask(urllib.request.Request(f"{where}/sdk", body, headers, method="POST"), settings, where)  # noqa: S310
