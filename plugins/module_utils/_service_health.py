# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Waiting for a service that was just started: until it answers, until it dies, or until the time is over."""

from __future__ import annotations

import dataclasses
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Callable

from ._oslo_diff import mask_urls
from ._plan import MASKED
from ._service_unit import Unit
from ._systemd import Systemd, UnitFailedError

PAUSE = 0.125
# Without an address to ask, a process that lives this long counts as up.
SETTLED = 1.0
# One crash may come from a neighbour that is still starting, and systemd's own restart gets over it.
CRASHES = 2
TAIL_LINES = 15
TAIL_BYTES = 64 * 1024

RELEVANT = re.compile(r"error|critical|fatal|fail|exception|traceback|denied|refused|unable|cannot|invalid", re.I)
# What tells most about a failure, best first.
HEADLINES = (re.compile(r"(Error|Exception|Exit): "), re.compile(r"CRITICAL|FATAL|ERROR"), re.compile(""))
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SECRET = re.compile(r"((?:passw\w*|secret\w*|token|api_?key)['\"]?\s*[=:]\s*)\S+", re.I)


@dataclasses.dataclass(frozen=True)
class Health:
    """What counts as up.

    Attributes:
        url: Address to ask; empty where living is enough.
        statuses: HTTP statuses that count as an answer.
        timeout: Seconds to wait.
        log_file: Where the service writes what it does not write to the journal.
    """

    url: str = ""
    statuses: tuple[int, ...] = (200,)
    timeout: float = 90.0
    log_file: str = ""


def ask(url: str) -> int | str:
    """Return the HTTP status of an address, or why there is none; proxies of the environment are not used."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error))


def clean(text: str) -> str:
    """Return a line of a log without the secrets that programs like to quote."""
    return SECRET.sub(rf"\1{MASKED}", mask_urls(COLOUR.sub("", text))).strip()


def relevant(lines: Sequence[str]) -> list[str]:
    """Return the last lines that tell what went wrong, or simply the last ones when none does."""
    # Each line once, where it stands last: a service in a loop of crashes repeats itself.
    cleaned = list(dict.fromkeys(line for line in map(clean, reversed(lines)) if line))[::-1]
    return ([line for line in cleaned if RELEVANT.search(line)] or cleaned)[-TAIL_LINES:]


def headline(log: Sequence[str]) -> str:
    """Return the one line that tells most, nothing when there are no lines."""
    found = (line for pattern in HEADLINES for line in reversed(log) if pattern.search(line))
    return next(found, "")[:300]


class Watch:
    """One wait for a unit. Begin it before the unit is started, so that the log is read from there.

    Args:
        systemd: The unit.
        health: What counts as up.
        ask: Returns the HTTP status of an address, or why there is none.
        sleep: Waits some seconds.
        clock: Returns seconds that only grow.
    """

    def __init__(
        self,
        systemd: Systemd,
        health: Health,
        ask: Callable[[str], int | str] = ask,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._systemd, self._health = systemd, health
        self._ask, self._sleep, self._clock = ask, sleep, clock
        self._begun, self._since = clock(), time.time()
        self._log_begin = _size(health.log_file)

    @property
    def seconds(self) -> float:
        """How long this wait lasts by now."""
        return round(self._clock() - self._begun, 1)

    def until_up(self, *, fresh: bool) -> Unit:
        """Return the unit once it is up.

        Args:
            fresh: It was started just now, so that being alive at this moment proves nothing.

        Raises:
            UnitFailedError: It died, or did not answer in time.
        """
        unit = self._systemd.read()
        # Of its own, since a service that was taken back is waited for a second time.
        restarts, begun = unit.restarts, self._clock()
        settled = begun + (SETTLED if fresh else 0)
        while True:
            if unit.restarts - restarts >= CRASHES:
                raise self.failure(f"{unit.name} does not stay up: systemd started it {CRASHES} more times.")
            if not unit.running and unit.sub != "auto-restart":
                raise self.failure(f"{unit.name} does not stay up: {unit.state}.")
            answer = self._answer(unit, settled)
            if answer is None:
                return unit
            waited = self._clock() - begun
            if waited >= self._health.timeout:
                raise self.failure(f"{unit.name} is not up after {waited:.0f} s: {answer}.")
            self._sleep(PAUSE)
            unit = self._systemd.read()

    def failure(self, message: str) -> UnitFailedError:
        """Return the error that says so, with what the service wrote since the wait began."""
        written = _tail(self._health.log_file, self._log_begin)
        log = relevant([*self._systemd.journal(self._since, 200), *written])
        if log:
            message += f" It wrote: {headline(log).rstrip('.')}."
        places = [f"journalctl -u {self._systemd.name} -n 100"]
        if self._health.log_file:
            places.append(f"tail -n 100 {self._health.log_file}")
        return UnitFailedError(message, "; ".join(places), log)

    def _answer(self, unit: Unit, settled: float) -> str | None:
        """Return what is still missing, None when the unit is up."""
        if not unit.running:
            return unit.state
        if self._health.url:
            answer = self._ask(self._health.url)
            return None if answer in self._health.statuses else f"{self._health.url} answers {answer}"
        return None if unit.active == "active" and self._clock() >= settled else unit.state


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size if path else 0
    except OSError:
        return 0


def _tail(path: str, begin: int) -> list[str]:
    size = _size(path)
    # A log that became shorter was rotated: all of it is new.
    begin = max(begin if size >= begin else 0, size - TAIL_BYTES)
    try:
        with Path(path).open("rb") as stream:
            stream.seek(begin)
            return stream.read().decode(errors="replace").splitlines()
    except OSError:
        return []
