"""Writes down what every process shows of itself, so that secrets can be searched for when they are known."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

# Long enough to leave the processors to the run that is watched, shorter than any program that is given a password.
PAUSE = 0.03


class Witness:
    """Looks at all processes in the background, from entering its block to leaving it.

    The lab's hosts are containers, whose processes this machine sees beside its own: one witness covers both sides.
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._last: dict[str, bytes] = {}
        self._seen: set[tuple[bytes, bytes]] = set()

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def arguments_with(self, needles: Iterable[str]) -> set[str]:
        """Return the programs whose arguments, which everybody can read, held one of the texts."""
        wanted = [needle.encode() for needle in needles]
        return {_name(words) for words, _ in self._seen if any(needle in words for needle in wanted)}

    def environments_with(self, needles: Iterable[str]) -> set[str]:
        """Return the programs whose environment, which their own user can read, held one of the texts."""
        wanted = [needle.encode() for needle in needles]
        return {_name(words) for words, variables in self._seen if any(needle in variables for needle in wanted)}

    def _watch(self) -> None:
        while not self._stopped.wait(PAUSE):
            for entry in self._proc.glob("[0-9]*"):
                # Processes end while they are looked at.
                with contextlib.suppress(OSError):
                    self._look(entry)

    def _look(self, entry: Path) -> None:
        words = (entry / "cmdline").read_bytes()
        if words and self._last.get(entry.name) != words:
            self._last[entry.name] = words
            self._seen.add((words, (entry / "environ").read_bytes()))


def _name(words: bytes) -> str:
    """Return what was run without its arguments: the secret is not to be in a test's output either."""
    program, *arguments = words.decode(errors="replace").split("\0")
    scripts = [word for word in arguments if word.startswith("/")][:1] if "python" in program else []
    return " ".join([program, *scripts])
