"""The host loses power, and the connection to it breaks."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Cable, Cut, Fault, PowerCycle, Release, When
from ..watch import Step
from .moments import IMAGE, at_share, inside, longest

LOST = r"(?i)unreachable|connect|reach|ssh|closed|answer"
CODES = frozenset({0, 1, 3, 4})


def power(steps: Sequence[Step], seed: int) -> list[Fault]:
    """The host is off for two seconds, at ten moments inside tasks."""
    return [
        Fault(
            f"power-{number}",
            "the host's plug is pulled, and put back",
            "bare",
            moment,
            (PowerCycle(),),
            (),
            CODES,
            LOST,
        )
        for number, moment in enumerate(inside(steps, 10, f"power {seed}"))
    ]


def cable(steps: Sequence[Step]) -> list[Fault]:
    """The host's cable is pulled for half a minute, and for good."""
    moments: dict[str, When] = {
        "early": at_share(steps, 0.2),
        "middle": at_share(steps, 0.5),
        "late": at_share(steps, 0.85),
    }
    short = [
        Fault(f"cut-30-s-{name}", "the host's cable is pulled for 30 s", "bare", moment, (Cut(30),), (), CODES, LOST)
        for name, moment in (*moments.items(), ("in-longest-task", longest(steps)))
    ]
    pulled = (Cable(on=False), Release())
    gone = Fault(
        "cut-and-stays",
        "the host's cable is pulled",
        "ready",
        IMAGE,
        pulled,
        (Cable(on=True),),
        CODES - {0},
        LOST,
    )
    return [*short, gone]
