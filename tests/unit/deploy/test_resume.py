"""Going on after a run that was stopped: whole runs on this machine, after journals that are data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glance_deploy import cli, place
from glance_deploy.state import State
from tests.unit.deploy.journals import STOPPED, begin, end, write

HERE = ["--controller", "localhost", "--database-host", "db", "--set", "glance_workers=5"]


@pytest.fixture(autouse=True)
def stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Come back here after a test that goes elsewhere, and let no login be tried."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("glance_deploy.access.check", lambda *_: [])


def state(root: Path, name: str = "localhost") -> Path:
    return root / ".glance-deploy" / name


def run(root: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, Any], str]:
    code = cli.main([*argv, "--output", "json"], root)
    printed = capsys.readouterr()
    found: dict[str, Any] = json.loads(printed.out)
    assert found["exit_code"] == code
    return code, found, printed.err


def test_a_run_leaves_a_private_journal_that_can_be_run_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found, _ = run(root, capsys, *HERE)
    path = Path(found["report"]["files"]["journal"])
    assert path.parent == state(root) / "runs"
    assert path.stat().st_mode & 0o777 == 0o600
    first, *_, last = map(json.loads, path.read_text().splitlines())
    assert (first["event"], first["argv"]) == ("begin", [*HERE, "--output", "json"])
    assert (last["event"], last["exit_code"]) == ("end", 0)
    assert found["report"]["previous"] is None


def test_the_plain_command_says_where_the_last_one_was_stopped(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(state(root), begin(*HERE), *STOPPED)
    code, found, shown = run(root, capsys, *HERE)
    assert code == 0
    assert "was stopped in Image (Install the packages, after 12 s); done: Database. Going on from there." in shown
    assert found["report"]["previous"]["stage"] == "Image"
    code, found, shown = run(root, capsys, *HERE)
    assert (code, found["report"]["previous"]) == (0, None)
    assert "was stopped" not in shown


@pytest.mark.parametrize("argv", [["verify"], ["--check"]])
def test_who_only_looks_does_not_go_on(root: Path, capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    (root / "playbooks/verify.yml").write_text("- name: Verify\n  hosts: glance\n  gather_facts: false\n")
    write(state(root), begin(*HERE), *STOPPED)
    _, found, shown = run(root, capsys, *argv, *HERE)
    assert found["report"]["previous"] is None
    assert "was stopped" not in shown


def test_resume_runs_the_same_again(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From where it was typed: the file of variables is named without its directory."""
    typed = tmp_path / "typed"
    typed.mkdir()
    (typed / "vars.yml").write_text("glance_workers: 6\n")
    write(state(root), begin(*HERE[:4], "--vars-file", "vars.yml", directory=typed), *STOPPED)
    code, found, shown = run(root, capsys, "resume")
    assert (code, found["command"]) == (0, "deploy")
    assert (tmp_path / "glance.conf").read_text() == "workers = 6\n"
    for words in ("stopped at: Install the packages", "Verify    left", "Now again: deploy.py --controller localhost"):
        assert words in shown
    assert "Going on from there" not in shown
    assert found["report"]["previous"]["task"] == "Install the packages"


def test_what_resume_ran_can_be_resumed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(state(root), begin(*HERE), *STOPPED)
    _, found, _ = run(root, capsys, "resume")
    first = json.loads(Path(found["report"]["files"]["journal"]).read_text().splitlines()[0])
    assert (first["command"], first["argv"]) == ("deploy", HERE)


def test_resume_after_a_run_that_ended_well_runs_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(state(root), begin(*HERE), *STOPPED, end())
    code, found, _ = run(root, capsys, "resume")
    assert (code, found["command"], found["ok"]) == (0, "resume", True)
    assert found["report"]["again"] == "deploy.py --controller localhost --database-host db --set glance_workers=5"
    assert len(State(state(root)).journals()) == 1
    assert cli.main(["resume"], root) == 0
    assert "Nothing is left to do" in capsys.readouterr().out


@pytest.mark.parametrize("code", [1, 3, 4, 130])
def test_resume_after_a_run_that_failed_runs_it_again(
    root: Path, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    write(state(root), begin(*HERE), *STOPPED, end(code, "why"))
    assert run(root, capsys, "resume")[0] == 0


def test_the_last_run_of_all_environments_is_meant(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "site" / ".glance-deploy" / "hosts"
    write(state(root), begin("--controller", "localhost"), end(), name="20231114-221320-1.jsonl")
    write(state(root, "labs/x"), begin("--lab", "x"), end(), name="20231114-221330-1.jsonl")
    assert run(root, capsys, "resume")[1]["report"]["again"] == "deploy.py --lab x"
    write(elsewhere, begin("--inventory", "site/hosts"), end(), name="20231114-221340-1.jsonl")
    assert run(root, capsys, "resume")[1]["report"]["again"] == "deploy.py --lab x"
    place.remember(State(elsewhere), root)
    assert run(root, capsys, "resume")[1]["report"]["again"] == "deploy.py --inventory site/hosts"


INVENTORY = "glance: {hosts: {a: {ansible_connection: local}}}\n"
NAMED = {
    "controller": (["--controller", "ctl:2222"], "root/ctl-2222"),
    "lab": (["--lab"], "root/labs/lab"),
    "inventory": (["--inventory", "hosts.yml"], "site/hosts"),
}


@pytest.mark.parametrize(("argv", "where"), NAMED.values(), ids=NAMED)
def test_an_environment_can_be_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str], where: str
) -> None:
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    home, _, name = where.partition("/")
    directory = {"root": root, "site": tmp_path}[home] / ".glance-deploy" / name
    write(state(root), begin("--controller", "other"), end(), name="20991114-221320-1.jsonl")
    write(directory, begin(*argv), end())
    _, found, _ = run(root, capsys, "resume", *argv)
    assert found["error"] is None
    assert found["report"]["again"] == f"deploy.py {' '.join(argv)}"


REFUSED = {
    "never run": ([], "no run on this machine is recorded"),
    "never run there": (["--controller", "new"], "no run on new is recorded"),
    "two places": (["--controller", "new", "--lab"], "say where, once"),
    "other options": (["--set", "a=b"], "unrecognized arguments"),
}


@pytest.mark.parametrize(("argv", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_resumed_is_told(
    root: Path, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    code, found, _ = run(root, capsys, "resume", *argv)
    assert code in {1, 2}
    assert words in found["error"]["message"]
    assert found["error"]["hint"]


def test_a_journal_of_another_version_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(state(root), begin(journal=2))
    code, found, _ = run(root, capsys, "resume")
    assert code == 1
    assert str(path) in found["error"]["message"]
    assert "another version" in found["error"]["message"]


def test_a_run_of_a_version_with_other_options_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(state(root), begin("--controller", "localhost", "--turbo"), *STOPPED)
    code, found, _ = run(root, capsys, "resume")
    assert (code, found["error"]["message"]) == (2, "unrecognized arguments: --turbo")


def test_a_directory_that_is_gone_is_told(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(state(root), begin(*HERE, directory=tmp_path / "gone"), *STOPPED)
    code, found, _ = run(root, capsys, "resume")
    assert code == 1
    assert "gone, where the run was started" in found["error"]["message"]
    assert "deploy.py --controller localhost" in found["error"]["hint"]


def test_a_run_that_goes_on_is_not_resumed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(state(root), begin(*HERE), *STOPPED)
    with State(state(root)).lock():
        code, found, shown = run(root, capsys, "resume")
    assert code == 3
    assert "another run on localhost is under way" in found["error"]["message"]
    assert "Now again" not in shown


def test_secrets_never_come_as_far_as_a_journal(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for assignment in ("glance_service_password=hunter2", "glance_public_url=http://a:hunter2@proxy"):
        code, found, _ = run(root, capsys, "--controller", "localhost", "--set", assignment)
        assert (code, "hunter2" in str(found)) == (2, False)
    code, found, _ = run(root, capsys, "--controller", "localhost", "--image", "https://a:hunter2@b/c")
    assert (code, "hunter2" in str(found)) == (2, False)
    assert not list(root.rglob("*.jsonl"))
