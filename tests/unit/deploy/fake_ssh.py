"""An SSH server in this process, which answers a few commands as a host would."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import paramiko

Answers = Callable[[str, str], tuple[int, str]]


def healthy(command: str, text: str) -> tuple[int, str]:
    """Answer as a host on which everything is fine."""
    del text
    return (0, "Welcome!\n<uid=1000> <sudo=/usr/bin/sudo> <python=3 11>\n") if "id -u" in command else (0, "")


@dataclass
class FakeHost:
    """What the server lets in and answers."""

    key: paramiko.PKey = field(default_factory=lambda: paramiko.RSAKey.generate(2048))
    user: str = "deploy"
    allowed_key: paramiko.PKey | None = None
    allowed_password: str | None = None
    answers: Answers = healthy
    port: int = 0
    commands: list[str] = field(default_factory=list)


class Server(paramiko.ServerInterface):
    """One connection."""

    def __init__(self, host: FakeHost) -> None:
        self._host = host

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey,password"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        fits = username == self._host.user and key == self._host.allowed_key
        return paramiko.common.AUTH_SUCCESSFUL if fits else paramiko.common.AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        fits = username == self._host.user and password == self._host.allowed_password
        return paramiko.common.AUTH_SUCCESSFUL if fits else paramiko.common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._host.commands.append(command.decode())
        threading.Thread(target=self._answer, args=(channel, command.decode()), daemon=True).start()
        return True

    def _answer(self, channel: paramiko.Channel, command: str) -> None:
        text = channel.makefile("rb").read().decode()
        code, output = self._host.answers(command, text)
        channel.sendall_stderr(output.encode())
        channel.send_exit_status(code)
        channel.close()


@contextlib.contextmanager
def serving(host: FakeHost) -> Iterator[FakeHost]:
    """Serve on a free port of this machine until the block ends."""
    transports: list[paramiko.Transport] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host.port = listener.getsockname()[1]

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    transports.append(paramiko.Transport(connection))
                    transports[-1].add_server_key(host.key)
                    with contextlib.suppress(paramiko.SSHException, EOFError):
                        transports[-1].start_server(server=Server(host))

        threading.Thread(target=accept, daemon=True).start()
        yield host
        listener.shutdown(socket.SHUT_RDWR)
    for transport in transports:
        transport.close()
