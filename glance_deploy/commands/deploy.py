"""Deploy Glance and prove it."""

from __future__ import annotations

from glance_deploy.commands._run import Context, run
from glance_deploy.options import Options
from glance_deploy.result import Result

PLAYBOOK = "site.yml"


def execute(options: Options, context: Context) -> Result:
    """Deploy Glance and prove it."""
    return run(PLAYBOOK, options, context)
