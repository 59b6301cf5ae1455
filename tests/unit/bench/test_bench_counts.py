"""What is read from the kernel, from sshd and from scripts."""

from __future__ import annotations

from pathlib import Path

from scripts._bench.control import below, memory, parents
from scripts._bench.probe import Counters, last_process, logins, traffic
from scripts._bench.scenarios import steps, told

JOURNAL = """\
Accepted key ED25519 SHA256:abc found at /root/.ssh/authorized_keys:1
Accepted publickey for root from 10.77.5.1 port 41000 ssh2: ED25519 SHA256:abc
Starting session: command for root from 10.77.5.1 port 41000 id 0
Starting session: command for root from 10.77.5.1 port 41000 id 1
Close session: user root from 10.77.5.1 port 41000 id 0
"""
NETWORK = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
    lo:     100       1    0    0    0     0          0         0      100       1    0
  eth0:    6812      42    0    0    0     0          0         0     5773      34    0
"""


def test_last_process() -> None:
    assert last_process("3.81 2.59 1.87 7/1524 164\n") == 164


def test_logins() -> None:
    assert logins(JOURNAL) == (1, 2)


def test_traffic() -> None:
    assert traffic(NETWORK) == (6812, 5773)
    assert traffic(NETWORK, "eth1") == (0, 0)


def test_counters_of_a_run_leave_out_the_counting() -> None:
    before, after = Counters(100, 1000, 2000, 1, 1), Counters(151, 3500, 2000, 2, 9)
    assert after.since(before) == {
        "processes": 50,
        "connections": 1,
        "sessions": 8,
        "kilobytes_in": 2.5,
        "kilobytes_out": 0.0,
    }
    assert before + after == Counters(251, 4500, 4000, 3, 10)


def test_processes_below_one(tmp_path: Path) -> None:
    for pid, parent, name in ((1, 0, "init"), (10, 1, "a (b) c"), (11, 10, "d"), (12, 1, "e")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0")
    (tmp_path / "11" / "smaps_rollup").write_text("00-ff ---p 00 00:00 0 [rollup]\nRss: 900 kB\nPss:    400 kB\n")
    assert below(10, parents(tmp_path)) == {10, 11}
    assert memory(11, tmp_path) == 400
    assert memory(12, tmp_path) == 0


def test_steps_of_a_script() -> None:
    output = "   0.03  database\n  12.71  packages (the rest)\n| 3 | cirros |\nTOTAL 24.33\n"
    assert steps(output) == {"database": 0.03, "packages (the rest)": 12.71}


def test_what_a_report_tells() -> None:
    tasks = [{"name": f"task {number}", "seconds": float(number)} for number in range(10)]
    report = {"tasks": 10, "changed": 2, "stages": [{"name": "Image", "seconds": 45.0, "tasks": tasks}]}
    found = told(report)
    assert found["steps"] == {"Image": 45.0}
    assert list(found["slowest"])[:2] == ["task 9", "task 8"]
    assert (found["tasks"], found["changed"]) == (10, 2)
