"""A host that cannot take Glance: every reason is told at once, and nothing on it is changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Lab, Outcome

# Each makes one thing wrong on the host, and names what the refusal must say.
FAULTS = {
    "port": (
        "systemd-run --quiet --unit squatter python3 -m http.server 9292 --bind 0.0.0.0; sleep 1",
        "9292",
    ),
    "disk": ("mount -t tmpfs -o size=8m full /var/cache/apt", "/var/cache/apt"),
    "mirror": (
        "sed -i 's,http://[^/ ]*,http://127.0.0.1:9,' $(grep -rl http:// /etc/apt/sources.list*)",
        "mirror",
    ),
    "name": ("true", "controller.invalid"),
}


@pytest.fixture(scope="module")
def lab(make_lab: Callable[..., Lab]) -> Lab:
    lab = make_lab("test-refusals", "--suite", "bookworm", "--host", "image")
    for command, _ in FAULTS.values():
        lab.read("image", command)
    lab.read("image", "sleep 1; touch /run/before; sleep 1")
    return lab


@pytest.fixture(scope="module")
def refusal(lab: Lab) -> Outcome:
    return lab.deploy("image", "--set", "openstack_host_address=controller.invalid")


@pytest.mark.parametrize("fault", FAULTS)
def test_each_reason_is_told_in_the_same_run(refusal: Outcome, fault: str) -> None:
    refusal.expect(3)
    problems = refusal.document["error"]["problems"]
    assert [problem for problem in problems if FAULTS[fault][1] in f"{problem['what']} {problem['where']}"], problems
    assert all(problem["mend"] for problem in problems)


def test_the_program_in_the_way_is_named(refusal: Outcome) -> None:
    assert [problem for problem in refusal.document["error"]["problems"] if "squatter" in str(problem)], refusal


def test_nothing_was_changed(lab: Lab, refusal: Outcome) -> None:
    refusal.expect(3)
    changed = "find / -xdev -newer /run/before -type f ! -path '/proc/*' ! -path '/var/log/*' ! -path '/run/*'"
    assert lab.read("image", changed) == ""


def test_a_user_without_sudo_is_refused(lab: Lab) -> None:
    outcome = lab.deploy("image", user="plain")
    outcome.expect(3)
    assert "sudo" in str(outcome.document["error"])


def test_a_system_that_nobody_has_tried_is_refused(lab: Lab) -> None:
    lab.read("image", "sed -i 's/^ID=.*/ID=slackware/' /etc/os-release")
    outcome = lab.deploy("image")
    outcome.expect(3)
    assert "not supported" in str(outcome.document["error"]["problems"])
