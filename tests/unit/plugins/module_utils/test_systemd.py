from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan, Step
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import Record
from ansible_collections.glance_deploy.openstack.plugins.module_utils._systemd import (
    Records,
    Systemd,
    UnitFailedError,
    workers,
)

Answer = tuple[int, str, str]


class FakeRun:
    """Answers commands that begin with the given words, and keeps what was asked."""

    def __init__(self, **answers: Answer | OSError) -> None:
        self.answers = {words.replace("_", " "): answer for words, answer in answers.items()}
        self.commands: list[str] = []

    def __call__(self, words: Sequence[str]) -> Answer:
        command = " ".join(words)
        self.commands.append(command)
        for known, answer in self.answers.items():
            if command.startswith(known):
                if isinstance(answer, OSError):
                    raise answer
                return answer
        return 0, "", ""


def test_one_call_reads_the_unit() -> None:
    run = FakeRun(systemctl_show=(0, "LoadState=loaded\nActiveState=active\n", ""))
    assert Systemd("api", run).read().active == "active"
    (command,) = run.commands
    assert command.startswith("systemctl show --property=LoadState,ActiveState,")
    assert command.endswith(" -- api")


@pytest.mark.parametrize(
    ("step", "commands"),
    [
        (Step("daemon_reload", "systemd"), ["systemctl daemon-reload"]),
        (Step("enable", "x"), ["systemctl enable -- api"]),
        (Step("restart", "x"), ["systemctl restart -- api"]),
        (Step("start", "x", arguments={"failed": False}), ["systemctl start -- api"]),
        (Step("start", "x", arguments={"failed": True}), ["systemctl reset-failed -- api", "systemctl start -- api"]),
    ],
    ids=["reload", "enable", "restart", "start", "start after failures"],
)
def test_steps_are_done_with_systemctl(step: Step, commands: list[str]) -> None:
    run = FakeRun()
    Systemd("api", run).apply(Plan((step,)))
    assert run.commands == commands


def test_an_empty_plan_runs_nothing() -> None:
    run = FakeRun()
    Systemd("api", run).apply(Plan())
    assert run.commands == []


def test_a_failed_start_is_told_in_one_line() -> None:
    run = FakeRun(systemctl_start=(1, "", 'Job for api.service failed.\nSee "systemctl status api" for details.\n'))
    with pytest.raises(UnitFailedError) as caught:
        Systemd("api", run).apply(Plan((Step("start", "x"),)))
    assert str(caught.value) == "Cannot start api: Job for api.service failed."
    assert caught.value.hint == "journalctl -u api -n 100"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (FileNotFoundError(2, "No such file or directory"), r"Cannot run systemctl: No such file or directory\."),
        ((1, "", "System has not been booted\nwith systemd"), "systemctl show failed: System has not been booted with"),
    ],
    ids=["missing", "not running"],
)
def test_a_host_without_systemd_is_told(answer: Answer | OSError, words: str) -> None:
    with pytest.raises(DeployError, match=words):
        Systemd("api", FakeRun(systemctl_show=answer)).read()


def test_the_journal_is_read_since_a_time() -> None:
    run = FakeRun(journalctl=(0, "one\ntwo\n", ""))
    assert Systemd("api", run).journal(12.7, 50) == ["one", "two"]
    assert run.commands == ["journalctl --quiet --no-pager --output=cat --lines=50 --since=@12 --unit=api"]


def test_without_a_journal_there_are_no_lines() -> None:
    assert Systemd("api", FakeRun(journalctl=FileNotFoundError(2, "none"))).journal(0, 50) == []


def test_records_are_kept(tmp_path: Path) -> None:
    records, record = Records(tmp_path / "records"), Record("i1", ("/a", "/b"), "digest")
    assert records.read("api") is None
    records.write("api", record)
    assert records.read("api") == record
    assert records.read("other") is None
    assert (tmp_path / "records").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["api.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"invocation": "i", "patterns": 1, "digest": ""}'])
def test_a_record_that_makes_no_sense_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "api.json").write_text(content)
    assert Records(tmp_path).read("api") is None


def test_a_record_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeployError, match="Cannot keep the record"):
        Records(tmp_path / "file").write("api", Record("i1", (), ""))


@pytest.mark.parametrize(("main_pid", "count"), [(10, 2), (11, 0), (0, 0)])
def test_workers_are_the_children_of_the_main_process(tmp_path: Path, main_pid: int, count: int) -> None:
    for pid, name, parent in (
        (10, "api", 1),
        (11, "api worker", 10),
        (12, "a) b (c", 10),
        (13, "other", 1),
        (2, "k", 0),
    ):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0")
    (tmp_path / "14").mkdir()
    (tmp_path / "14" / "stat").write_text("")
    assert workers(main_pid, tmp_path) == count
