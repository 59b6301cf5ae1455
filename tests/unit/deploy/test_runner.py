"""Starting Ansible: the command line as data, and a few real runs of a small playbook on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from glance_deploy import events, process, runner
from glance_deploy.errors import GlanceDeployError, InterruptedRunError
from glance_deploy.process import Tail
from glance_deploy.runner import Job

JOB = Job(Path("/r"), "site.yml", (Path("/a"), Path("/b")), Path("/log"), Path("/private"))

ARGV = {
    "plain": (JOB, []),
    "check": (replace(JOB, check=True), ["--check", "--diff"]),
    "first -v": (replace(JOB, verbosity=1), []),
    "third -v": (replace(JOB, verbosity=3), ["-vv"]),
    "variables": (replace(JOB, variables=(Path("/v"), Path("/w"))), ["--extra-vars", "@/v", "--extra-vars", "@/w"]),
    "login": (replace(JOB, login_password=Path("/l")), ["--connection-password-file", "/l"]),
    "sudo": (replace(JOB, become_password=Path("/s")), ["--become-password-file", "/s"]),
}


@pytest.mark.parametrize(("job", "more"), ARGV.values(), ids=ARGV)
def test_the_command_line_follows_from_the_job(job: Job, more: list[str]) -> None:
    argv = runner.playbook_argv(job)
    assert Path(argv[0]).name == "ansible-playbook"
    assert argv[1:] == ["--inventory", "/a", "--inventory", "/b", *more, "/r/site.yml"]


def test_our_settings_win_over_exported_ones() -> None:
    found = runner.ansible_environment(Path("/r"), {"ANSIBLE_CONFIG": "/theirs", "LANG": "C"}, Path("/e"))
    assert found["ANSIBLE_CONFIG"] == "/r/ansible.cfg"
    assert found["LANG"] == "C"
    assert (found["ANSIBLE_CALLBACKS_ENABLED"], found["GLANCE_DEPLOY_EVENTS"]) == (
        "glance_deploy.openstack.events",
        "/e",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("all fine\n", ""),
        ("[WARNING]: old\n[ERROR]: first\nOrigin: x\n[ERROR]: second \n", "second"),
        ("ERROR! older form\n", "older form"),
    ],
)
def test_the_last_error_of_a_log_is_one_line(text: str, expected: str) -> None:
    assert runner.last_error(text) == expected


def test_the_end_of_a_log_is_enough(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x" * 3 * runner.LOG_END + "\n[ERROR]: here\n")
    assert len(runner.end_of_log(log)) == runner.LOG_END
    assert runner.last_error(runner.end_of_log(log)) == "here"


def test_a_tail_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntw")
    tail = Tail(path)
    assert list(tail.lines()) == ["one"]
    with path.open("a") as stream:
        stream.write("o\n")
    assert list(tail.lines()) == ["two"]
    tail.close()


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (5 << 20))
    tail = Tail(path)
    assert max(len(line) for line in tail.lines()) < 2 << 20
    tail.close()


TASKS = """
- name: Tasks of every kind
  hosts: all
  gather_facts: false
  serial: 2
  vars: {secret: hunter2}
  tasks:
    - name: Report steps
      ansible.builtin.set_fact:
        steps: ["create database: glance"]
      changed_when: true
    - name: Only ask
      ansible.builtin.copy: {content: x, dest: "{{ target }}/asked", mode: "0600"}
      check_mode: true
    - name: Hide a secret
      ansible.builtin.debug: {msg: "{{ secret }}"}
      no_log: true
    - name: Loop
      ansible.builtin.command: "echo {{ item }}"
      loop: [hunter2, hunter2]
      changed_when: item == 'never'
    - name: Skip
      ansible.builtin.debug: {msg: hunter2}
      when: false
    - name: Ignore
      ansible.builtin.command: "false"
      ignore_errors: true
      changed_when: false
    - name: Mend
      block:
        - name: Break
          ansible.builtin.fail: {msg: mended}
      rescue:
        - name: Go on
          ansible.builtin.debug: {msg: fine}
    - name: Try twice
      ansible.builtin.command: "test -e {{ target }}/tried-{{ inventory_hostname }}"
      register: tried
      changed_when: false
      until: tried.rc == 0 or tried.attempts > 1
      retries: 2
      delay: 0
      failed_when: false
    - name: Wait in the background
      ansible.builtin.command: "true"
      async: 5
      poll: 1
      changed_when: false
    - name: Publish
      ansible.builtin.set_stats:
        data: {glance_report: {host: "{{ inventory_hostname }}"}}
        per_host: true
    - name: Fail in a secret
      ansible.builtin.fail: {msg: "{{ secret }}"}
      no_log: true
      when: inventory_hostname == 'b'
    - name: Fail with reasons
      ansible.builtin.command: "echo hunter2"
      failed_when: true
      changed_when: false
      when: inventory_hostname == 'a'
"""


def job(root: Path, tmp_path: Path, hosts: str = "a", variables: tuple[Path, ...] = ()) -> Job:
    inventory = tmp_path / "inventory.yml"
    members = {
        host: {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"} for host in hosts
    }
    inventory.write_text(json.dumps({"glance": {"hosts": members}}))
    (tmp_path / "group_vars").symlink_to(root / "group_vars")
    log = tmp_path / "run.log"
    log.touch()
    journal = tmp_path / "journal"
    journal.touch()
    return Job(root, "site.yml", (inventory,), log, journal, variables, environment=os.environ)


def test_a_run_is_told_as_events_and_nothing_secret_is_among_them(root: Path, tmp_path: Path) -> None:
    (root / "playbooks/site.yml").write_text(TASKS)
    this = job(root, tmp_path, "ab")
    found: list[events.Event] = []
    assert runner.run_playbook(this, found.append, print) == 2
    stream = this.journal.read_text()
    assert "hunter2" not in stream
    assert not [event for event in found if isinstance(event, events.Unknown | events.Malformed)]

    results = {(event.host, event.task): event for event in found if isinstance(event, events.TaskResult)}
    assert {task: event.outcome for (host, task), event in results.items() if host == "a"} == {
        "Report steps": "changed",
        "Only ask": "ok",
        "Hide a secret": "ok",
        "Loop": "ok",
        "Skip": "skipped",
        "Ignore": "ignored",
        "Break": "rescued",
        "Go on": "ok",
        "Try twice": "ok",
        "Wait in the background": "ok",
        "Publish": "ok",
        "Fail in a secret": "skipped",
        "Fail with reasons": "failed",
    }
    assert results["b", "Fail in a secret"].message == "the reason is hidden, because the task handles secrets (no_log)"
    assert results["a", "Break"].message == "mended"
    assert all(event.seconds > 0 for event in results.values() if event.outcome not in {"skipped"})
    assert [event.attempt for event in found if isinstance(event, events.Retry)] == [1, 1]

    assert found[0] == events.RunStart(("Tasks of every kind",))
    stats = found[-1]
    assert isinstance(stats, events.Stats)
    assert stats.custom == {host: {"glance_report": {"host": host}} for host in "ab"}
    assert (stats.hosts["a"]["failures"], stats.hosts["a"]["rescued"], stats.hosts["a"]["ignored"]) == (1, 1, 1)


def test_plays_without_hosts_are_told(root: Path, tmp_path: Path) -> None:
    """Also what a second run says, and that extra variables and group variables arrive."""
    variables = tmp_path / "variables.yml"
    variables.write_text("glance_workers: !unsafe '{{ 7 }}'\n")
    this = job(root, tmp_path, variables=(variables,))
    found: list[events.Event] = []
    assert runner.run_playbook(this, found.append, print) == 0
    assert [event.play for event in found if isinstance(event, events.PlayStart)] == [
        "Preflight",
        "Database",
        "Image",
        "Verify",
    ]
    assert [event.play for event in found if isinstance(event, events.NoHosts)] == ["Database"]
    assert (tmp_path / "glance.conf").read_text() == "workers = {{ 7 }}\n"

    this.journal.write_text("")
    again: list[events.Event] = []
    assert runner.run_playbook(replace(this, check=True), again.append, print) == 0
    assert not [event for event in again if isinstance(event, events.TaskResult) and event.outcome == "changed"]


LEAVING = """
- name: Image
  hosts: all
  gather_facts: false
  tasks:
    - name: Stay
      ansible.builtin.meta: end_play
      when: false
    - name: Leave
      meta: end_host
    - name: Never reached
      ansible.builtin.fail:
"""


def test_a_play_that_every_host_leaves_has_no_task(root: Path, tmp_path: Path) -> None:
    (root / "playbooks/site.yml").write_text(LEAVING)
    found: list[events.Event] = []
    assert runner.run_playbook(job(root, tmp_path, "ab"), found.append, print) == 0
    assert [type(event) for event in found] == [events.RunStart, events.PlayStart, events.Stats]


def test_the_end_of_a_program_is_noticed_at_once(tmp_path: Path) -> None:
    """Not at the next look at it: nothing is looked at in this test but once, and at the end."""
    looks: list[float] = []
    (tmp_path / "log").touch()
    argv = ["/bin/sh", "-c", "exit 3"]
    code = process.run(
        argv, environment={}, directory=tmp_path, log=tmp_path / "log", watch=lambda: looks.append(time.monotonic())
    )
    assert code == 3
    assert len(looks) <= 2


def test_a_playbook_that_ansible_cannot_read_has_a_reason(root: Path, tmp_path: Path) -> None:
    (root / "site.yml").write_text("- hosts: all\n  nonsense: true\n")
    this = job(root, tmp_path)
    lines: list[str] = []
    assert runner.run_playbook(this, print, lines.append) == 4
    assert "nonsense" in runner.last_error(runner.end_of_log(this.log))
    assert any("nonsense" in line for line in lines)


@pytest.fixture
def heeded_ctrl_c() -> Iterator[None]:
    """Heed Ctrl-C also where the tests run in the background, whose shell lets them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded_ctrl_c")
def test_ctrl_c_ends_ansible_and_all_that_it_started(root: Path, tmp_path: Path) -> None:
    sleep = "31.4159"
    (root / "playbooks/site.yml").write_text(
        f"- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Sleep\n      command: sleep {sleep}\n"
    )

    def press(event: events.Event) -> None:
        if isinstance(event, events.TaskStart):
            threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()

    began = time.monotonic()
    with pytest.raises(InterruptedRunError) as caught:
        runner.run_playbook(job(root, tmp_path), press, print)
    assert "continues" in caught.value.hint
    assert time.monotonic() - began < 15
    assert not [line for line in command_lines() if sleep in line]


def command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_text(errors="replace"))
    return found


def test_a_missing_ansible_is_told(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(GlanceDeployError, match="cannot start"):
        runner.run_playbook(job(root, tmp_path), print, print)
