# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A signed-in session with Keystone: one token, requests counted, faults told in one line.

Reading and signing in are repeated while Keystone does not answer properly yet. Writing is not: when the answer gets
lost, nobody knows whether it was done, and repeating it could register a thing twice.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ._deadline import Deadline
from ._identity_faults import NOT_READY, UnreachableError, fault, line, may_pass
from ._plan import DeployError

try:
    import openstack
    from keystoneauth1 import exceptions as errors
except ImportError:
    HAS_SDK = False
else:
    HAS_SDK = True

REQUEST_TIMEOUT = 30
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
NO_CONTENT = 204


@dataclasses.dataclass(frozen=True)
class Access:
    """How Keystone is reached, and as whom.

    Attributes:
        auth: Credentials as openstacksdk names them; empty when `cloud` says where they are.
        cloud: Entry of clouds.yaml; empty for none.
        interface: Interface of the catalogue to use; empty for the address that the token comes from.
        ca_file: Certificates of the authorities to trust; empty for the system's own.
        verify: Whether certificates are checked.
    """

    auth: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    cloud: str = ""
    interface: str = ""
    ca_file: str = ""
    verify: bool = True

    @classmethod
    def wished(cls, params: Mapping[str, Any]) -> Access:
        """Return what a module's parameters ask for."""
        auth = {key: value for key, value in (params["auth"] or {}).items() if value and key != "region_name"}
        return cls(auth, params["cloud"] or "", params["interface"] or "", params["ca_file"] or "", params["verify"])

    def arguments(self) -> dict[str, Any]:
        """Return what openstacksdk's connect() takes; what is not said here, clouds.yaml may say."""
        trust: dict[str, Any] = {"cacert": self.ca_file} if self.ca_file else {}
        trust = trust if self.verify else {"verify": False}
        # What the host's own environment says must not mix with credentials that were given.
        plain = {**trust, "load_envvars": False, "api_timeout": REQUEST_TIMEOUT}
        if self.cloud:
            return {**plain, "cloud": self.cloud}
        # Version 3 by name: the general plugin would look the versions up once more.
        return {**plain, "load_yaml_config": False, "auth": dict(self.auth), "auth_type": "v3password"}


def connect(access: Access, deadline: Deadline) -> Session:
    """Return a session that is signed in.

    Raises:
        UnreachableError: There is no Keystone there, or no openstacksdk here.
        DeployError: The credentials cannot be used, or something else than Keystone answers.
    """
    if not HAS_SDK:
        mend = "Install it with: apt install python3-openstacksdk"
        raise UnreachableError("The Python library openstacksdk is missing on this host.", mend)
    try:
        connection = openstack.connect(**access.arguments())
        auth_url = connection.config.config["auth"]["auth_url"]
        session = connection.session
    except (openstack.exceptions.SDKException, errors.ClientException, KeyError, OSError) as error:
        raise DeployError(
            f"The credentials for Keystone cannot be used: {line(error)}.", "Check auth or cloud."
        ) from error
    return Session(session, auth_url, deadline, access.interface)


class Session:
    """One Keystone, signed in.

    Args:
        session: A keystoneauth session with the administrator's credentials.
        auth_url: Address of Keystone, with or without a version.
        deadline: Until when it is waited for.
        interface: Interface of the catalogue to use; empty for `auth_url`.

    Attributes:
        deadline: Until when it is waited for.
        token: What Keystone says of the administrator.
        requests: How many requests were sent so far.
    """

    def __init__(self, session: Any, auth_url: str, deadline: Deadline, interface: str = "") -> None:
        self.requests = 0
        self.deadline = deadline
        self._session = session
        self._where = auth_url.rstrip("/")
        self._base = self._discovered()
        with self._telling("sign in"):
            self.token = self._patiently(lambda: session.auth.get_access(session))
        if interface:
            with self._telling(f"name its {interface} endpoint"):
                url = self.token.service_catalog.url_for(service_type="identity", interface=interface)
            self._base = f"{url.rstrip('/').removesuffix('/v3')}/v3"

    def list(self, kind: str, **query: str) -> list[Mapping[str, Any]]:
        """Return all things of a kind that the query selects."""
        with self._telling(f"list {kind}s"):
            answer = self._patiently(lambda: self._session.get(f"{self._base}/{kind}s", params=query))
        found = _json(answer).get(f"{kind}s")
        if not isinstance(found, list):
            raise self._stranger(answer)
        return found

    def send(self, doing: str, method: str, path: str, body: Any = None) -> Mapping[str, Any]:
        """Send one request that changes something, and return the answer."""
        self.requests += 1
        with self._telling(doing):
            answer = self._session.request(f"{self._base}{path}", method, json=body)
        if answer.status_code == NO_CONTENT:
            # Keystone's usual server closes the connection after every answer and does not say so. The end of a body
            # tells it; without one, the next request would go down a dead line.
            self._session.session.close()
        return _json(answer)

    def opens(self, user: Mapping[str, Any], password: str) -> bool:
        """Return whether the password opens the account, by asking for a token.

        It is one without a project, which needs the password but no role yet.
        """
        identity = {"methods": ["password"], "password": {"user": {"id": user["id"], "password": password}}}
        request = {"json": {"auth": {"identity": identity}}, "authenticated": False, "log": False}
        with self._telling(f"check the password of user {user['name']}"):
            try:
                self._patiently(lambda: self._session.post(f"{self._base}/auth/tokens?nocatalog", **request))
            except errors.Unauthorized:
                return False
        return True

    def _discovered(self) -> str:
        """Return the address of version 3, in the spelling of the one that was given."""
        if not self._where.startswith(("http://", "https://")):
            raise DeployError(
                f"auth_url {self._where!r} is not an address.", "Write it like http://controller:5000/v3."
            )
        with self._telling("list its versions"):
            try:
                answer = self._patiently(lambda: self._session.get(self._where, authenticated=False))
            except errors.HttpError as error:
                if error.http_status in NOT_READY:
                    raise
                answer = error.response
        document = _json(answer)
        if _is_version_3(document.get("version")):
            return self._where
        # Glance and others have a list there; Keystone has a mapping around it.
        versions = document.get("versions")
        if isinstance(versions, dict) and any(map(_is_version_3, versions.get("values") or [])):
            return f"{self._where}/v3"
        raise self._stranger(answer)

    def _stranger(self, answer: Any) -> DeployError:
        kind, text = answer.headers.get("Content-Type", "no type"), line(answer.text)[:40]
        return DeployError(
            f"What answers at {self._where} is not Keystone: status {answer.status_code}, {kind}, {text!r}.",
            f"Correct auth_url: Keystone lists its versions there, see: curl {self._where}",
        )

    def _patiently(self, call: Callable[[], Any]) -> Any:
        """Return what the call returns, repeating it until the deadline while Keystone is not ready."""
        pause = FIRST_PAUSE
        while True:
            self.requests += 1
            try:
                return call()
            except errors.ClientException as error:
                if not may_pass(error) or not self.deadline.left():
                    raise
            self.deadline.pause(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    @contextlib.contextmanager
    def _telling(self, doing: str) -> Iterator[None]:
        try:
            yield
        except errors.ClientException as error:
            raise fault(error, self._where, doing) from error


def _is_version_3(document: Any) -> bool:
    return isinstance(document, dict) and str(document.get("id")).startswith("v3")


def _json(answer: Any) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
