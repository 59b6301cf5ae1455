# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What all modules share: silence about their parameters, and one way to end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from . import _command
from ._plan import DeployError
from ._resource import Context, Outcome


class QuietModule(AnsibleModule):  # type: ignore[misc]  # ansible-core publishes no types
    """An Ansible module that keeps its parameters out of the host's system log.

    Ansible logs every call there. It looks for nested secrets in Python's notation of the parameters, in which a
    quote or a backslash is written in another way, so that a password with one of them would stand there in full.
    """

    def _log_invocation(self) -> None:
        self.log("Invoked")


def settle(module: AnsibleModule, bring: Callable[[Mapping[str, Any], Context], Outcome]) -> None:
    """Bring the one resource that a module is about to its wished state, and end the module with what that took."""
    try:
        outcome = bring(module.params, Context(_command.run, module.check_mode, tentative=module.check_mode))
    except DeployError as error:
        module.fail_json(**error.told())
    diff = {"diff": outcome.shown()} if outcome.plan and module._diff else {}
    module.exit_json(changed=bool(outcome.plan), steps=outcome.plan.titles(), **diff, **outcome.report)
