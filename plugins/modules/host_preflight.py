#!/usr/bin/python
"""Ansible module: whether a host can take what is to be deployed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_preflight
author: glance-deploy contributors
version_added: 0.1.0
short_description: Find everything on a host that stands against a deployment, and change nothing
description:
  - Looks at the operating system, Python, privileges, memory, disks, clock, ports, names, packages, and at the services
    elsewhere that the host has to reach. Fails with all problems at once, each with what mends it.
  - Only what is asked for is a problem. Read-only file systems under C(/etc) and C(/var) always are one.
options:
  supported:
    description: Operating systems that will do, as C(ID) and C(VERSION_ID) of C(/etc/os-release).
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: Name of the distribution.
        type: str
        required: true
      versions:
        description: Its versions.
        type: list
        elements: str
        required: true
  min_memory_mb:
    description: Memory that the host must have, in MB.
    type: int
    default: 0
  min_disk_mb:
    description: Path to MB that must be free there. Paths on the same file system are added up; they need not exist.
    type: dict
    default: {}
  ports:
    description: TCP ports that must be free, or be held by the service that is to use them.
    type: list
    elements: dict
    default: []
    suboptions:
      port:
        description: The port.
        type: int
        required: true
      address:
        description: Address that the service will listen on. By default any, so that every holder is in the way.
        type: str
        default: ""
      owners:
        description: Processes or units that may hold it already, such as V(glance-api).
        type: list
        elements: str
        default: []
  names:
    description: Host names that must resolve on the host.
    type: list
    elements: str
    default: []
  packages:
    description:
      - Packages that must be installed or installable. If some are missing, a package mirror has to answer.
      - C(NAME=MAJOR) for one whose version has to begin with that number.
    type: list
    elements: str
    default: []
  package_proxy:
    description: URL of the proxy for package work. It is handed to apt in the environment.
    type: str
  python_environments:
    description:
      - Arguments of virtual environments that are to be made. Unless they are there, the index of C(pip) must answer.
    type: list
    elements: dict
    default: []
  control_time:
    description: Seconds since 1970 on the control machine, to compare the clocks.
    type: float
  max_skew:
    description: Seconds that the clocks may differ.
    type: int
    default: 300
  identity_url:
    description: Address of an existing Keystone that must answer.
    type: str
  database_host:
    description: Host of an existing database that must be reachable.
    type: str
  database_port:
    description: TCP port of that database.
    type: int
    default: 3306
attributes:
  check_mode:
    description: Only reads in any case.
    support: full
  diff_mode:
    description: Changes nothing, so that there is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: The host can take the image service
  glance_deploy.openstack.host_preflight:
    supported: [{id: debian, versions: ["12", "13"]}]
    min_memory_mb: 1800
    min_disk_mb: {/var/lib/glance: 2048}
    ports: [{port: 9292, owners: [glance-api]}]
    names: [controller]
    packages: [glance-api]
    control_time: "{{ now().timestamp() }}"
"""

RETURN = r"""
problems:
  description: What stands against a deployment.
  type: list
  elements: dict
  returned: always
  contains:
    what: {description: What is wrong., type: str}
    where: {description: The part of the host that it is about., type: str}
    mend: {description: What to do about it., type: str}
facts:
  description: What was found, with C(os), C(version), C(memory_mb), C(python), C(disk_free_mb) and C(clock_skew).
  type: dict
  returned: always
"""

import functools
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._host_network import Question, answers, database_question, identity_question, name_question
from ..module_utils._host_packages import check_packages, environment, run
from ..module_utils._host_ports import listeners
from ..module_utils._host_preflight import (
    PortWish,
    Problem,
    check_clock,
    check_disks,
    check_ports,
    check_run,
    check_system,
    result,
    wished_room,
)
from ..module_utils._host_system import read_disks, read_system
from ..module_utils._package_index import index_questions
from ..module_utils._run_lease import owner_of_this_run, stranger

SYSTEM_SPEC: dict[str, dict[str, Any]] = {
    "id": {"type": "str", "required": True},
    "versions": {"type": "list", "elements": "str", "required": True},
}
PORT_SPEC: dict[str, dict[str, Any]] = {
    "port": {"type": "int", "required": True},
    "address": {"type": "str", "default": ""},
    "owners": {"type": "list", "elements": "str", "default": []},
}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "supported": {"type": "list", "elements": "dict", "required": True, "options": SYSTEM_SPEC},
    "min_memory_mb": {"type": "int", "default": 0},
    "min_disk_mb": {"type": "dict", "default": {}},
    "ports": {"type": "list", "elements": "dict", "default": [], "options": PORT_SPEC},
    "names": {"type": "list", "elements": "str", "default": []},
    "packages": {"type": "list", "elements": "str", "default": []},
    "package_proxy": {"type": "str", "no_log": True},
    "python_environments": {"type": "list", "elements": "dict", "default": []},
    "control_time": {"type": "float"},
    "max_skew": {"type": "int", "default": 300},
    "identity_url": {"type": "str"},
    "database_host": {"type": "str"},
    "database_port": {"type": "int", "default": 3306},
}


def questions(params: Mapping[str, Any]) -> list[Question]:
    """Return what has to be asked over the network."""
    found = [name_question(name) for name in dict.fromkeys(params["names"])]
    if params["identity_url"]:
        found.append(identity_question(params["identity_url"]))
    found += index_questions(params["python_environments"], params["package_proxy"])
    if params["database_host"]:
        found.append(database_question(params["database_host"], params["database_port"]))
    return found


def look(params: Mapping[str, Any]) -> tuple[list[Problem], dict[str, Any]]:
    """Return everything that stands against a deployment, and what the host is."""
    supported = {entry["id"]: entry["versions"] for entry in params["supported"]}
    wishes = [PortWish(entry["port"], entry["address"], tuple(entry["owners"])) for entry in params["ports"]]
    room = wished_room(params["min_disk_mb"])
    system, disks = read_system(), read_disks([*room, "/etc", "/var"])
    skew = system.time - params["control_time"] if params["control_time"] else 0.0
    problems = [
        *check_run(stranger(owner_of_this_run())),
        *check_system(system, supported, params["min_memory_mb"]),
        *check_disks(disks, room),
        *check_clock(skew, params["max_skew"]),
        *check_ports(wishes, listeners({wish.port for wish in wishes})),
        *answers(questions(params)),
    ]
    if system.id in supported and params["packages"]:
        problems += check_packages(
            params["packages"], functools.partial(run, environment=environment(params["package_proxy"]))
        )
    return problems, {
        "os": system.id,
        "version": system.version,
        "memory_mb": system.memory_mb,
        "python": ".".join(map(str, system.python)),
        "disk_free_mb": {disk.path: disk.free_mb for disk in disks},
        "clock_skew": round(skew, 1),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(ARGUMENT_SPEC, supports_check_mode=True)
    try:
        found = result(*look(module.params))
    except (TypeError, ValueError) as error:
        module.fail_json(
            msg=f"min_disk_mb must map paths to numbers of MB: {error}.", hint="Write /var/lib/glance: 2048."
        )
    if found["problems"]:
        module.fail_json(**found)
    module.exit_json(**found)


if __name__ == "__main__":
    main()
