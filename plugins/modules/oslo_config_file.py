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

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._config_file import ConfigFile, State, plan_file
from ..module_utils._oslo import HEADER, parse, render, texts
from ..module_utils._oslo_diff import diff, mask_urls
from ..module_utils._plan import MASKED, DeployError, Plan
from ..module_utils._quiet_module import QuietModule

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "options": {"type": "dict", "default": {}},
    "secret_options": {"type": "dict", "default": {}, "no_log": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0640"},
    "backup_dir": {"type": "path", "default": "/var/backups/glance-deploy"},
    "backup_keep": {"type": "int", "default": 10},
    "validate": {"type": "list", "elements": "str", "default": []},
    "header": {"type": "str"},
}


def merged(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all options as one mapping; a secret wins over a plain value of the same name.

    Raises:
        DeployError: Something is wrong that the argument spec lets through.
    """
    if not re.fullmatch(r"[0-7]{3,4}", params["mode"]):
        raise DeployError(f"mode {params['mode']!r} is not octal.", 'Write it in quotes: "0640".')
    if params["backup_keep"] < 1:
        raise DeployError("backup_keep is less than 1.", "Keep one old version at least.")
    result: dict[str, dict[str, Any]] = {}
    for name in ("options", "secret_options"):
        for section, entries in params[name].items():
            if not isinstance(entries, Mapping):
                raise DeployError(f"[{section}] in {name} is not a mapping.", "Write it as section: {option: value}.")
            result.setdefault(section, {}).update(entries)
    return result


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return what a program said as one line: its errors, without secrets that it may have quoted."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASKED)
    lines = list(filter(None, map(str.strip, mask_urls(text).splitlines())))
    errors = [line for line in lines if line.startswith(("ERROR", "CRITICAL"))]
    return "; ".join(errors or lines)[-1500:] or "it gave no reason"


def validator(
    command: Sequence[str], path: str, secrets: Sequence[str], run: Callable[[Sequence[str]], tuple[int, str, str]]
) -> Callable[[Path], None]:
    """Return a function that shows a file to the command and raises DeployError when it is not accepted."""

    def check(temporary: Path) -> None:
        if not command:
            return
        try:
            code, output, errors = run([word.replace("%s", str(temporary)) for word in command])
        except OSError as error:
            raise DeployError(
                f"Cannot run {command[0]} to check {path}: {error.strerror}.", "Install it, or leave out validate."
            ) from error
        if code:
            words = masked(f"{output}\n{errors}".replace(str(temporary), path), secrets)
            raise DeployError(f"{command[0]} refuses the new {path}: {words}", "The old file is still in place.")

    return check


def shown(steps: Plan, actual: State, options: Mapping[str, Mapping[str, Any]], secret: Mapping[str, Any]) -> Any:
    """Return the diff: by option when the content changes, else owner and mode."""
    if steps.steps[0].action != "write":
        return steps.diff()
    names = {(section, option) for section, entries in secret.items() for option in entries}
    before = (actual.content or b"").decode(errors="replace")
    return diff(parse(before), texts(options), names)


def install(module: AnsibleModule) -> dict[str, Any]:
    """Bring the file to what the parameters say and return the result."""
    params = module.params
    options, secret, path = merged(params), params["secret_options"], params["path"]
    content = render(options, HEADER if params["header"] is None else params["header"]).encode()
    desired = State(content, params["owner"], params["group"], int(params["mode"], 8))
    file = ConfigFile(path, desired, params["backup_dir"], params["backup_keep"])
    actual = file.read()
    steps = plan_file(path, actual, desired)
    result = {"changed": bool(steps), "steps": steps.titles(), "path": path}
    if steps and module._diff:
        result["diff"] = shown(steps, actual, options, secret)
    if not module.check_mode:
        values = [text for entries in texts(secret).values() for lines in entries.values() for text in lines]
        run = functools.partial(module.run_command, handle_exceptions=False)
        file.apply(steps, validator(params["validate"], path, values, run))
    return {**result, "backup_file": str(file.backup) if file.backup else None}


def main() -> None:
    """Run the module."""
    module = QuietModule(ARGUMENT_SPEC, supports_check_mode=True)
    try:
        result = install(module)
    except DeployError as error:
        module.fail_json(msg=str(error), hint=error.hint)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
