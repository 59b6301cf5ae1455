#!/usr/bin/python
"""Ansible module: whether a host is as all its roles want it, in one process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_look
author: glance-deploy contributors
version_added: 0.2.0
short_description: Look whether a host is as wished, and change nothing
description:
  - Looks at sets of resources and changes nothing, through the code that M(glance_deploy.openstack.host_state) brings
    them about with, so that both decide alike.
  - A set whose every resource is as wished needs no further task. In each set, the first resource that is not ends the
    look, since what comes after it may build on it.
options:
  states:
    description: The resources of each set, as M(glance_deploy.openstack.host_state) takes them, by the set's name.
    type: dict
    required: true
  system:
    description: What the caller takes this system's release to be, by its code name. On another one, everything is due.
    type: str
    default: ""
  addresses:
    description: What the caller takes for addresses of this host. Where one is not, everything is due.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Changes nothing at any time.
    support: full
  diff_mode:
    description: What is due is told in O(due).
    support: none
"""

EXAMPLES = r"""
- name: Look whether anything is due
  glance_deploy.openstack.host_look:
    states:
      memcached: "{{ __memcached_state }}"
  register: __look
"""

RETURN = r"""
due:
  description: By set, what is not as wished, one line each. An empty list where all is.
  returned: success
  type: dict
told:
  description: By set, what each resource told, by its name.
  returned: success
  type: dict
refused:
  description: Why nothing may be changed on this host, with what to do. An empty list where it may.
  returned: success
  type: list
  elements: str
clean: {description: "Whether nothing at all is due.", returned: success, type: bool}
"""

from typing import Any

from ..module_utils import _command
from ..module_utils._host_identity import mistaken
from ..module_utils._host_state import Look, look
from ..module_utils._kinds import KINDS
from ..module_utils._plan import DeployError
from ..module_utils._quiet_module import QuietModule
from ..module_utils._resource import Context, resources

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "states": {"type": "dict", "required": True},
    "system": {"type": "str", "default": ""},
    "addresses": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Run the module."""
    module = QuietModule(ARGUMENT_SPEC, supports_check_mode=True)
    context = Context(_command.run, check_mode=True)
    try:
        states = {name: resources(entries, KINDS) for name, entries in module.params["states"].items()}
    except DeployError as error:
        module.fail_json(msg=str(error), hint=error.hint)
    module.no_log_values.update(secret for wanted in states.values() for one in wanted for secret in one.secrets)
    changed = mistaken(module.params["system"], module.params["addresses"])
    found = {name: Look((changed,)) if changed and wanted else look(wanted, context) for name, wanted in states.items()}
    module.exit_json(
        changed=False,
        clean=not any(one.due for one in found.values()),
        refused=[one.refused for one in found.values() if one.refused],
        due={name: list(one.due) for name, one in found.items()},
        told={name: dict(one.reports) for name, one in found.items()},
    )


if __name__ == "__main__":
    main()
