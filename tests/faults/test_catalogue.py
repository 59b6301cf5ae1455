"""The table of faults itself, and how runs are judged; needs no host."""

from __future__ import annotations

import re

import pytest

from .bases import BELOW
from .catalogue import all_faults
from .losses import Belongings, missing
from .model import KILLED, AtTask, Fault, Inside
from .scene import judge
from .watch import Outcome, Step

STEPS = [
    Step("Preflight |  | Check this host", 1, 0.5),
    Step("Image | glance | Write glance-api.conf", 1, 2.0),
    Step("Verify | glance | Send an image up (and back)", 1, 1.0),
    Step("END", 1, 0.0),
]
FAULTS = all_faults(STEPS, seed=1)
REFUSAL = "Image: begins\n\n✗ Failed: Image: it broke, on host\n  → mend it\n\n  Report  x\n"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_row_says_what_the_user_must_read(fault: Fault) -> None:
    assert fault.base in BELOW
    assert re.fullmatch(r"[a-z0-9-]+", fault.name)
    assert not fault.codes - {0, KILLED} or fault.sees
    re.compile(fault.sees)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.label)
def test_a_boundary_means_its_own_task_only(step: Step) -> None:
    assert [each.label for each in STEPS if re.search(step.when.pattern, each.label)] == [step.label]


def test_every_boundary_is_killed_at_once() -> None:
    killed = [fault.when for fault in FAULTS if fault.name.startswith("kill-at-")]
    assert killed == [step.when for step in STEPS]


def test_a_seed_always_chooses_the_same_moments() -> None:
    moments = [
        [fault.when for fault in all_faults(STEPS, seed) if isinstance(fault.when, Inside)] for seed in (7, 7, 8)
    ]
    assert moments[0] == moments[1] != moments[2]
    assert all(isinstance(each, Inside) and isinstance(each.task, AtTask) for each in moments[0])


def outcome(code: int, text: str) -> Outcome:
    return Outcome(code, text, 1.0, None)


def test_what_the_user_saw_is_the_fault_and_its_hint() -> None:
    assert outcome(1, REFUSAL).said == "✗ Failed: Image: it broke, on host / → mend it"


@pytest.mark.parametrize(
    ("code", "text", "complaint"),
    [
        (1, REFUSAL, ""),
        (0, "✓ Glance works on host\n", "ended with 0"),
        (1, REFUSAL.replace("broke", "stopped"), "does not say"),
        (1, REFUSAL.replace("→", ""), "what to do"),
        (1, REFUSAL + "Traceback (most recent call last):\n", "traceback"),
    ],
    ids=["well told", "no failure", "other words", "no hint", "traceback"],
)
def test_a_run_is_judged_by_code_words_and_hint(code: int, text: str, complaint: str) -> None:
    found = judge("the run", outcome(code, text), frozenset({1}), "broke")
    assert complaint in " ".join(found) if complaint else not found


def test_losses_are_images_bytes_and_rows_that_were_not_to_change() -> None:
    before = Belongings({"a": "1", "b": "2", "c": "3"}, ("row 1 new", "row two", "row three"))
    after = Belongings({"a": "1", "b": "9", "d": "4"}, ("row 1 old", "row four", "row two"))
    assert missing(before, after, [("old|new", "-")]) == [
        "image c is gone",
        "image b has other bytes",
        "row: row three",
    ]
