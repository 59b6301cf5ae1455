"""A run of another control machine waits until this one has left the host."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._run_lease import (
    LASTS,
    VARIABLE,
    lease,
    owner_of_this_run,
    stranger,
)

NOW = 1_000_000.0


def held(tmp_path: Path, owner: str, age: float) -> Path:
    """Return a lease of that age."""
    path = tmp_path / "run"
    path.write_text(owner)
    os.utime(path, (NOW - age, NOW - age))
    return path


@pytest.mark.parametrize(
    ("owner", "age", "is_free"),
    [
        ("a:/x", 1, True),
        ("b:/y", LASTS + 1, True),
        ("b:/y", -5, True),
        ("", 1, True),
        ("b:/y", 1, False),
        ("b:/y", LASTS - 1, False),
    ],
    ids=["our own", "long ago", "of another clock", "torn", "another one", "another one, a while ago"],
)
def test_only_a_fresh_lease_of_somebody_else_keeps_out(tmp_path: Path, owner: str, age: float, is_free: bool) -> None:
    found = stranger("a:/x", held(tmp_path, owner, age), clock=lambda: NOW)
    assert (found is None) == is_free
    assert is_free or "that of b:/y" in str(found)


def test_nobody_was_there(tmp_path: Path) -> None:
    assert stranger("a:/x", tmp_path / "run") is None


def test_a_lease_is_private_and_outlives_its_call(tmp_path: Path) -> None:
    path = tmp_path / "state" / "run"
    with lease("a:/x", path):
        assert path.read_text() == "a:/x"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(DeployError, match="Another run is at work on this host"), lease("b:/y", path):
        pytest.fail("another run came in")
    with lease("a:/x", path):
        assert path.exists()


def test_a_run_without_a_name_leaves_no_lease_and_respects_one(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with lease("", path):
        assert not path.exists()
    path.write_text("b:/y")
    with pytest.raises(DeployError), lease("", path):
        pytest.fail("it came in")


def test_the_playbooks_name_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert owner_of_this_run() == ""
    monkeypatch.setenv(VARIABLE, "a:/x")
    assert owner_of_this_run() == "a:/x"
