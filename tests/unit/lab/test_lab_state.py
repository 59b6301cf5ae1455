"""A lab on disk, its lock, and the traces it leaves."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from scripts._lab.errors import LabError, UsageError
from scripts._lab.files import empty, give_back, locked, write
from scripts._lab.state import check_name, lab_id, load, load_ready, names
from scripts._lab.traces import remember_forwarding, remove_cgroups, restore_forwarding
from tests.unit.lab.lab_fakes import FakeRun, make_lab


def test_a_saved_lab_is_read_back(tmp_path: Path) -> None:
    lab = make_lab(tmp_path, "one", "two", kind="ready")
    lab.directory.mkdir()
    lab.save()
    assert load("demo", tmp_path) == load_ready("demo", tmp_path) == lab
    assert names(tmp_path) == ["demo"]


@pytest.mark.parametrize("name", ["lab", "other"])
def test_a_lab_that_is_not_there_says_how_to_get_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(LabError) as raised:
        load_ready(name, tmp_path)
    assert raised.value.hint == "Run: scripts/lab up" + ("" if name == "lab" else " --name other")


def test_a_half_made_lab_is_not_up(tmp_path: Path) -> None:
    lab = make_lab(tmp_path, ready=False)
    lab.directory.mkdir()
    lab.save()
    with pytest.raises(LabError, match="not up"):
        load_ready("demo", tmp_path)


def test_unknown_host_names_the_known_ones(tmp_path: Path) -> None:
    lab = make_lab(tmp_path, "one", "two")
    assert lab.find("two").ip == "10.77.5.12"
    with pytest.raises(UsageError) as raised:
        lab.find("three")
    assert raised.value.hint == "Its hosts are: one, two"


def test_clones_do_not_share_a_lab(tmp_path: Path) -> None:
    assert lab_id("lab", tmp_path / "a") != lab_id("lab", tmp_path / "b")
    assert make_lab(tmp_path).id == lab_id("demo", tmp_path)


@pytest.mark.parametrize("name", ["../x", "", "a/b", "-a", "a-", "A", "x" * 33])
def test_names_that_would_lead_elsewhere(name: str) -> None:
    with pytest.raises(UsageError):
        check_name("Lab", name)


def test_write_is_private_and_leaves_no_draft(tmp_path: Path) -> None:
    write(tmp_path / "file", "text")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_empty_does_not_follow_links(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    held = tmp_path / "held"
    (held / "sub" / "sub").mkdir(parents=True)
    (held / "link").symlink_to(kept)
    empty(held)
    assert list(held.iterdir()) == []
    assert (kept / "file").exists()


def test_nothing_outside_the_clone_is_given_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", "12345")
    monkeypatch.setenv("SUDO_GID", "12345")
    give_back(tmp_path)
    assert tmp_path.stat().st_uid == os.getuid()


def count(directory: Path, counter: Path) -> None:
    """Add one, slowly enough for another process to come between."""
    for _ in range(20):
        with locked(directory):
            value = int(counter.read_text())
            counter.write_text(str(value + 1))


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=count, args=(tmp_path / "lock", counter)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counter.read_text() == "80"
    assert not (tmp_path / "lock").exists()


def test_a_lock_with_something_in_it_stays(tmp_path: Path) -> None:
    with locked(tmp_path / "lock") as directory:
        (directory / "file").touch()
    assert (tmp_path / "lock" / "file").exists()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("before", "networks", "containers", "after"),
    [("0", "", "", "0"), ("1", "", "", "1"), ("0", "other-lab", "", "1"), ("0", "", "other-container", "1")],
    ids=["restored", "was on", "another lab", "another container"],
)
def test_forwarding(tmp_path: Path, before: str, networks: str, containers: str, after: str) -> None:
    forwarding, memory = tmp_path / "ip_forward", tmp_path / "memory"
    forwarding.write_text(f"{before}\n")
    remember_forwarding(memory, forwarding)
    forwarding.write_text("1\n")
    run = FakeRun({"podman network ls": networks, "podman ps": containers})
    restore_forwarding(run, memory, forwarding)
    assert forwarding.read_text().strip() == after
    assert memory.exists() is (before != after)


def test_control_groups_go_from_the_leaves_up(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    for top in (tmp_path / lab.id, tmp_path / "pids" / lab.id, tmp_path / "pids" / replace(lab, name="other").id):
        (top / "conmon" / "deep").mkdir(parents=True)
    remove_cgroups(lab.id, tmp_path)
    assert not (tmp_path / lab.id).exists()
    assert [path.name for path in (tmp_path / "pids").iterdir()] == [replace(lab, name="other").id]


@pytest.mark.parametrize(("baked", "kind"), [(True, "baked"), (False, "bare")])
def test_a_lab_of_an_older_clone_is_understood(tmp_path: Path, baked: bool, kind: str) -> None:
    lab = make_lab(tmp_path)
    lab.directory.mkdir()
    lab.save()
    path = lab.directory / "lab.json"
    path.write_text(path.read_text().replace('"kind": "bare"', f'"baked": {str(baked).lower()}'))
    assert load_ready("demo", tmp_path).kind == kind
