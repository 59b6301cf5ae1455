"""Go on where the last run stopped: find it, tell of it, and give its command line back to be run again."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from glance_deploy import arguments, history, journal, place
from glance_deploy.errors import GlanceDeployError
from glance_deploy.journal import Past
from glance_deploy.result import Result
from glance_deploy.state import newest_first

HINT = "run the command itself: deploy.py --controller HOST, --lab or --inventory FILE"


def find(given: argparse.Namespace, root: Path, environment: Mapping[str, str]) -> Past:
    """Return the last run in the environment that is named, or else in all of them.

    Raises:
        GlanceDeployError: No run is recorded there, it cannot be told of, or it is still under way.
    """
    states = place.states(given, root, environment)
    journals = newest_first(path for state in states for path in state.journals())
    if not journals:
        where = states[0].directory.name if len(states) == 1 else "this machine"
        raise GlanceDeployError(f"no run on {where} is recorded", HINT)
    past = journal.read(journals[0])
    if past is None:
        raise GlanceDeployError(f"{journals[0]} cannot be read, or another version of glance-deploy wrote it", HINT)
    with past.state.lock():
        # It is over: who runs holds this.
        return past


def again(past: Past, given: argparse.Namespace) -> argparse.Namespace:
    """Return the command line of a run, parsed anew where it was typed, with the output that is wanted now.

    Raises:
        GlanceDeployError: It means nothing any more.
    """
    try:
        os.chdir(past.directory)
    except OSError as error:
        what = f"cannot go back to {past.directory}, where the run was started: {error.strerror}"
        raise GlanceDeployError(what, f"run it where its files are now: {history.command(past)}") from None
    found = arguments.parse(past.argv)
    found.output, found.verbose = given.output, max(given.verbose, found.verbose)
    return found


def tell(past: Past, *, as_json: bool) -> None:
    """Show what a run did, and what is left of it."""
    from glance_deploy import retrospect, ui  # noqa: PLC0415  # most runs draw nothing before they begin

    retrospect.show(past, ui.console(as_json=as_json))


def nothing_left(past: Past) -> Result:
    """Return the result for a run that ended well: there is nothing to go on with."""
    report = {
        "place": past.place,
        "command": arguments.RESUME,
        "ended": journal.when(past.began),
        "again": history.command(past),
        "files": {"report": str(past.state.report), "journal": str(past.path)},
    }
    return Result(arguments.RESUME, report=report)
