"""Starts programs: without a terminal, with their output in a file, and stopped in bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

STEPS = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
TICK = 0.1
CHUNK = 1 << 16
LONGEST_LINE = 1 << 20


class Tail:
    """Hands out the complete lines that were added to a file since the last time."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Yield new lines; one that is longer than a megabyte is cut into pieces."""
        while chunk := self._stream.read(CHUNK):
            *complete, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > LONGEST_LINE:
                complete.append(self._rest)
                self._rest = b""
            for line in complete:
                yield line.decode("utf-8", "replace")

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    log: Path,
    watch: Callable[[], None],
    result: Path | None = None,
    keep_open: Sequence[int] = (),
) -> int:
    """Run a program to its end and return its exit code.

    The program has a process group of its own: Ctrl-C reaches it only through us, once, and it is waited for.

    Args:
        argv: The program and its arguments; never a secret.
        environment: Its environment.
        directory: Where it works.
        log: File to which its output is appended.
        watch: Called about ten times a second, and a last time after the end.
        result: File for its standard output, where that is data and does not belong into the log.
        keep_open: Open files that the program inherits.

    Raises:
        KeyboardInterrupt: The user stopped the run; the program has ended by then.
    """
    with log.open("ab") as output, contextlib.ExitStack() as files:
        data = files.enter_context(result.open("wb")) if result else output
        child = subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=data,
            stderr=output,
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )
    wait(child, watch)
    return child.returncode


def wait(child: subprocess.Popen[bytes], watch: Callable[[], None]) -> None:
    """Wait for a program's end, watching it; whatever comes between ends the program."""
    ended = threading.Event()

    def reap() -> None:
        child.wait()
        ended.set()

    # A wait with a time limit would look for the end now and then only, and so come late.
    threading.Thread(target=reap, daemon=True).start()
    try:
        while not ended.wait(TICK):
            watch()
    except BaseException:
        stop(child)
        raise
    finally:
        watch()


def capture(
    argv: Sequence[str], *, environment: Mapping[str, str], directory: Path, text: str = ""
) -> tuple[int, str, str]:
    """Run a short program; return exit code, output and errors."""
    done = subprocess.run(  # noqa: PLW1510  # the caller looks at the exit code
        argv, env=dict(environment), cwd=directory, input=text, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started: politely, then less so. A second Ctrl-C skips the waiting."""
    for number, patience in STEPS:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            child.wait(patience)
            return
