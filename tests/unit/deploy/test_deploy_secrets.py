"""Passwords: asked for once, handed over in private files, gone afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from glance_deploy import secrets
from glance_deploy.errors import UsageError
from glance_deploy.options import Options
from glance_deploy.secrets import Passwords

HOSTILE = "p@ss/w:rd%$#'\"\\ é {{ x }}"


def ask(prompt: str, name: str) -> str:
    return f"{name} by {prompt}"


def nobody(prompt: str, name: str) -> str:
    raise AssertionError(f"asked for {name} by {prompt}")


def test_nothing_is_asked_that_is_not_wanted() -> None:
    assert secrets.collect(Options("deploy"), {secrets.SSH_PASSWORD: "x"}, nobody) == Passwords()


def test_everything_is_asked_at_once() -> None:
    options = Options("deploy", ask_pass=True, ask_become_pass=True, ask_database_pass=True, database_host="db")
    found = secrets.collect(options, {}, ask)
    assert (found.login, found.become) == (
        "GLANCE_DEPLOY_SSH_PASSWORD by SSH password",
        "GLANCE_DEPLOY_BECOME_PASSWORD by sudo password",
    )
    assert found.database == "GLANCE_DEPLOY_DATABASE_PASSWORD by Database administrator's password"


def test_the_environment_answers_where_there_is_no_terminal() -> None:
    options = Options("deploy", ask_pass=True, ask_become_pass=True, database_host="db")
    environment = {name: f"from {name}" for name in secrets.OWN_VARIABLES}
    found = secrets.collect(options, environment, nobody)
    assert [found.login, found.become, found.database] == list(environment.values())


def test_an_openrc_that_asks_for_its_password_gets_one() -> None:
    options = Options("deploy", openrc={"OS_AUTH_URL": "u", "OS_USERNAME": "admin"})
    found = secrets.collect(options, {}, ask)
    assert found.cloud == {
        "OS_AUTH_URL": "u",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": "OS_PASSWORD by Keystone password of admin",
    }


def test_an_openrc_with_its_password_asks_nothing() -> None:
    cloud = {"OS_AUTH_URL": "u", "OS_USERNAME": "admin", "OS_PASSWORD": "p"}
    assert secrets.collect(Options("deploy", openrc=cloud), {}, nobody).cloud == cloud


def test_without_a_terminal_the_variable_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "empty").open("w+") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        with pytest.raises(UsageError, match="no terminal") as caught:
            secrets.ask_on_terminal("SSH password", secrets.SSH_PASSWORD)
    assert "GLANCE_DEPLOY_SSH_PASSWORD" in caught.value.hint


def test_passwords_are_not_shown() -> None:
    assert "hunter2" not in repr(Passwords("hunter2", "hunter2", "hunter2", {"OS_PASSWORD": "hunter2"}))


BASE = {"PATH": "/bin", "OS_TOKEN": "t", "OS_CLIENT_CONFIG_FILE": "/c", secrets.SSH_PASSWORD: "x"}


def test_ansible_gets_the_wanted_cloud_and_none_of_our_passwords() -> None:
    openrc = Passwords(cloud={"OS_AUTH_URL": "u"})
    assert secrets.ansible_environment(Options("deploy"), openrc, BASE) == {"PATH": "/bin", "OS_AUTH_URL": "u"}
    named = secrets.ansible_environment(Options("deploy", os_cloud="c"), Passwords(), BASE)
    assert named == {"PATH": "/bin", "OS_CLIENT_CONFIG_FILE": "/c", "OS_CLOUD": "c"}


def test_without_a_cloud_the_environment_stays() -> None:
    found = secrets.ansible_environment(Options("deploy"), Passwords(), BASE)
    assert found == {name: value for name, value in BASE.items() if name != secrets.SSH_PASSWORD}


def test_the_directory_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with secrets.private_directory(tmp_path) as path:
        file = secrets.write_password(path, "login", HOSTILE)
        assert file is not None
        assert file.read_text() == HOSTILE + "\n"
        assert (path.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_the_directory_is_gone_after_any_end(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), secrets.private_directory(tmp_path):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_behind_is_removed(tmp_path: Path) -> None:
    (tmp_path / "run-dead").mkdir()
    (tmp_path / "run-dead" / "login").write_text("x")
    with secrets.private_directory(tmp_path) as path:
        assert list(tmp_path.iterdir()) == [path]


def test_no_password_no_file(tmp_path: Path) -> None:
    assert secrets.write_password(tmp_path, "login", None) is None
    assert list(tmp_path.iterdir()) == []


def test_variables_are_private_and_secrets_are_never_templates(tmp_path: Path) -> None:
    path = secrets.write_variables(tmp_path, {"a": [1], "b": "2"}, {"c": HOSTILE, "d": "0777", "e": None})
    assert path.stat().st_mode & 0o777 == 0o600
    marked = {"c": {"__ansible_unsafe": HOSTILE}, "d": {"__ansible_unsafe": "0777"}}
    assert json.loads(path.read_text()) == {"a": [1], "b": "2", **marked}
