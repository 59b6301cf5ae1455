#!/usr/bin/python
"""Ansible module: a whole configuration file of a service that uses oslo.config."""

from __future__ import annotations

DOCUMENTATION = r"""
module: oslo_config_file
author: glance-deploy contributors
version_added: 0.1.0
short_description: Configuration file of an OpenStack service, checked before it replaces the old one
description:
  - Writes a whole oslo.config file from a mapping. Options and comments that are not in the mapping disappear.
  - Values are literal, as P(glance_deploy.openstack.to_oslo_ini#filter) describes; do not escape them.
  - The file is written beside the old one, checked, and then renamed over it, so that a service sees either the old or
    the new file as a whole. The old version is kept elsewhere, because some services read every C(*.conf) they find.
options:
  path:
    description: The file. Its directory must exist, and a symbolic link is refused.
    type: path
    required: true
  options:
    description: Section to option to value. An option that is null is left out.
    type: dict
    default: {}
  secret_options:
    description: The same for secrets; merged over O(options). Their values are never shown.
    type: dict
    default: {}
  owner:
    description: Owner of the file.
    type: str
    default: root
  group:
    description: Group of the file. In check mode it need not exist yet.
    type: str
    default: root
  mode:
    description: Access to the file, in octal digits.
    type: str
    default: "0640"
  backup_dir:
    description: Where old versions are kept as C(NAME.TIME), with their owner and at most mode 0640.
    type: path
    default: /var/backups/glance-deploy
  backup_keep:
    description: How many old versions stay there.
    type: int
    default: 10
  validate:
    description:
      - Command that accepts the new file by exit code 0, as a list of words; C(%s) stands for the file.
      - Not run in check mode, where neither the file nor perhaps the command exists.
    type: list
    elements: str
    default: []
  header:
    description: Comment at the top of the file. By default a line that says who wrote it.
    type: str
attributes:
  check_mode:
    description: Compares without writing.
    support: full
  diff_mode:
    description: Shows options in alphabetic order. Secrets, old ones included, are shown as C((secret)).
    support: full
"""

EXAMPLES = r"""
- name: Configure the image service
  glance_deploy.openstack.oslo_config_file:
    path: /etc/glance/glance-api.conf
    group: glance
    options:
      DEFAULT:
        workers: 2
      paste_deploy:
        flavor: keystone
    secret_options:
      database:
        connection: "{{ __glance_database_url }}"
    validate: [oslo-config-validator, --namespace, glance.api, --namespace, oslo.db, --input-file, "%s"]
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: success
backup_file:
  description: Where the old version is kept now; null when there was none or nothing was written.
  type: str
  returned: success
steps:
  description: What was done, or would be done in check mode.
  type: list
  elements: str
  returned: success
"""

from ..module_utils._oslo_run import ARGUMENT_SPEC, bring
from ..module_utils._quiet_module import QuietModule, settle


def main() -> None:
    """Run the module."""
    settle(QuietModule(ARGUMENT_SPEC, supports_check_mode=True), bring)


if __name__ == "__main__":
    main()
