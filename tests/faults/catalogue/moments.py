"""Moments of a run: boundaries, and points inside tasks that a seed chooses."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from ..model import AtTask, Inside
from ..watch import Step

# As the names of the plays in playbooks/site.yml say it.
IMAGE = AtTask(r"^Image \|")
VERIFY = AtTask(r"^Verify \|")


def slug(step: Step) -> str:
    """Return a boundary as a part of a name."""
    words = re.findall(r"[a-z0-9]+", step.label.replace("|", " ").lower())
    return "-".join(words)[:48].rstrip("-")


def at_share(steps: Sequence[Step], share: float) -> AtTask:
    """Return the boundary that lies at a share of all of them."""
    return steps[int(share * (len(steps) - 1))].when


def inside(steps: Sequence[Step], count: int, seed: str) -> list[Inside]:
    """Choose moments inside tasks; long tasks get more of them."""
    chance = random.Random(seed)  # noqa: S311  # chosen to be repeatable, not to be secret
    working = [step for step in steps if step.seconds > 0]
    chosen = chance.choices(working, weights=[step.seconds for step in working], k=count)
    return [Inside(step.when, round(chance.uniform(0.05, 0.95) * step.seconds, 2)) for step in chosen]


def longest(steps: Sequence[Step]) -> Inside:
    """Return the middle of the longest task."""
    step = max(steps, key=lambda each: each.seconds)
    return Inside(step.when, round(step.seconds / 2, 2))
