#!/usr/bin/python
"""Ansible module: everything that a role wants of a host, in one process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_state
author: glance-deploy contributors
version_added: 0.2.0
short_description: Bring many resources of a host to their wished states, in one process
description:
  - Takes resources in their order, each through the code of the module of its name, and stops at the first failure.
  - Every module call costs its own start on the host, and a whole service is some ten resources. One call for all of
    them is what makes a run short; a change is told for each resource on its own.
  - Two calls at once on one host wait for each other. Between its calls, a run that names itself in the environment
    variable C(GLANCE_DEPLOY_RUN) is not disturbed by another one, for a minute after each.
options:
  resources:
    description:
      - What is wished. Each entry has one key that says its kind, with the arguments of that kind, and any of C(name),
        C(when) (false leaves it out), C(tag), C(background) (those after it that are C(beside) need not wait for it),
        C(beside), and C(expected) (look only; fail when it is not as wished).
      - The kinds C(oslo_config_file), C(service_database), C(service_registration), C(service_unit) and
        C(image_roundtrip) take the options of the modules of these names.
      - The kinds C(packages), C(directories), C(link), C(file), C(lines), C(command), C(schema),
        C(shipped_data), C(no_anonymous_accounts), C(keystone_bootstrap) and C(answers) are described where they are
        written, in C(plugins/module_utils).
    type: list
    elements: dict
    required: true
  tags:
    description: Only resources whose C(tag) is among these; C(all) stands for every one.
    type: list
    elements: str
    default: [all]
  skip_tags:
    description: No resource whose C(tag) is among these.
    type: list
    elements: str
    default: []
  lock_timeout:
    description: Seconds to wait for another call that is at work on this host.
    type: int
    default: 600
attributes:
  check_mode:
    description: Reports what would be done. What does not exist yet counts as empty.
    support: full
  diff_mode:
    description: Shows every resource that changes, without any secret.
    support: full
"""

EXAMPLES = r"""
- name: Configure and start the image service
  glance_deploy.openstack.host_state:
    resources:
      - name: image directory
        directories: {paths: [/var/lib/glance/images], owner: glance, group: glance, mode: "0750"}
      - name: glance-api.conf
        oslo_config_file:
          path: /etc/glance/glance-api.conf
          options: {DEFAULT: {workers: 2}}
          group: glance
      - name: service
        service_unit: {name: glance-api, files: [/etc/glance/glance-api.conf]}
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, one line each.
  returned: always
  type: list
  elements: str
told:
  description: What each resource tells besides, by its name.
  returned: success
  type: dict
diff: {description: "Before and after of each resource.", returned: "in diff mode, when something changes", type: list}
hint: {description: "What to do about a failure.", returned: failure, type: str}
log: {description: "The last lines that a service wrote which did not come up.", returned: failure, type: list}
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from ..module_utils import _command
from ..module_utils._host_lock import host_lock
from ..module_utils._host_state import Bringing
from ..module_utils._kinds import KINDS
from ..module_utils._plan import DeployError
from ..module_utils._quiet_module import QuietModule
from ..module_utils._resource import Context, resources, tagged
from ..module_utils._run_lease import lease, owner_of_this_run

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "resources": {"type": "list", "elements": "dict", "required": True},
    "tags": {"type": "list", "elements": "str", "default": ["all"]},
    "skip_tags": {"type": "list", "elements": "str", "default": []},
    "lock_timeout": {"type": "int", "default": 600},
}


@contextlib.contextmanager
def alone(lock_timeout: int) -> Iterator[None]:
    """Keep others from changing this host: at this moment, and until the run comes back."""
    with host_lock(lock_timeout), lease(owner_of_this_run()):
        yield


def main() -> None:
    """Run the module."""
    module = QuietModule(ARGUMENT_SPEC, supports_check_mode=True)
    bringing = Bringing(Context(_command.run, module.check_mode, tentative=module.check_mode))
    try:
        wanted = resources(tagged(module.params["resources"], module.params["tags"], module.params["skip_tags"]), KINDS)
        module.no_log_values.update(secret for resource in wanted for secret in resource.secrets)
        with contextlib.nullcontext() if module.check_mode else alone(module.params["lock_timeout"]):
            bringing.bring(wanted)
    except DeployError as error:
        module.fail_json(**error.told(), steps=bringing.steps, changed=bool(bringing.steps))
    changed = {name: outcome for name, outcome in bringing.done.items() if outcome.plan}
    shown = [{**outcome.shown(), "before_header": name, "after_header": name} for name, outcome in changed.items()]
    diff = {"diff": shown} if shown and module._diff else {}
    told = {name: outcome.report for name, outcome in bringing.done.items()}
    module.exit_json(changed=bool(changed), steps=bringing.steps, told=told, **diff)


if __name__ == "__main__":
    main()
