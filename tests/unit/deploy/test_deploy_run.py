"""Whole runs through the command line, on this machine: the playbook is small, everything else is real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glance_deploy import cli
from glance_deploy.errors import Problem

FAILING = """
- name: Verify
  hosts: glance
  gather_facts: false
  tasks:
    - name: Look
      ansible.builtin.fail: {msg: "the disk is full"}
"""

KEEPING = """
- name: Image
  hosts: glance
  gather_facts: false
  tasks:
    - name: Keep it
      ansible.builtin.copy:
        content: "{{ glance_database_admin_password }}"
        dest: "{{ target }}/kept"
        mode: "0600"
      no_log: true
"""


def run(root: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, Any]]:
    code = cli.main([*argv, "--controller", "localhost", "--database-host", "db", "--output", "json"], root)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == code
    return code, found


@pytest.fixture(autouse=True)
def look(monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """Let this machine be one on which we may become root: the look at it is tested elsewhere."""
    found: list[Problem] = []
    monkeypatch.setattr("glance_deploy.access.check", lambda *_: found)
    return found


def test_a_deployment_the_same_again_and_a_check(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = run(root, capsys, "--set", "glance_workers=3")
    assert (code, found["error"], found["report"]["changed"]) == (0, None, 1)
    assert (tmp_path / "glance.conf").read_text() == "workers = 3\n"
    assert found["report"]["verification"] == {"localhost": {"release": "epoxy", "tables": ["images", "tasks"]}}
    assert {stage["name"]: stage["outcome"] for stage in found["report"]["stages"]} == {
        "Preflight": "ok",
        "Database": "skipped",
        "Image": "changed",
        "Verify": "ok",
    }
    state = root / ".glance-deploy" / "localhost"
    assert json.loads((state / "report.json").read_text()) == found["report"]
    assert not list(state.glob("run-*"))

    code, found = run(root, capsys, "--set", "glance_workers=3")
    assert (code, found["report"]["changed"]) == (0, 0)

    code, found = run(root, capsys, "--set", "glance_workers=4", "--check")
    assert (code, found["report"]["changed"]) == (0, 1)
    assert (tmp_path / "glance.conf").read_text() == "workers = 3\n"


def test_a_run_that_fails_is_reported_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "playbooks/site.yml").write_text(FAILING)
    code, found = run(root, capsys)
    assert code == 4
    assert "the disk is full" in found["error"]["message"]
    assert found["report"]["failures"][0]["message"] == "the disk is full"
    assert json.loads((root / ".glance-deploy/localhost/report.json").read_text())["exit_code"] == 4


UNUSABLE = """
- name: Look
  hosts: glance
  gather_facts: false
  tasks:
    - name: Look at the host
      ansible.builtin.fail: {msg: "Missing sudo password"}
- name: Image
  hosts: glance
  gather_facts: false
  tasks:
    - name: Never reached
      ansible.builtin.fail:
"""


def test_a_host_that_cannot_be_used_is_told_in_our_words(
    root: Path, capsys: pytest.CaptureFixture[str], look: list[Problem]
) -> None:
    (root / "playbooks/site.yml").write_text(UNUSABLE)
    look += [
        Problem("sudo asks for a password", "localhost", "--ask-become-pass"),
        Problem("no answer", "b", "switch it on"),
    ]
    code, found = run(root, capsys)
    assert code == 3
    assert "nothing was changed" in found["error"]["message"]
    assert [problem["where"] for problem in found["error"]["problems"]] == ["localhost", "b"]
    assert [(stage["name"], stage["outcome"]) for stage in found["report"]["stages"]] == [
        ("Look", "failed"),
        ("Connection", "failed"),
    ]


def test_what_a_look_says_itself_is_kept_where_the_login_is_fine(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "playbooks/site.yml").write_text(UNUSABLE)
    code, found = run(root, capsys)
    assert code == 3
    assert [problem["what"] for problem in found["error"]["problems"]] == ["Look at the host: Missing sudo password"]


def test_a_host_that_answered_once_is_not_logged_in_to_again(
    root: Path, capsys: pytest.CaptureFixture[str], look: list[Problem]
) -> None:
    look += [Problem("never asked", "localhost")]
    site = (root / "playbooks/site.yml").read_text()
    (root / "playbooks/site.yml").write_text(site + FAILING)
    code, found = run(root, capsys)
    assert code == 4
    assert "Connection" not in [stage["name"] for stage in found["report"]["stages"]]


def test_secrets_reach_ansible_and_nothing_else(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile password arrives as it is, and neither output, log, report nor a left-over file holds it."""
    hostile = "p@ss/w:rd%$#'\"\\ é {{ x }}"
    monkeypatch.setenv("GLANCE_DEPLOY_DATABASE_PASSWORD", hostile)
    (root / "playbooks/site.yml").write_text(KEEPING)
    code = cli.main(["--controller", "localhost", "--database-host", "db", "-v"], root)
    printed = capsys.readouterr()
    assert code == 0
    assert (tmp_path / "kept").read_text() == hostile
    everything = printed.out + printed.err
    everything += "".join(path.read_text() for path in (root / ".glance-deploy").rglob("*") if path.is_file())
    assert "p@ss" not in everything
    assert "TASK [Keep it]" in printed.out


def test_a_verb_runs_its_own_playbook(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "playbooks/verify.yml").write_text("- name: Verify\n  hosts: glance\n  gather_facts: false\n")
    code, found = run(root, capsys, "verify")
    assert (code, found["command"]) == (0, "verify")
    assert [stage["name"] for stage in found["report"]["stages"]] == ["Verify"]
