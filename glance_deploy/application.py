"""Puts a command together with the world around it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from glance_deploy import arguments, options
from glance_deploy.commands import deploy, preflight, render, resume, verify
from glance_deploy.commands._run import Context
from glance_deploy.errors import ExitCode
from glance_deploy.result import Result
from glance_deploy.stages import LaterView, View

COMMANDS = {"deploy": deploy.execute, "preflight": preflight.execute, "verify": verify.execute}


def run(given: argparse.Namespace, argv: Sequence[str], root: Path, environment: Mapping[str, str]) -> Result:
    """Check the options and run the command, showing its progress.

    Raises:
        GlanceDeployError: The input cannot be used, or there is no place to run.
    """
    if given.command == arguments.RENDER:
        return render.execute(given, root, environment)
    is_resumed = given.command == arguments.RESUME
    if is_resumed:
        past = resume.find(given, root, environment)
        if past.exit_code == ExitCode.DONE:
            return resume.nothing_left(past)
        resume.tell(past, as_json=given.output == "json")
        given, argv = resume.again(past, given), past.argv
    wanted = options.from_arguments(given, root, environment)
    view = LaterView(lambda: _progress(as_json=given.output == "json"))
    try:
        return COMMANDS[wanted.command](wanted, Context(root, environment, view, argv, is_resumed))
    finally:
        view.close()


def _progress(*, as_json: bool) -> View:
    from glance_deploy import ui  # noqa: PLC0415  # see LaterView

    return ui.progress(ui.console(as_json=as_json))
