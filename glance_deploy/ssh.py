"""Logs in over SSH as ssh itself would, with host keys checked; every fault becomes one Problem."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterator

import paramiko
from paramiko.auth_strategy import AuthSource, AuthStrategy, InMemoryPrivateKey, Password

from glance_deploy.route import LoginError, Route
from glance_deploy.target import DEFAULT_PORT

PATIENCE = 10.0

# What paramiko has to say about a failed login is said in our words.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@contextlib.contextmanager
def login(to: Route) -> Iterator[paramiko.SSHClient]:
    """Log in; the connection ends with the block.

    Raises:
        LoginError: The host does not answer, shows a wrong key, or does not let us in.
    """
    client = paramiko.SSHClient()
    _load_host_keys(client, to)
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy() if not to.is_checked else _RefuseUnknown(to))
    try:
        _connect(client, to)
        yield client
    finally:
        client.close()


def _connect(client: paramiko.SSHClient, to: Route) -> None:
    strategy = _Strategy(to)
    try:
        client.connect(
            to.host_key_alias or to.address,
            # The connection is made already: name and port are what known_hosts is searched for.
            port=DEFAULT_PORT if to.host_key_alias else to.port,
            username=to.user,
            auth_strategy=strategy,
            banner_timeout=PATIENCE,
            auth_timeout=PATIENCE,
            sock=_socket(to),
        )
    except paramiko.BadHostKeyException as error:
        raise _changed_key(to, error) from None
    except paramiko.AuthenticationException:
        raise _refused(to, strategy.locked) from None
    except (paramiko.SSHException, EOFError) as error:
        raise to.problem(
            f"{to.place} does not speak SSH as expected: {error or 'it closed the connection'}",
            f"ssh -v -p {to.port} {to.user}@{to.address}",
        ) from None


def _socket(to: Route) -> socket.socket | paramiko.ProxyCommand:
    if to.proxy_command:
        return paramiko.ProxyCommand(to.proxy_command)
    try:
        return socket.create_connection((to.address, to.port), PATIENCE)
    except socket.gaierror:
        raise to.problem(
            f"the name {to.address} does not resolve", f"getent hosts {to.address}; or give the IP address"
        ) from None
    except TimeoutError:
        raise to.problem(
            f"{to.place} does not answer within {PATIENCE:.0f} s",
            "is the host on, and does a firewall let the port through?",
        ) from None
    except ConnectionRefusedError:
        raise to.problem(
            f"{to.place} refuses the connection: no SSH server listens there",
            "on the host: apt install openssh-server; another port: HOST:PORT",
        ) from None
    except OSError as error:
        raise to.problem(
            f"{to.place} cannot be reached: {error.strerror or error}", f"ip route get {to.address}"
        ) from None


def _load_host_keys(client: paramiko.SSHClient, to: Route) -> None:
    for name in to.known_hosts:
        # As ssh does it: a file that is not there knows no keys.
        with contextlib.suppress(OSError, paramiko.SSHException):
            client.load_system_host_keys(name)


class _RefuseUnknown(paramiko.MissingHostKeyPolicy):
    """Stops at a key that nobody vouched for, and shows it."""

    def __init__(self, to: Route) -> None:
        self._to = to

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Refuse."""
        del client, hostname
        file = self._to.known_hosts[0]
        scan = f"ssh-keyscan -p {self._to.port} {self._to.address} >> {file}"
        raise self._to.problem(
            f"the host key of {self._to.place} is not known: {key.get_name()} {key.fingerprint}",
            f"compare it on the host (ssh-keygen -lf /etc/ssh/{_key_file(key)}), then: {scan}",
        )


def _changed_key(to: Route, error: paramiko.BadHostKeyException) -> LoginError:
    return to.problem(
        f"THE HOST KEY OF {to.place} HAS CHANGED: known is {error.expected_key.fingerprint}, shown was "
        f"{error.key.fingerprint}. Somebody may be listening in, or the host was set up anew",
        f"only if you know that it was set up anew: ssh-keygen -R '{to.known_as}', then ssh-keyscan again",
    )


def _refused(to: Route, locked: list[str]) -> LoginError:
    if locked:
        return to.problem(f"the key {locked[0]} is locked by a passphrase", f"ssh-add {' '.join(locked)}")
    tried = [*to.keys, *(["the password"] if to.password else [])]
    key = f" -i {to.keys[0]}" if to.keys else ""
    return to.problem(
        f"the login as {to.user} is refused; tried: {', '.join(tried) or 'nothing, for there is no key here'}",
        f"ssh-copy-id{key} -p {to.port} {to.user}@{to.address}; or --ssh-key FILE, USER@HOST, --ask-pass",
    )


class _Strategy(AuthStrategy):
    """Tries what ssh would try: the keys in files, those of the agent, and the password.

    Attributes:
        locked: Key files that need a passphrase which nobody gave.
    """

    def __init__(self, to: Route) -> None:
        super().__init__(paramiko.SSHConfig())
        self._to = to
        self.locked: list[str] = []

    def get_sources(self) -> Iterator[AuthSource]:
        """Yield one attempt after the other."""
        for path in self._to.keys:
            try:
                yield InMemoryPrivateKey(self._to.user, paramiko.PKey.from_path(path))
            except TypeError:
                # This is how the library says that a passphrase is missing.
                self.locked.append(path)
            except (paramiko.SSHException, ValueError, OSError):
                # Not a key that this library can use; the agent may have it.
                continue
        for key in paramiko.Agent().get_keys():
            yield InMemoryPrivateKey(self._to.user, key)
        if password := self._to.password:
            yield Password(self._to.user, lambda: password)


def _key_file(key: paramiko.PKey) -> str:
    kind = key.get_name().removeprefix("ssh-").partition("-")[0]
    return f"ssh_host_{kind}_key.pub"
