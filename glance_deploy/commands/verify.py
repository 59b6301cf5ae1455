"""Prove again that a deployed Glance works."""

from __future__ import annotations

from glance_deploy.commands._run import Context, run
from glance_deploy.options import Options
from glance_deploy.result import Result

PLAYBOOK = "playbooks/verify.yml"


def execute(options: Options, context: Context) -> Result:
    """Prove again that a deployed Glance works."""
    return run(PLAYBOOK, options, context)
