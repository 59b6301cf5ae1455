"""What a fault is: how it is made, when, how it is lifted, and what the user must see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

KILLED = -9


class Act(Protocol):
    """Something that is done to the host, to the control side, or to what lies between them."""

    def do(self, scene: Scene) -> None:
        """Do it."""


class Scene(Protocol):
    """What an act works on; the campaign provides it."""

    def shell(self, script: str) -> str:
        """Run a script as root on the host, whatever its network does."""

    def immutable(self, path: str, *, on: bool) -> None:
        """Set or clear the flag that even root respects."""

    def kill(self, *, everything: bool) -> None:
        """End deploy.py, or it and all that it started, at once."""

    def interrupt(self, number: int) -> None:
        """Send deploy.py a signal."""

    def plug(self, *, on: bool) -> None:
        """Switch the host."""

    def cable(self, *, on: bool) -> None:
        """Take the host off its bridge, or put it back."""

    def release(self) -> None:
        """Let a run that is held go on."""

    def settle(self) -> None:
        """Wait until the Ansible of a run whose deploy.py is gone has ended."""

    def control(self, script: str) -> None:
        """Run a script on the control side, in the directory that keeps the environment's secrets."""

    def rest(self, seconds: float) -> None:
        """Let time pass."""

    def second_run(self, codes: frozenset[int], sees: str, *, other_control: bool) -> None:
        """Run deploy.py once more while the first is there, and expect that."""


# --- When ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """Before deploy.py is started."""

    def __str__(self) -> str:
        return "before the start"


@dataclass(frozen=True)
class AtTask:
    """When a task begins: its `play | role | task` matches, for the n-th time. The run is held there."""

    pattern: str
    nth: int = 1

    def __str__(self) -> str:
        return f"as the task begins: {self.pattern.replace(chr(92), '')}"


@dataclass(frozen=True)
class Inside:
    """Some seconds after a task began, while it works."""

    task: AtTask
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s after the start of: {self.task.pattern.replace(chr(92), '')}"


@dataclass(frozen=True)
class OnHost:
    """The moment in which a shell condition on the host becomes true; then the fault is made there at once."""

    condition: str

    def __str__(self) -> str:
        return f"as soon as on the host: {self.condition}"


When = Before | AtTask | Inside | OnHost


# --- Acts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shell:
    """A script on the host, as root."""

    script: str

    def do(self, scene: Scene) -> None:
        scene.shell(self.script)


@dataclass(frozen=True)
class Immutable:
    """The flag that `chattr +i` sets."""

    path: str
    on: bool = True

    def do(self, scene: Scene) -> None:
        scene.immutable(self.path, on=self.on)


@dataclass(frozen=True)
class Kill:
    """SIGKILL: to all of the control side, as if its machine lost power, or to deploy.py alone."""

    everything: bool = True

    def do(self, scene: Scene) -> None:
        scene.kill(everything=self.everything)


@dataclass(frozen=True)
class Interrupt:
    """A signal to deploy.py."""

    number: int

    def do(self, scene: Scene) -> None:
        scene.interrupt(self.number)
        scene.release()


@dataclass(frozen=True)
class PowerCycle:
    """The plug is pulled and put back."""

    seconds: float = 2.0

    def do(self, scene: Scene) -> None:
        scene.plug(on=False)
        scene.rest(self.seconds)
        scene.plug(on=True)


@dataclass(frozen=True)
class Cable:
    """The host's cable is pulled, or put back."""

    on: bool

    def do(self, scene: Scene) -> None:
        scene.cable(on=self.on)


@dataclass(frozen=True)
class Cut:
    """The host's cable is pulled and put back, while the run goes on."""

    seconds: float

    def do(self, scene: Scene) -> None:
        scene.cable(on=False)
        scene.release()
        scene.rest(self.seconds)
        scene.cable(on=True)


@dataclass(frozen=True)
class Release:
    """A run that is held goes on."""

    def do(self, scene: Scene) -> None:
        scene.release()


@dataclass(frozen=True)
class Settle:
    """What is left of a run comes to its end."""

    def do(self, scene: Scene) -> None:
        scene.settle()


@dataclass(frozen=True)
class Control:
    """A script on the control side, where the environment's secrets are kept."""

    script: str

    def do(self, scene: Scene) -> None:
        scene.control(self.script)


@dataclass(frozen=True)
class Rest:
    """Some seconds pass."""

    seconds: float

    def do(self, scene: Scene) -> None:
        scene.rest(self.seconds)


@dataclass(frozen=True)
class SecondRun:
    """deploy.py is started again beside the first; what that user must see stands here.

    Attributes:
        other_control: From a control machine of its own, which knows the same secrets.
    """

    codes: frozenset[int]
    sees: str
    other_control: bool = False

    def do(self, scene: Scene) -> None:
        scene.second_run(self.codes, self.sees, other_control=self.other_control)


# --- The fault -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """One row of the table.

    Attributes:
        name: Small words with hyphens; begins with the kind.
        what: How it is made, for people.
        base: State of the host before: bare, ready (all but Glance), deployed, unproven
            (deployed, but for the image that proves it), by-hand.
        codes: Exit codes that the run with the fault may have.
        sees: What the user must read where the code is not 0, as a regular expression.
        options: Options of deploy.py in the run with the fault only.
        always: Options of every run.
        files: Files that options name, relative to the run's scratch directory.
        planned: What may differ in rows of the database that were there before, as substitutions that make them alike.
        serves: Whether the API must answer after the failed run already, with nothing lifted.
        ci: Whether it belongs to the subset for every change.
    """

    name: str
    what: str
    base: str
    when: When
    make: tuple[Act, ...]
    lift: tuple[Act, ...] = ()
    codes: frozenset[int] = frozenset({0})
    sees: str = ""
    options: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    planned: tuple[tuple[str, str], ...] = ()
    serves: bool = False
    ci: bool = False

    def matches(self, pattern: str) -> bool:
        """Tell whether `--only PATTERN` means this one."""
        return re.search(pattern, self.name) is not None
