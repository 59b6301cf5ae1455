"""Only look whether the hosts are ready."""

from __future__ import annotations

from glance_deploy.commands._run import Context, run
from glance_deploy.options import Options
from glance_deploy.result import Result

PLAYBOOK = "playbooks/preflight.yml"


def execute(options: Options, context: Context) -> Result:
    """Only look whether the hosts are ready."""
    return run(PLAYBOOK, options, context)
