"""Puts a command together with the world around it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from glance_deploy import options, ui
from glance_deploy.commands import deploy, preflight, verify
from glance_deploy.commands._run import Context
from glance_deploy.result import Result

COMMANDS = {"deploy": deploy.execute, "preflight": preflight.execute, "verify": verify.execute}


def run(arguments: argparse.Namespace, root: Path, environment: Mapping[str, str]) -> Result:
    """Check the options and run the command, showing its progress.

    Raises:
        GlanceDeployError: The input cannot be used, or there is no place to run.
    """
    wanted = options.from_arguments(arguments, root, environment)
    view = ui.progress(ui.console(as_json=arguments.output == "json"))
    try:
        return COMMANDS[wanted.command](wanted, Context(root, environment, view))
    finally:
        view.close()
