"""The representative faults, one test each. Run as root: pytest tests/faults, some eight minutes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .bases import Bases
from .campaign import Campaign
from .catalogue import all_faults
from .lane import ROOT, open_lane
from .table import line
from .watch import Step

SEED = 1
SUITE = "trixie"
# Only a deploy tells the boundaries; which faults represent the others does not depend on them.
NAMES = [fault.name for fault in all_faults([Step("END", 1, 1.0)], SEED) if fault.ci]


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    place = ROOT / ".glance-deploy" / "faults" / "ci"
    bases = Bases(open_lane("faults-ci", SUITE, place / "address"), place)
    try:
        bases.prepare("deployed")
        yield Campaign(bases, place / "runs")
    finally:
        bases.lane.down()


@pytest.mark.parametrize("name", NAMES)
def test_fault_does_no_harm_and_is_told(campaign: Campaign, name: str) -> None:
    (fault,) = (each for each in all_faults(campaign.bases.steps(), SEED) if each.name == name)
    row = campaign.face(fault)
    assert row.ok, line(row)
