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
from ._identity_answers import document_of, is_a, is_version_3
from ._identity_faults import NOT_READY, UnreachableError, fault, line, may_pass
from ._identity_trial import Account, Trial
from ._keystone_session import NONSENSE, UnusableError, cloud_session, keystoneauth, on_system, password_session
from ._library import Library
from ._plan import DeployError

errors = Library("keystoneauth1.exceptions")

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
        return {**trust, "load_envvars": False, "cloud": self.cloud}


def connect(access: Access, deadline: Deadline, account: Account | None = None) -> Session:
    """Return a session that is signed in.

    Args:
        access: How Keystone is reached, and as whom.
        deadline: Until when it is waited for.
        account: One that will be asked about: its password is tried meanwhile.

    Raises:
        UnreachableError: There is no Keystone there, or no openstacksdk here.
        DeployError: The credentials cannot be used, or something else than Keystone answers.
    """
    if not keystoneauth.is_there:
        mend = "Install it with: apt install python3-openstacksdk"
        raise UnreachableError("The Python library openstacksdk is missing on this host.", mend)
    try:
        if access.cloud:
            session, auth_url = cloud_session(**access.arguments())
        else:
            session, auth_url = password_session(access.auth, access.ca_file, access.verify), access.auth["auth_url"]
    except UnusableError as error:
        raise DeployError(
            f"The credentials for Keystone cannot be used: {line(error)}.", "Check auth or cloud."
        ) from error
    return Session(session, auth_url, deadline, access.interface, account)


class Session:
    """One Keystone, signed in.

    Args:
        session: A keystoneauth session with the administrator's credentials.
        auth_url: Address of Keystone, with or without a version.
        deadline: Until when it is waited for.
        interface: Interface of the catalogue to use; empty for `auth_url`.
        account: One whose password is tried while the administrator signs in.

    Attributes:
        deadline: Until when it is waited for.
        token: What Keystone says of the administrator.
        requests: How many requests were sent so far.
    """

    def __init__(
        self, session: Any, auth_url: str, deadline: Deadline, interface: str = "", account: Account | None = None
    ) -> None:
        self.requests = 0
        self.deadline = deadline
        self._session = session
        self._where = auth_url.rstrip("/")
        self._base = self._discovered()
        self._trial = self._begun(account) if account else None
        with self._telling("sign in"):
            # Whoever signed in before, in this process, left the token.
            token = getattr(session.auth, "auth_ref", None)
            self.token = token or self._patiently(lambda: session.auth.get_access(session))
        if interface:
            with self._telling(f"name its {interface} endpoint"):
                url = self.token.service_catalog.url_for(service_type="identity", interface=interface)
            self._base = f"{url.rstrip('/').removesuffix('/v3')}/v3"

    def list(self, kind: str, within: str = "", **query: str) -> list[Mapping[str, Any]]:
        """Return all things of a kind that the query selects, of all or of those at a path."""
        with self._telling(f"list {kind}s"):
            answer = self._patiently(lambda: self._session.get(f"{self._base}{within}/{kind}s", params=query))
        found = document_of(answer).get(f"{kind}s")
        if not isinstance(found, list) or not all(is_a(kind, thing) for thing in found):
            raise self._stranger(answer)
        return found

    def own_domains(self) -> dict[str, str]:
        """Return the names of the administrator's domains by id, as the token tells them."""
        token = self.token
        try:
            own = {token.user_domain_id: token.user_domain_name, token.project_domain_id: token.project_domain_name}
        except NONSENSE as error:
            raise self._nonsense("sign in") from error
        if not all(isinstance(word, str) for word in (*own, *own.values())):
            raise self._nonsense("sign in")
        return own

    def send(
        self, doing: str, method: str, path: str, body: Any = None, *, as_system: bool = False
    ) -> Mapping[str, Any]:
        """Send one request that changes something, with the roles on the system if need be, and return the answer."""
        self.requests += 1
        with self._telling(doing):
            auth = on_system(self._session, self._base) if as_system else None
            answer = self._session.request(f"{self._base}{path}", method, json=body, auth=auth)
        if answer.status_code == NO_CONTENT:
            # Keystone's usual server closes the connection after every answer and does not say so. The end of a body
            # tells it; without one, the next request would go down a dead line.
            self._session.session.close()
        return document_of(answer)

    def opens(self, user: Mapping[str, Any], password: str) -> bool:
        """Return whether the password opens the account, by asking for a token."""
        with self._telling(f"check the password of user {user['name']}"):
            try:
                self._patiently(lambda: self._tried({"id": user["id"], "password": password}))
            except errors.Unauthorized:
                return False
        return True

    def tried(self) -> str | None:
        """Return what came of the trial: the user's id, REFUSED, or None when there is nothing to learn from it."""
        trial, self._trial = self._trial, None
        return trial.outcome() if trial else None

    def sign_out(self) -> None:
        """Forget the token: only those that are given from now on know what was changed."""
        self._session.invalidate()

    def _begun(self, account: Account) -> Trial:
        self.requests += 1
        return Trial(lambda: self._tried(account.identity()))

    def _tried(self, user: Mapping[str, Any]) -> str:
        # A token without a project: that needs the password but no role yet.
        identity = {"methods": ["password"], "password": {"user": user}}
        request = {"json": {"auth": {"identity": identity}}, "authenticated": False, "log": False}
        found: Any = document_of(self._session.post(f"{self._base}/auth/tokens?nocatalog", **request))
        for word in ("token", "user", "id"):
            found = found.get(word) if isinstance(found, dict) else None
        return str(found)

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
        document = document_of(answer)
        if is_version_3(document.get("version")):
            return self._where
        # Glance and others have a list there; Keystone has a mapping around it.
        versions = document.get("versions")
        if isinstance(versions, dict) and any(map(is_version_3, versions.get("values") or [])):
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
        # A file with certificates that is not there.
        except OSError as error:
            text = f"Keystone at {self._where} cannot be asked: {line(error)}."
            raise DeployError(text, "Correct ca_file.") from error
        except NONSENSE as error:
            raise self._nonsense(doing) from error

    def _nonsense(self, doing: str) -> DeployError:
        return DeployError(
            f"Keystone at {self._where} was asked to {doing} and answered nonsense.",
            f"Is that Keystone? Correct auth_url, see: curl {self._where}",
        )
