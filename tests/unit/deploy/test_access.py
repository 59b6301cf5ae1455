"""The first look at the hosts, against an SSH server in this process. Every fault is one line with its mend."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from glance_deploy import access, route
from glance_deploy.access import Access
from glance_deploy.errors import Problem
from glance_deploy.inventory import Host
from tests.unit.deploy.fake_ssh import FakeHost, healthy, serving

KEY = paramiko.RSAKey.generate(2048)
OTHER = paramiko.RSAKey.generate(2048)


@pytest.fixture
def server() -> Iterator[FakeHost]:
    with serving(FakeHost(key=KEY, allowed_key=OTHER)) as host:
        yield host


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a directory with a key that is let in, and an SSH configuration that knows of nothing else."""
    OTHER.write_private_key_file(str(tmp_path / "key"))
    KEY.write_private_key_file(str(tmp_path / "wrong"))
    (tmp_path / "config").write_text("GlobalKnownHostsFile /dev/null\nIdentityFile none\n")
    return tmp_path


def know(home: Path, server: FakeHost, key: paramiko.PKey = KEY) -> None:
    (home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n")


def host(home: Path, server: FakeHost, key: str | None = "key", user: str = "deploy") -> Host:
    arguments = ("-o", f"UserKnownHostsFile={home / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes")
    return Host("ctl", "127.0.0.1", server.port, user, home / key if key else None, arguments)


def look(home: Path, *hosts: Host, login: str | None = None, become: str | None = None) -> list[Problem]:
    return access.check(hosts, Access(login, become, home / "config"))


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def test_a_host_that_is_fine_has_no_problem(home: Path, server: FakeHost) -> None:
    know(home, server)
    assert look(home, host(home, server)) == []
    assert len(server.commands) == 2


def test_a_password_lets_in_too(home: Path, server: FakeHost) -> None:
    know(home, server)
    server.allowed_password = "p@ss"
    assert look(home, host(home, server, key=None), login="p@ss") == []


def test_no_hosts_no_problems() -> None:
    assert access.check([], Access()) == []


def test_an_unknown_host_key_is_refused_with_its_fingerprint(home: Path, server: FakeHost) -> None:
    found = only(look(home, host(home, server)))
    assert found.where == "ctl"
    assert "is not known" in found.what
    assert KEY.fingerprint in found.what
    assert f"ssh-keyscan -p {server.port} 127.0.0.1 >> {home / 'known_hosts'}" in found.mend
    assert server.commands == []


def test_a_changed_host_key_is_refused_loudly(home: Path, server: FakeHost) -> None:
    know(home, server, OTHER)
    found = only(look(home, host(home, server)))
    assert "HAS CHANGED" in found.what
    assert KEY.fingerprint in found.what
    assert OTHER.fingerprint in found.what
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}'" in found.mend


def test_an_inventory_may_switch_the_checking_off(home: Path, server: FakeHost) -> None:
    wanted = Host("ctl", "127.0.0.1", server.port, "deploy", home / "key", ("-o", "StrictHostKeyChecking=no"))
    assert look(home, wanted) == []


def test_a_wrong_key_is_refused_with_the_mend(home: Path, server: FakeHost) -> None:
    know(home, server)
    found = only(look(home, host(home, server, "wrong")))
    assert found.what == f"the login as deploy is refused; tried: {home / 'wrong'}"
    assert f"ssh-copy-id -i {home / 'wrong'} -p {server.port} deploy@127.0.0.1" in found.mend


def test_a_wrong_user_is_refused(home: Path, server: FakeHost) -> None:
    know(home, server)
    assert "the login as nobody is refused" in only(look(home, host(home, server, user="nobody"))).what


def test_a_login_with_no_key_at_all_is_refused(home: Path, server: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    know(home, server)
    assert "tried: nothing, for there is no key here" in only(look(home, host(home, server, key=None))).what


def test_a_locked_key_is_told(home: Path, server: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    know(home, server)
    OTHER.write_private_key_file(str(home / "key"), password="x")
    found = only(look(home, host(home, server)))
    assert "is locked by a passphrase" in found.what
    assert found.mend == f"ssh-add {home / 'key'}"


def test_a_closed_port_is_told(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = only(look(home, Host("ctl", "127.0.0.1", port)))
    assert found.what == f"127.0.0.1:{port} refuses the connection: no SSH server listens there"


def test_a_name_that_does_not_resolve_is_told(home: Path) -> None:
    found = only(look(home, Host("ctl", "no-such-host.invalid")))
    assert found.what == "the name no-such-host.invalid does not resolve"


def test_a_silent_host_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glance_deploy.ssh.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = only(look(home, Host("ctl", "127.0.0.1", listener.getsockname()[1])))
    assert "does not speak SSH as expected" in found.what


def test_all_problems_of_all_hosts_are_told_at_once(home: Path, server: FakeHost) -> None:
    know(home, server)
    wrong = [Host("b", "no-such-host.invalid"), host(home, server), Host("a", "127.0.0.1", 1)]
    assert [problem.where for problem in look(home, *wrong)] == ["b", "a"]


def answering(
    uid: str = "1000", sudo: str = "/usr/bin/sudo", python: str = "3 11", said: str = "", code: int = 0
) -> FakeHost:
    """Return a host with these facts; `said` and `code` are what sudo answers."""

    def answers(command: str, text: str) -> tuple[int, str]:
        del text
        return (0, f"<uid={uid}> <sudo={sudo}> <python={python}>") if "id -u" in command else (code, said)

    return FakeHost(key=KEY, allowed_key=OTHER, answers=answers)


EXAMINED = {
    "root needs no sudo": (answering("0", ""), None, []),
    "sudo": (answering(), None, []),
    "no python": (answering(python=""), None, ["/usr/bin/python3 is missing"]),
    "old python": (answering(python="3 7"), None, ["/usr/bin/python3 is 3.7, older than 3.9"]),
    "no sudo": (answering(sudo=""), None, ["this user is not root, and sudo is missing"]),
    "no right": (
        answering(said="deploy is not in the sudoers file.", code=1),
        "p",
        ["sudo does not let this user become root"],
    ),
    "sudo asks": (answering(said="sudo: a password is required", code=1), None, ["sudo asks for a password"]),
    "wrong sudo password": (answering(said="Sorry, try again.", code=1), "p", ["sudo does not accept the password"]),
    "sudo is broken": (answering(said="sudo: bad plugin", code=1), None, ["sudo fails: sudo: bad plugin"]),
    "two at once": (
        answering(sudo="", python=""),
        None,
        ["/usr/bin/python3 is missing", "this user is not root, and sudo is missing"],
    ),
    "no shell": (
        FakeHost(answers=lambda *_: (1, "This account is not available.")),
        None,
        ["the login shell does not run commands: This account is not available."],
    ),
}


class Direct:
    """Asks a fake host without a network."""

    def __init__(self, fake: FakeHost) -> None:
        self._fake = fake

    def run(self, command: str, text: str = "") -> tuple[int, str]:
        return self._fake.answers(command, text)


@pytest.mark.parametrize(("fake", "password", "expected"), EXAMINED.values(), ids=EXAMINED)
def test_what_is_missing_on_a_host_is_told(fake: FakeHost, password: str | None, expected: list[str]) -> None:
    found = access.examine(Direct(fake), "ctl", password)
    assert [problem.what for problem in found] == expected
    assert all(problem.mend and problem.where == "ctl" for problem in found)


def test_the_sudo_password_goes_to_the_input_alone(home: Path, server: FakeHost) -> None:
    seen: list[str] = []

    def answers(command: str, text: str) -> tuple[int, str]:
        seen.append(text)
        return healthy(command, text)

    server.answers = answers
    know(home, server)
    assert look(home, host(home, server), become="p@ss") == []
    assert seen == ["", "p@ss\n"]
    assert "p@ss" not in " ".join(server.commands)


def test_this_machine_is_asked_without_ssh() -> None:
    """Whatever it answers, it is about root, sudo or Python, and not about SSH."""
    found = access.check([Host("localhost", "localhost", is_local=True)], Access())
    assert all(problem.where == "localhost" and "SSH" not in problem.what for problem in found)


def test_the_ssh_configuration_of_the_user_is_heeded(home: Path) -> None:
    (home / "config").write_text(
        f"Include {home}/more\nHost hop\n  HostName 10.9.9.9\n  Port 77\n  User hopper\n"
        f"Host behind\n  ProxyJump me@gate:33,last\n  HostKeyAlias alias\n"
    )
    (home / "more").write_text(f"Host ctl\n  HostName 10.0.0.5\n  Port 2222\n  User admin\n  IdentityFile {home}/key\n")
    found = route.find(Host("ctl", "ctl"), route.settings(Host("ctl", "ctl"), home / "config"))
    assert (found.address, found.port, found.user, found.keys) == ("10.0.0.5", 2222, "admin", (str(home / "key"),))
    behind = route.find(Host("behind", "behind"), route.settings(Host("behind", "behind"), home / "config"))
    assert behind.proxy_command == "ssh -J me@gate:33 -W '[behind]:22' ssh://last"
    assert behind.known_as == "alias"


def test_the_options_of_the_user_win_over_the_ssh_configuration(home: Path) -> None:
    (home / "config").write_text("Host ctl\n  Port 2222\n  User admin\n")
    given = Host("ctl", "ctl", 22, "root", home / "key")
    found = route.find(given, route.settings(given, home / "config"))
    assert (found.port, found.user, found.keys) == (22, "root", (str(home / "key"),))


def test_a_broken_ssh_configuration_is_told(home: Path) -> None:
    (home / "config").write_text("Nonsense yes\n")
    assert "ssh refuses its configuration" in only(look(home, Host("ctl", "ctl"))).what


def test_a_missing_ssh_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))
    assert only(look(home, Host("ctl", "ctl"))).mend == "apt install openssh-client"


def test_names_of_files_may_hold_spaces(home: Path) -> None:
    given = Host("ctl", "ctl", arguments=("-o", f'UserKnownHostsFile="{home}/a b" ~/.ssh/known_hosts'))
    found = route.find(given, route.settings(given, home / "config"))
    assert found.known_hosts[0] == f"{home}/a b"
