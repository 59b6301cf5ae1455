# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Decide, then apply: the plan that check mode, diff mode and the real run share.

A module reads the actual state, a pure function compares it with the wish and returns a Plan, a gateway applies the
steps one by one. Check mode stops before the gateway, so it cannot tell another story than the real run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

ABSENT = "absent"
MASKED = "(secret)"


class DeployError(Exception):
    """An expected fault, told in one line.

    Args:
        message: What went wrong and where, without any secret.
        hint: What to do, with the command or the variable that mends it.
        log: The last lines that a program wrote about it, without secrets.
    """

    def __init__(self, message: str, hint: str = "", log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.log = list(log)

    def told(self) -> dict[str, Any]:
        """Return what a module fails with."""
        return {"msg": str(self), "hint": self.hint, **({"log": self.log} if self.log else {})}


class RefusedError(DeployError):
    """What is wished would do harm where it is wished: nothing at all may be changed before somebody decides."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One change, as data: the gateway knows how to do `action` with `arguments`.

    Attributes:
        action: Name of the gateway's operation, for example `create_database`.
        subject: What it is about, for people: `database glance`. Never holds a secret.
        before: Printable state now, ABSENT when there is nothing yet.
        after: Printable state when the step is done.
        arguments: What the gateway needs. May hold secrets; never printed.
    """

    action: str
    subject: str
    before: str = ABSENT
    after: str = "present"
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def title(self) -> str:
        """One line for people, free of secrets."""
        return f"{self.action.replace('_', ' ')}: {self.subject}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """The steps that lead from what is to what is wished, in the order in which they are done."""

    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def titles(self) -> list[str]:
        """The steps as lines, for `steps` in a module's result."""
        return [step.title for step in self.steps]

    def diff(self) -> dict[str, str]:
        """Before and after as Ansible's diff mode prints them, free of secrets."""
        return {
            "before": "".join(f"{step.subject}: {step.before}\n" for step in self.steps),
            "after": "".join(f"{step.subject}: {step.after}\n" for step in self.steps),
        }


def plan(*steps: Step | None) -> Plan:
    """Gather steps, leaving out those that a comparison found unnecessary (None)."""
    return Plan(tuple(step for step in steps if step is not None))
