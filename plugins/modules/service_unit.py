#!/usr/bin/python
"""Ansible module: a systemd unit that runs with what is on disk now."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_unit
author: glance-deploy contributors
version_added: 0.1.0
short_description: Keep a systemd unit enabled and running with what is on disk now
description:
  - Enables a unit, starts it, and restarts it when its process was started with other files than those on disk.
    That is decided from state, not from notifications, so that a run that was killed in between heals with the next.
  - What was left running is recorded under C(/run/glance-deploy) as the unit's invocation and a digest of O(files).
    When systemd has started the unit anew since, files older than the process are taken as those that it has read.
  - The files that define the unit itself are always among the files, and systemd is reloaded when it asks for it.
  - Afterwards the unit has to stay up and, with O(health_url), to answer. If it does not, the module fails as soon as
    that is certain, with the last lines that the service wrote, cleaned of secrets.
options:
  name:
    description: Name of the unit.
    type: str
    required: true
  enabled:
    description: Whether the unit is to start at boot.
    type: bool
    default: true
  state:
    description: Whether the unit is to run.
    type: str
    choices: [started, stopped]
    default: started
  files:
    description:
      - Absolute paths or patterns of the files that the process reads when it starts, such as its configuration and the
        package's list of files. A directory counts with the names in it. What does not exist counts as absent.
    type: list
    elements: str
    default: []
  health_url:
    description: Address that has to answer before the unit counts as up. Proxies are not used.
    type: str
  health_statuses:
    description: HTTP statuses that count as an answer.
    type: list
    elements: int
    default: [200]
  health_timeout:
    description: Seconds to wait for the unit to be up.
    type: int
    default: 90
  log_file:
    description: File that the service writes to beside the journal, shown when it fails.
    type: path
attributes:
  check_mode:
    description: Reads and plans, and waits for nothing. A unit that is not installed yet would be enabled and started.
    support: full
  diff_mode:
    description: Shows what is about to happen to the unit, and why.
    support: full
"""

EXAMPLES = r"""
- name: The image service runs with its present configuration
  glance_deploy.openstack.service_unit:
    name: glance-api
    files:
      - /etc/glance/glance-api.conf
      - /var/lib/dpkg/info/python3-glance.md5sums
    health_url: http://127.0.0.1:9292/healthcheck
    log_file: /var/log/glance/glance-api.log
"""

RETURN = r"""
main_pid:
  description: Process id of the main process, 0 when there is none.
  type: int
  returned: success
started_at:
  description: When that process was started (UTC), null when there is none.
  type: str
  returned: success
workers:
  description: How many child processes the main process has.
  type: int
  returned: success
seconds_waited:
  description: How long it took to start the unit and until it was up.
  type: float
  returned: success
steps:
  description: What was done, or would be done in check mode.
  type: list
  elements: str
  returned: success
log:
  description: The last lines that the service wrote.
  type: list
  elements: str
  returned: failure
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._plan import DeployError, Plan
from ..module_utils._service_health import Health, Watch
from ..module_utils._service_unit import Record, Unit, Wish, plan_unit, read_files
from ..module_utils._systemd import Records, Systemd, UnitFailedError, workers

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "enabled": {"type": "bool", "default": True},
    "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
    "files": {"type": "list", "elements": "str", "default": []},
    "health_url": {"type": "str"},
    "health_statuses": {"type": "list", "elements": "int", "default": [200]},
    "health_timeout": {"type": "int", "default": 90},
    "log_file": {"type": "path"},
}


def keep(
    params: Mapping[str, Any], systemd: Systemd, records: Records, watch: Watch, *, check_mode: bool
) -> tuple[Plan, Unit]:
    """Bring the unit to what the parameters say; return the steps and how the unit is now."""
    wish = Wish(params["enabled"], params["state"] == "started")
    found = systemd.read()
    files = read_files([*params["files"], *found.definition])
    steps = plan_unit(found, wish, files, records.read(params["name"]), check_mode=check_mode)
    if check_mode:
        return steps, found
    try:
        systemd.apply(steps)
    except UnitFailedError as error:
        raise watch.failure(str(error)) from error
    if not wish.started:
        return steps, systemd.read()
    unit = watch.until_up(fresh=any(step.action in ("start", "restart") for step in steps.steps))
    # The files were read before the start, so that a change since then shows up in the next run. Only the definition
    # has to be read again: systemd may have found another one when it was reloaded.
    if unit.definition != found.definition:
        files = read_files([*params["files"], *unit.definition])
    records.write(params["name"], Record(unit.invocation, files.patterns, files.digest))
    return steps, unit


def described(unit: Unit) -> dict[str, Any]:
    """Return the result keys that tell how the unit is."""
    started = datetime.datetime.fromtimestamp(unit.started, datetime.timezone.utc) if unit.started else None
    return {
        "main_pid": unit.main_pid,
        "started_at": started.strftime("%Y-%m-%dT%H:%M:%SZ") if started and unit.running else None,
        "workers": workers(unit.main_pid),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params

    def run(words: Sequence[str]) -> tuple[int, str, str]:
        environment = {"TZ": "UTC", "LC_ALL": "C"}
        answer: tuple[int, str, str] = module.run_command(words, environ_update=environment, handle_exceptions=False)
        return answer

    systemd = Systemd(params["name"], run)
    statuses, log_file = tuple(params["health_statuses"]), params["log_file"] or ""
    watch = Watch(systemd, Health(params["health_url"] or "", statuses, params["health_timeout"], log_file))
    try:
        steps, unit = keep(params, systemd, Records(), watch, check_mode=module.check_mode)
    except UnitFailedError as error:
        module.fail_json(msg=str(error), hint=error.hint, log=error.log)
    except DeployError as error:
        module.fail_json(msg=str(error), hint=error.hint)
    result = {"changed": bool(steps), "steps": steps.titles(), "seconds_waited": watch.seconds, **described(unit)}
    if steps and module._diff:
        result["diff"] = steps.diff()
    module.exit_json(**result)


if __name__ == "__main__":
    main()
