"""The README's first command: a bare host, made here, deployed, proved; and the same again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._qcow2 import builtin_image

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


@pytest.mark.variables("glance_image_source")
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


@pytest.mark.variables("glance_image_source", "glance_image_checksum_waived")
@pytest.mark.parametrize(
    ("name", "content", "checksum", "words"),
    [
        ("page.qcow2", b"<!DOCTYPE html><html>No such file</html>", "", "web page"),
        ("short.qcow2", builtin_image()[:-200_000], "", "cut off"),
        ("other.qcow2", builtin_image(), "sha256:" + 64 * "0", "checksum"),
    ],
    ids=["an HTML page", "a truncated file", "a wrong checksum"],
)
def test_what_is_not_the_image_is_refused(first: Outcome, name: str, content: bytes, checksum: str, words: str) -> None:
    first.expect()
    (host,) = execute("scripts/lab", "list", "--name", "lab", "--output", "json").expect().document[0]["hosts"]
    serve = "mkdir -p /run/web && cat > /run/web/{} && (systemctl is-active -q web || systemd-run -q --unit web"
    serve += " python3 -m http.server 8123 --bind 127.0.0.1 --directory /run/web) && sleep 1"
    subprocess.run(["scripts/lab", "ssh", host["name"], "--", serve.format(name)], cwd=ROOT, input=content, check=True)
    sum_of = ("--image-checksum", checksum) if checksum else ("--set", "glance_image_checksum_waived=true")
    verify = (sys.executable, "deploy.py", "verify", "--lab", "--output", "json")
    outcome = execute(*verify, "--image", f"http://127.0.0.1:8123/{name}", *sum_of).expect(4)
    assert words.lower() in str(outcome.document["error"]).lower(), outcome.document["error"]
