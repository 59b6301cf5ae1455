"""The directory of one environment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from glance_deploy.errors import ExitCode, GlanceDeployError, PreflightError
from glance_deploy.state import KEPT_LOGS, LOCK, State, write_private

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


def test_what_a_killed_run_left_at_work_is_told(state: State) -> None:
    with state.lock():
        (state.directory / LOCK).write_text("999999999")
        with pytest.raises(PreflightError, match="was killed, but the Ansible"), state.lock():
            pass


def test_one_run_after_the_other_is_fine(state: State) -> None:
    for _ in range(2):
        with state.lock():
            pass


def test_logs_are_private_and_not_kept_for_ever(state: State) -> None:
    for number in range(KEPT_LOGS + 5):
        log = state.new_log(NOON.replace(second=number))
    assert log.stat().st_mode & 0o777 == 0o600
    kept = sorted(path.name for path in log.parent.iterdir())
    assert len(kept) == KEPT_LOGS
    assert kept[-1] == log.name


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "old"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
