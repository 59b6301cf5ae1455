"""The README's first command: a bare host, made here, deployed, proved; and the same again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT, Outcome, execute

DEPLOY = (sys.executable, "deploy.py", "--lab")


@pytest.fixture(scope="module")
def first() -> Iterator[Outcome]:
    execute("scripts/lab", "down")
    yield execute(*DEPLOY, "--output", "json")
    execute("scripts/lab", "down")


def test_a_bare_host_ends_with_a_proved_glance(first: Outcome) -> None:
    first.expect()
    (verification,) = first.report["verification"].values()
    assert verification["roundtrip"]["uploaded"]
    assert verification["roundtrip"]["identical"]
    assert verification["roundtrip"]["sha512_local"] == verification["roundtrip"]["sha512_downloaded"]
    assert verification["image"]["status"] == "active"
    assert {endpoint["interface"] for endpoint in verification["endpoints"]} == {"public", "internal", "admin"}


def test_the_second_run_changes_nothing_and_proves_again(first: Outcome) -> None:
    first.expect()
    second = execute(*DEPLOY)
    second.expect()
    assert "zero changed" in second.stdout.lower()
    assert "http://" in second.stdout


def test_an_image_of_ones_own_comes_back_and_boots(first: Outcome, tmp_path: Path) -> None:
    first.expect()
    tiny, back = tmp_path / "tiny.qcow2", tmp_path / "back.qcow2"
    execute("scripts/lab", "bootable-image", tiny, "--install-missing").expect()
    third = execute(*DEPLOY, "--image", tiny, "--output", "json").expect()
    (verification,) = third.report["verification"].values()
    assert (verification["image"]["name"], verification["source"]["kind"]) == ("tiny", "file")
    (host,) = execute("scripts/lab", "list", "--name", "lab", "--output", "json").expect().document[0]["hosts"]
    save = ". /root/admin-openrc && openstack image save --file /root/back.qcow2 tiny && cat /root/back.qcow2"
    with back.open("wb") as stream:
        subprocess.run(["scripts/lab", "ssh", host["name"], "--", save], cwd=ROOT, stdout=stream, check=True)
    assert back.read_bytes() == tiny.read_bytes()
    booted = execute("scripts/lab", "boot", back, "--install-missing").expect()
    assert "s" in booted.stdout
