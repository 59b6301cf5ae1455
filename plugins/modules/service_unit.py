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
    description:
      - Whether the unit is to run. C(loaded) is for one that a timer starts; systemd is to know it as it is on disk,
        whether it runs or not.
    type: str
    choices: [started, stopped, loaded]
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
  rollback:
    description:
      - Whether a configuration that does not bring the unit up is replaced by the one with which it was up last. The
        module fails all the same, with the reason.
      - The files among O(files) below C(/etc) are kept for that under C(/var/lib/glance-deploy/known-good).
    type: bool
    default: true
  workers:
    description: How many child processes the main process has to have; with another number the unit is restarted.
    type: int
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

from ..module_utils._quiet_module import QuietModule, settle
from ..module_utils._unit_run import ARGUMENT_SPEC, KIND


def main() -> None:
    """Run the module."""
    settle(QuietModule(ARGUMENT_SPEC, supports_check_mode=True), KIND.bring)


if __name__ == "__main__":
    main()
