"""The control machine loses power, deploy.py is killed or stopped, and two runs meet."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from ..model import KILLED, Fault, Interrupt, Kill, Release, SecondRun, Settle, When
from ..watch import Step
from .moments import IMAGE, at_share, inside, longest, slug

DEAD = frozenset({KILLED})
POWER_CUT = "SIGKILL to deploy.py, Ansible, ssh and all else on the control side"
ALONE = "SIGKILL to deploy.py alone; its Ansible goes on"
OCCUPIED = r"(?i)another run|still at work"
HALVES = (0.1, 0.3, 0.5, 0.7, 0.9)


def at_boundaries(steps: Sequence[Step]) -> list[Fault]:
    """At every task boundary of a cold deploy; of deploy.py alone at some, because Ansible does not notice it."""
    everything = [
        Fault(f"kill-at-{number:02d}-{slug(step)}", POWER_CUT, "bare", step.when, (Kill(),), codes=DEAD)
        for number, step in enumerate(steps)
    ]
    alone = [
        Fault(
            f"kill-only-deploy-{number}",
            ALONE,
            "bare",
            at_share(steps, share),
            (Kill(everything=False), SecondRun(frozenset({3}), OCCUPIED), Release()),
            lift=(Settle(),),
            codes=DEAD,
        )
        for number, share in enumerate(HALVES)
    ]
    return everything + alone


def at_random(steps: Sequence[Step], seed: int) -> list[Fault]:
    """At twenty moments inside tasks."""
    return [
        Fault(f"kill-inside-{number:02d}", POWER_CUT, "bare", moment, (Kill(),), codes=DEAD, ci=number == 0)
        for number, moment in enumerate(inside(steps, 20, f"kill {seed}"))
    ]


def signals(steps: Sequence[Step], seed: int) -> list[Fault]:
    """Ctrl-C and its kin, while Glance is made."""
    image = [step for step in steps if step.label.startswith("Image |")] or list(steps)
    moments: dict[str, When] = {"boundary": at_share(image, 0.5), "longest": longest(image)}
    moments |= {f"random-{number}": each for number, each in enumerate(inside(image, 2, f"signal {seed}"))}
    return [
        Fault(
            f"stop-{number.name.lower()}-{where}",
            f"{number.name} to deploy.py",
            "ready",
            moment,
            (Interrupt(number),),
            codes=frozenset({130}),
            sees=r"[Ss]topped",
            ci=number is signal.SIGINT and where == "longest",
        )
        for number in (signal.SIGINT, signal.SIGTERM)
        for where, moment in moments.items()
    ]


def two_runs() -> list[Fault]:
    """A second deploy.py on the same host while the first is in the middle."""
    refused = frozenset({3})
    return [
        Fault(
            "two-runs-one-control",
            "deploy.py is started again on the same control machine",
            "ready",
            IMAGE,
            (SecondRun(refused, OCCUPIED),),
            ci=True,
        ),
        Fault(
            "two-runs-two-controls",
            "deploy.py is started again from another control machine",
            "bare",  # a run that has changed nothing yet has no claim to the host
            IMAGE,
            (SecondRun(refused, OCCUPIED, other_control=True),),
        ),
    ]
