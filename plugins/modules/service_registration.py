#!/usr/bin/python
"""Ansible module: a service's registration in Keystone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_registration
author: glance-deploy contributors
version_added: 0.1.0
short_description: Project, user, roles, service and endpoints of one service, in one session with Keystone
description:
  - Registers a service in Keystone with all that it needs, in one call and with one token.
  - What is there is adopted, a service by its type or else by its name, user and project by name in a domain.
    Only what differs is changed, in place. The password is set only when it does not open the account.
  - Where Keystone holds two things that could be the one meant, the module names them and changes nothing.
requirements:
  - keystoneauth1 on the host that runs the module, and for O(cloud) openstacksdk (C(python3-openstacksdk) brings both)
options:
  auth:
    description: Credentials of an administrator, with domains and project by name or by id. Either this or O(cloud).
    type: dict
    suboptions:
      auth_url: {description: "Address of Keystone, with or without C(/v3).", type: str, required: true}
      username: {description: Name of the administrator., type: str, required: true}
      password: {description: Password of the administrator., type: str, required: true}
      user_domain_name: {description: Domain of the administrator., type: str}
      user_domain_id: {description: The same by id., type: str}
      project_name: {description: Project that the administrator acts in., type: str}
      project_id: {description: The same by id., type: str}
      project_domain_name: {description: Domain of that project., type: str}
      project_domain_id: {description: The same by id., type: str}
      region_name: {description: Not used; accepted so that one mapping serves all modules., type: str}
  cloud:
    description: Entry of C(clouds.yaml) on the host that runs the module.
    type: str
  interface:
    description: Interface of Keystone in the catalogue to use. By default the address that the token comes from.
    type: str
    choices: [public, internal, admin]
  ca_file:
    description: File with the certificate of the authority to trust. By default the authorities that the system trusts.
    type: path
  verify:
    description: Check Keystone's certificate and name.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for a Keystone that is still starting. Check mode does not wait.
    type: int
    default: 60
  region:
    description: Region of the endpoints, in exactly the catalogue's spelling.
    type: str
    default: RegionOne
  create_region:
    description: Open the region when Keystone does not have it, instead of taking that for a wrong name.
    type: bool
    default: false
  project:
    description: Project that the service acts in.
    type: dict
    required: true
    suboptions:
      name: {description: Its name., type: str, required: true}
      domain: {description: Name or id of its domain., type: str, default: Default}
      description: {description: Its description. By default what it has., type: str}
  user:
    description: User that the service acts as.
    type: dict
    required: true
    suboptions:
      name: {description: Its name., type: str, required: true}
      domain: {description: Name or id of its domain., type: str, default: Default}
      password: {description: "Its password, of any characters. Required when O(state=present).", type: str}
      email: {description: Its e-mail address. By default what it has., type: str}
      default_project: {description: Make the project its default., type: bool, default: false}
      system_roles:
        description: Roles that the user has on the system as a whole, such as V(reader). Others stay.
        type: list
        elements: str
        default: []
  roles:
    description: Roles that the user has on the project.
    type: list
    elements: str
    default: [admin, service]
  create_roles:
    description: Create roles that Keystone does not have; before 2023.2 it comes without V(service).
    type: bool
    default: false
  registered_limits:
    description:
      - What a project may use of the service in the region by default, a whole number by the name of the resource.
        Limits that are not named stay.
      - V(-1) is for as much as it likes, but services understand that since 2026.2 only (oslo.limit 2.12) and let
        nothing in before. V(2147483647), the largest one, does everywhere.
      - Keystone changes none of which a project has a limit of its own; that is an error here.
      - Before Zed it takes the role C(admin) on the system, which the administrator of a bootstrap has.
    type: dict
    default: {}
  service:
    description: The service in the catalogue.
    type: dict
    required: true
    suboptions:
      name: {description: Its name. One that is found by its type keeps the name it has., type: str, required: true}
      type: {description: "Its type, such as V(image).", type: str, required: true}
      description: {description: Its description. By default what it has., type: str}
  endpoints:
    description: URL of the service by interface. Interfaces that are left out are left alone.
    type: dict
    default: {}
    suboptions:
      public: {description: The one for everybody., type: str}
      internal: {description: The one for the other services., type: str}
      admin: {description: The one for administrators., type: str}
  state:
    description:
      - V(absent) removes the service's registered limits and endpoints in the region, then service and user unless
        endpoints are left in another. Project and roles stay. It needs O(confirm_absent).
    type: str
    choices: [present, absent]
    default: present
  confirm_absent:
    description: Really remove what O(state=absent) is about.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reports what would be done. A Keystone that does not answer counts as an empty one.
    support: full
  diff_mode:
    description: Shows what is registered, never a password.
    support: full
"""

EXAMPLES = r"""
- name: Announce the image service in the catalogue
  glance_deploy.openstack.service_registration:
    auth: "{{ glance_identity_auth }}"
    project: {name: service}
    user: {name: glance, password: "{{ glance_service_password }}"}
    service: {name: glance, type: image, description: OpenStack Image}
    endpoints:
      public: http://controller:9292
      internal: http://controller:9292
      admin: http://controller:9292

- name: Let projects have ten images each, and Glance look up which of them have a limit of their own
  glance_deploy.openstack.service_registration:
    auth: "{{ glance_identity_auth }}"
    project: {name: service}
    user: {name: glance, password: "{{ glance_service_password }}", system_roles: [reader]}
    service: {name: glance, type: image}
    registered_limits: {image_count_total: 10}
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, one line each.
  returned: success
  type: list
  elements: str
  sample: ["create: user glance"]
diff: {description: "The same as before and after.", returned: "in diff mode, when something changes", type: dict}
ids: {description: "Ids of C(project), C(user) and C(service), if they exist.", returned: success, type: dict}
endpoints:
  description: The service's endpoints in all regions, each with C(interface), C(region), C(url) and C(id).
  returned: success
  type: list
  elements: dict
duplicates:
  description: What Keystone holds more than once, each with C(kind) and Keystone's own attributes.
  returned: failure for that reason
  type: list
  elements: dict
requests: {description: How many requests it took., returned: success, type: int}
reachable: {description: False when check mode found no Keystone to ask yet., returned: success, type: bool}
"""

from ..module_utils._quiet_module import QuietModule, settle
from ..module_utils._registration_run import ARGUMENT_SPEC, RULES, bring


def main() -> None:
    """Entry point for Ansible."""
    settle(QuietModule(ARGUMENT_SPEC, supports_check_mode=True, **RULES), bring)


if __name__ == "__main__":
    main()
