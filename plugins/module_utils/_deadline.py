# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Time that is left: one budget for all that a module does, however many waits that is."""

from __future__ import annotations

import time
from collections.abc import Callable

from ._plan import DeployError


class Deadline:
    """A moment in the future, by a clock that nobody sets back.

    Args:
        seconds: From now on.
        hint: What to do when it passes.
        clock: Source of seconds; tests give their own.
        sleep: How to let time pass; tests give their own.
    """

    def __init__(
        self,
        seconds: float,
        hint: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._hint = hint
        self._clock = clock
        self._sleep = sleep
        self._end = clock() + seconds

    def left(self) -> float:
        """Return the seconds that are left, never less than none."""
        return max(self._end - self._clock(), 0.0)

    def now(self) -> float:
        """Return the clock's seconds, to measure how long something takes."""
        return self._clock()

    def pause(self, seconds: float) -> None:
        """Let time pass, but not beyond the deadline."""
        self._sleep(min(seconds, self.left()))

    def check(self, waiting_for: str) -> None:
        """Raise when no time is left.

        Raises:
            DeployError: It says what was being waited for.
        """
        if not self.left():
            raise DeployError(f"{waiting_for}: not done within {self._seconds:g} seconds.", self._hint)
