#!/usr/bin/python
"""Ansible module: a service's database with its accounts and their rights."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_database
author: glance-deploy contributors
version_added: 0.1.0
short_description: Database, accounts and rights of one service, over one connection to MariaDB
description:
  - Creates a database, any number of accounts and their rights on this database, in one call.
  - What is there is kept. An existing database keeps its character set and its data, an existing account its rights,
    unless fewer are asked for. A password is set only when the one given does not open the account.
  - Run it where MariaDB can be reached, by default on MariaDB's own host as root.
requirements:
  - PyMySQL (C(python3-pymysql)) on the host that runs the module
options:
  login_unix_socket:
    description: Path of the server's socket. Used when O(login_host) is not set.
    type: path
    default: /run/mysqld/mysqld.sock
  login_host:
    description: Name or address of the server. With it, the connection goes over TCP.
    type: str
  login_port:
    description: TCP port of the server.
    type: int
    default: 3306
  login_user:
    description: Administrator's account.
    type: str
    default: root
  login_password:
    description: Administrator's password. Not needed where the socket identifies root.
    type: str
  login_tls:
    description: Encrypt the connection over TCP, and check with whom it is made. Without it, the connection is plain.
    type: dict
    suboptions:
      ca_file:
        description:
          - File with the certificate of the authority to trust, on the host that runs the module.
          - By default the authorities that the system trusts.
        type: path
      verify:
        description: Check the server's certificate and name.
        type: bool
        default: true
  name:
    description: Name of the database, at most 64 characters of any kind.
    type: str
    required: true
  charset:
    description: Character set of the database when it is created now.
    type: str
    default: utf8mb4
  collation:
    description: Collation of the database when it is created now. By default the character set's own.
    type: str
  accounts:
    description: Who may use the database.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the account, at most 80 characters.
        type: str
        required: true
      hosts:
        description: Hosts that it may come from; MariaDB counts each as an account of its own.
        type: list
        elements: str
        default: [localhost, "%"]
      password:
        description:
          - Password of the account, of any characters. Required when O(state=present).
          - It is compared with the hash that MariaDB stores, or tried where that cannot tell. An account that neither
            of both proves, such as one that the socket identifies, is given the password.
        type: str
      privileges:
        description: Rights on this database, V(ALL) or MariaDB's own words. More than these are taken away.
        type: list
        elements: str
        default: [ALL]
  state:
    description: Whether database and accounts are to exist. V(absent) needs O(confirm_absent).
    type: str
    choices: [present, absent]
    default: present
  confirm_absent:
    description: Really drop the database with all its data, and the accounts named.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reports what would be done. A server that is not installed yet counts as an empty one.
    support: full
  diff_mode:
    description: Shows databases, accounts and rights, never a password.
    support: full
"""

EXAMPLES = r"""
- name: The database of the image service, for the host itself and for the network
  glance_deploy.openstack.service_database:
    name: glance
    accounts:
      - name: glance
        password: "{{ glance_database_password }}"

- name: The same on a server elsewhere, over TLS, for one host only
  glance_deploy.openstack.service_database:
    login_host: db.example.com
    login_user: admin
    login_password: "{{ glance_database_admin_password }}"
    login_tls:
      ca_file: /etc/ssl/certs/site-ca.pem
    name: glance
    accounts:
      - name: glance
        hosts: [10.0.0.5]
        password: "{{ glance_database_password }}"

- name: Which tables are there
  glance_deploy.openstack.service_database:
    name: glance
  check_mode: true
  register: __glance_tables
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, one line each.
  returned: success
  type: list
  elements: str
  sample: ["create: database glance", "create: account glance@localhost"]
diff:
  description: The same as before and after.
  returned: in diff mode, when something changes
  type: dict
tables:
  description: Names of the tables in the database now, sorted.
  returned: success
  type: list
  elements: str
empty_tables:
  description: Those of them without a row.
  returned: success
  type: list
  elements: str
server_version:
  description: What the server says of itself, empty when none answered in check mode.
  returned: success
  type: str
  sample: 11.8.3-MariaDB-0+deb13u1
reachable:
  description: False only in check mode, when there is no server to ask yet.
  returned: success
  type: bool
"""

from ..module_utils._database_run import ARGUMENT_SPEC, bring
from ..module_utils._quiet_module import QuietModule, settle


def main() -> None:
    """Entry point for Ansible."""
    settle(QuietModule(ARGUMENT_SPEC, supports_check_mode=True), bring)


if __name__ == "__main__":
    main()
