"""From the command line to an exit code: the one place that turns errors into words, and results into output."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from glance_deploy import arguments
from glance_deploy.errors import GlanceDeployError, InterruptedRunError
from glance_deploy.result import Result

ROOT = Path(__file__).resolve().parent.parent


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run a command line and return the exit code."""
    given = sys.argv[1:] if argv is None else list(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no letters for our marks gets question marks, not a traceback.
            stream.reconfigure(errors="replace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    result = _execute(given, root)
    try:
        _print(result, as_json=arguments.wants_json(given))
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has seen enough, as with `| head`; what is left must not fail when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(result.exit_code)


def refusal(argv: Sequence[str]) -> int | None:
    """Answer `--help`, `--version` and wrong usage with nothing but the standard library.

    Returns:
        The exit code, or None when there is something to do.
    """
    try:
        arguments.parse(argv)
    except GlanceDeployError as error:
        result = Result.from_error("", error)
        print_plain(result, as_json=arguments.wants_json(argv))
        return int(result.exit_code)
    return None


def print_plain(result: Result, *, as_json: bool) -> None:
    """Print a result that came before anything was started."""
    if as_json:
        print(json.dumps(result.envelope(), indent=2, ensure_ascii=False))
        return
    print(f"deploy.py: {result.message}", file=sys.stderr)
    for problem in result.problems:
        print(f"  {problem.where}: {problem.what}: {problem.mend}", file=sys.stderr)
    if result.hint:
        print(f"  {result.hint}", file=sys.stderr)


def _execute(argv: Sequence[str], root: Path) -> Result:
    """The one ladder: expected errors become results; anything else is a fault of ours and stays a traceback."""
    command = ""
    try:
        parsed = arguments.parse(argv)
        command = parsed.command
        from glance_deploy import application  # noqa: PLC0415  # refusals above need nothing that is installed

        return application.run(parsed, argv, root, os.environ)
    except GlanceDeployError as error:
        return Result.from_error(command, error)
    except KeyboardInterrupt:
        return Result.from_error(
            command, InterruptedRunError("stopped before the end", "the same command again continues")
        )


def _print(result: Result, *, as_json: bool) -> None:
    if as_json or not result.report:
        print_plain(result, as_json=as_json)
        return
    if result.command == arguments.RENDER:
        from glance_deploy.commands import render  # noqa: PLC0415  # see below

        render.show(result)
        return
    from glance_deploy import summary, ui  # noqa: PLC0415  # refusals need nothing that is installed

    summary.show(result, ui.console(as_json=False))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A terminal that closes, or `kill`, ends a run as Ctrl-C does: with everything put away."""
    del number, frame
    raise KeyboardInterrupt
