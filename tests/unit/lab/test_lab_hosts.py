"""The life of hosts, told by the commands that are given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scripts._lab import verbs
from scripts._lab.errors import CommandFailedError, LabError
from scripts._lab.hosts import Hosts, ssh_argv
from scripts._lab.machine import Engine
from scripts._lab.wish import Wish
from tests.unit.lab.lab_fakes import FakeRun, make_lab

WISH = Wish("demo", (("host1", "bookworm"),))


def listing(*containers: tuple[str, str]) -> dict[str, str | LabError]:
    return {"podman ps --all --format": json.dumps([{"Names": [name], "State": state} for name, state in containers])}


def test_states(tmp_path: Path) -> None:
    lab = make_lab(tmp_path, "one", "two")
    run = FakeRun(listing((lab.container(lab.hosts[0]), "running")))
    assert Hosts(run, Engine()).states(lab) == {"one": "running", "two": "missing"}


@pytest.mark.parametrize(("state", "kills"), [("running", 1), ("exited", 0)])
def test_power_off(tmp_path: Path, state: str, kills: int) -> None:
    lab = make_lab(tmp_path)
    run = FakeRun(listing((lab.container(lab.hosts[0]), state)))
    Hosts(run, Engine()).power_off(lab, lab.hosts[0])
    assert len([call for call in run.calls if call.startswith("podman kill")]) == kills


def test_remove_takes_hosts_then_bridge(tmp_path: Path) -> None:
    run = FakeRun({"podman ps": "c1\nc2", "podman network ls": "n1"})
    Hosts(run, Engine()).remove(make_lab(tmp_path).id)
    assert [call for call in run.calls if " ls " not in call and " ps " not in call] == [
        "podman rm --force --time 0 c1 c2",
        "podman network rm --force n1",
    ]


def test_removing_what_is_gone_does_nothing(tmp_path: Path) -> None:
    run = FakeRun()
    Hosts(run, Engine()).remove(make_lab(tmp_path).id)
    assert not any(" rm " in call for call in run.calls)


def test_leftovers_are_found_by_container_and_by_network(tmp_path: Path) -> None:
    networks = json.dumps([{"labels": {"glance-deploy.lab": "b"}}])
    run = FakeRun({"podman ps": "a\nb\n", "podman network ls": networks})
    assert list(Hosts(run, Engine()).leftovers(tmp_path)) == ["a", "b"]


def test_a_host_that_stays_shut_is_named(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    run = FakeRun({"ssh": CommandFailedError("ssh", "Connection refused")})
    with pytest.raises(LabError, match="'host1' did not let anybody in: ssh failed: Connection refused") as raised:
        Hosts(run, Engine()).wait(lab, lab.hosts[0], deadline=0.0)
    assert raised.value.hint == f"See: podman logs {lab.container(lab.hosts[0])}"


def test_a_host_that_went_off_is_not_waited_for(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    gone = listing((lab.container(lab.hosts[0]), "exited"))
    run = FakeRun({"ssh": CommandFailedError("ssh", "No route to host")} | gone)
    with pytest.raises(LabError, match="No route to host"):
        Hosts(run, Engine()).wait(lab, lab.hosts[0], deadline=float("inf"))


@pytest.mark.parametrize(("state", "said"), [("running", ""), ("degraded", "host1 -- systemctl --failed")])
def test_a_degraded_host_is_mentioned(
    tmp_path: Path, state: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = make_lab(tmp_path)
    Hosts(FakeRun({"ssh": state}), Engine()).wait(lab, lab.hosts[0], deadline=0.0)
    assert capsys.readouterr().err.strip().endswith(said)


def test_login_trusts_known_hosts_only(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    line = " ".join(ssh_argv(lab, lab.hosts[0], "deploy"))
    assert line.startswith("ssh -F none ")
    assert "StrictHostKeyChecking=yes" in line
    assert line.endswith("deploy@10.77.5.11")


def test_up_again_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts._lab.hosts.remember_forwarding", lambda: None)
    lab = make_lab(tmp_path)
    run = FakeRun(listing((lab.container(lab.hosts[0]), "running")))
    assert verbs.revive(WISH, lab, Hosts(run, Engine())) == {}
    assert not any("podman start" in call for call in run.calls)


@pytest.mark.parametrize(
    ("wish", "state", "message"),
    [
        (replace(WISH, hosts=(("host1", "trixie"),)), "running", r"up with other hosts: host1 \(bookworm\)"),
        (WISH, None, "has lost hosts"),
    ],
    ids=["other shape", "lost"],
)
def test_up_refuses_another_lab(tmp_path: Path, wish: Wish, state: str | None, message: str) -> None:
    lab = make_lab(tmp_path)
    run = FakeRun(listing((lab.container(lab.hosts[0]), state)) if state else {"podman ps": "[]"})
    with pytest.raises(LabError, match=message) as raised:
        verbs.revive(wish, lab, Hosts(run, Engine()))
    assert "scripts/lab down --name demo" in raised.value.hint


def test_description_has_what_another_program_needs(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    assert verbs.describe(lab) == {
        "version": 1,
        "name": "demo",
        "state_dir": str(lab.directory),
        "hosts": [{"name": "host1", "ip": "10.77.5.11", "suite": "bookworm"}],
        "ssh_key": str(lab.key),
        "known_hosts": str(lab.known_hosts),
        "inventory": str(lab.inventory),
    }


def test_next_steps_name_the_first_host(tmp_path: Path) -> None:
    lab = make_lab(tmp_path, "one", "two")
    deploy, ansible = verbs.next_steps(lab)
    assert deploy.startswith("python3 deploy.py --controller deploy@10.77.5.11 --ssh-key ")
    assert ansible == f"ansible-playbook -i {lab.inventory} site.yml"
