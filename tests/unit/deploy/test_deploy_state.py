"""The directory of one environment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from glance_deploy.errors import ExitCode, GlanceDeployError, PreflightError
from glance_deploy.state import KEPT, LOCK, State, newest_first, write_private

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / ".glance-deploy" / "ctl")
    state.create(tmp_path / "group_vars", owner_of=tmp_path)
    return state


def test_the_directory_is_private(state: State) -> None:
    assert {path.stat().st_mode & 0o777 for path in (state.directory, state.directory.parent)} == {0o700}


def test_a_link_to_somewhere_else_is_mended(state: State, tmp_path: Path) -> None:
    state.create(tmp_path / "other", owner_of=tmp_path)
    assert (state.directory / "group_vars").readlink() == tmp_path / "other"


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GlanceDeployError, match="cannot write"):
        State(tmp_path / "file" / "ctl").create(tmp_path, owner_of=tmp_path)


def test_a_second_run_is_refused_and_the_first_one_named(state: State) -> None:
    with state.lock(), pytest.raises(PreflightError, match="another run on ctl is under way") as caught, state.lock():
        pass
    assert caught.value.exit_code is ExitCode.REFUSED
    assert "kill -INT" in caught.value.hint


# Holds the lock as a process of Ansible would; the last word is what it is called.
HOLDER = """
import fcntl, signal, sys, time
stream = open(sys.argv[1], "a+")
fcntl.flock(stream, fcntl.LOCK_EX)
{ignore}
print("held", flush=True)
time.sleep(60)
"""
GONE = "999999999"


@contextlib.contextmanager
def held(state: State, name: str, *, ignore: str = "") -> Iterator[subprocess.Popen[str]]:
    path = state.directory / LOCK
    path.write_text(GONE)
    argv = [sys.executable, "-c", HOLDER.format(ignore=ignore), str(path), name]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child
        child.kill()


@pytest.mark.parametrize("ignore", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"], ids=["polite", "deaf"])
def test_what_a_killed_run_left_at_work_is_stopped(state: State, monkeypatch: pytest.MonkeyPatch, ignore: str) -> None:
    monkeypatch.setattr("glance_deploy.lock.STEPS", ((signal.SIGTERM, 0.5), (signal.SIGKILL, 5.0)))
    with held(state, "ansible-playbook", ignore=ignore) as child:
        with state.lock():
            assert (state.directory / LOCK).read_text() == str(os.getpid())
        assert child.wait(5) < 0


def test_nothing_but_ansible_is_stopped(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glance_deploy.lock.STEPS", ((signal.SIGTERM, 0.1),))
    with held(state, "less") as child:
        with pytest.raises(PreflightError, match="was killed, but the Ansible"), state.lock():
            pass
        assert child.poll() is None


def test_one_run_after_the_other_is_fine(state: State) -> None:
    for _ in range(2):
        with state.lock():
            pass


def test_the_newest_journal_comes_first(state: State) -> None:
    made = [state.new_journal(NOON.replace(second=second)) for second in (5, 30, 10)]
    assert state.journals() == [made[1], made[2], made[0]]


def test_of_two_files_of_one_second_the_last_written_is_newest(tmp_path: Path) -> None:
    older, newer = tmp_path / "20261120-120000-9.jsonl", tmp_path / "20261120-120000-10.jsonl"
    for moment, path in enumerate((older, newer)):
        path.touch()
        os.utime(path, (moment, moment))
    assert newest_first([older, newer]) == [newer, older]


def test_a_log_that_cannot_be_made_is_told(state: State) -> None:
    (state.directory / "logs").rmdir()
    with pytest.raises(GlanceDeployError, match="cannot write"):
        state.new_log(NOON)


def test_logs_are_private_and_not_kept_for_ever(state: State) -> None:
    for number in range(KEPT + 5):
        log = state.new_log(NOON.replace(second=number))
    assert log.stat().st_mode & 0o777 == 0o600
    kept = sorted(path.name for path in log.parent.iterdir())
    assert len(kept) == KEPT
    assert kept[-1] == log.name


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "old"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
