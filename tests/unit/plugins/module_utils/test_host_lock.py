"""One change at a time on a host, also between processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _host_lock
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_lock import host_lock
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

HOLD = """
import fcntl, os, signal
fcntl.flock(0, fcntl.LOCK_EX)
os.write(0, b"%d" % os.getpid())
print("held", flush=True)
signal.pause()
"""
LONG = 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "lock"


@contextlib.contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process hold the lock."""
    path.parent.mkdir(exist_ok=True)
    program = [sys.executable, "-c", HOLD]
    with path.open("w+") as stream, subprocess.Popen(program, stdin=stream, stdout=subprocess.PIPE) as process:
        stream.close()
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_holder_is_named_in_a_file_for_root_alone(path: Path) -> None:
    with host_lock(0, path=path):
        assert path.read_text() == str(os.getpid())
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_lock_is_free_again_whatever_happened(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), host_lock(0, path=path):
        raise ZeroDivisionError
    path.write_text("99999999 and more")
    with host_lock(0, path=path):
        assert path.read_text() == str(os.getpid())


def test_who_comes_second_gives_up_and_learns_who_is_at_work(path: Path) -> None:
    with holder(path) as process, pytest.raises(DeployError) as caught, host_lock(0, path=path):
        raise AssertionError
    assert str(caught.value) == f"Another run is at work on this host (process {process.pid}), for more than 0 s."
    assert str(process.pid) in caught.value.hint


def test_who_comes_second_waits_for_the_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()
    first_is_done = threading.Event()

    class Time:
        """A clock by which time passes only while somebody sleeps, until the first is done."""

        @staticmethod
        def monotonic() -> float:
            return 0

        @staticmethod
        def sleep(seconds: float) -> None:
            assert seconds == _host_lock.PAUSE
            tried.set()
            assert first_is_done.wait(LONG)

    monkeypatch.setattr(_host_lock, "time", Time)
    order: list[str] = []

    def second() -> None:
        with host_lock(1, path=path):
            order.append("second")

    thread = threading.Thread(target=second)
    with host_lock(1, path=path):
        thread.start()
        assert tried.wait(LONG)
        order.append("first")
    first_is_done.set()
    thread.join(LONG)
    assert order == ["first", "second"]


def test_the_lock_of_a_process_that_was_killed_is_free(path: Path) -> None:
    with holder(path) as process:
        process.kill()
        process.wait()
        with host_lock(0, path=path):
            assert path.read_text() == str(os.getpid())


def test_a_lock_without_a_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="Cannot lock this host with"), host_lock(0, path=tmp_path / "a" / "b" / "c"):
        raise AssertionError
