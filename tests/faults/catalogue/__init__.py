"""The table of faults."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Fault
from ..watch import Step
from . import adoption, configuration, control, disks, network, packages, passwords, schema, services

STATIC = (
    *services.FAULTS,
    *packages.FAULTS,
    *disks.FAULTS,
    *configuration.FAULTS,
    *passwords.FAULTS,
    *adoption.FAULTS,
)


def all_faults(steps: Sequence[Step], seed: int) -> list[Fault]:
    """Return every fault.

    Args:
        steps: The boundaries of a cold deploy without faults.
        seed: What the random moments depend on.
    """
    found = [
        *control.at_boundaries(steps),
        *control.at_random(steps, seed),
        *control.signals(steps, seed),
        *control.two_runs(),
        *network.power(steps, seed),
        *network.cable(steps),
        *schema.killed(seed),
        *STATIC,
    ]
    names = [fault.name for fault in found]
    doubles = {name for name in names if names.count(name) > 1}
    if doubles:
        raise ValueError(f"two faults have one name: {', '.join(sorted(doubles))}")
    return found
