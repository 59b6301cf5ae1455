"""A small repository: the real plugins, a role with arguments, and playbooks that only touch this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]

ARGUMENT_SPECS = """
argument_specs:
  main:
    options:
      glance_workers: {type: int}
      glance_public_url: {type: str}
      glance_service_password: {type: str, no_log: true}
"""
ANSIBLE_CFG = "[defaults]\ncollections_path = collections\ninterpreter_python = auto_silent\nforks = 4\n"

SITE = """
- name: Preflight
  hosts: glance
  gather_facts: false
  tasks:
    - name: Look at the host
      ansible.builtin.command: "true"
      changed_when: false
      check_mode: false

- name: Database
  hosts: mariadb
  gather_facts: false
  tasks:
    - name: Never reached
      ansible.builtin.fail:

- name: Image
  hosts: glance
  gather_facts: false
  tasks:
    - name: Write the configuration
      ansible.builtin.copy:
        content: "workers = {{ glance_workers | default(1) }}\\n"
        dest: "{{ target }}/glance.conf"
        mode: "0600"

- name: Verify
  hosts: glance
  gather_facts: false
  tasks:
    - name: Publish what was found
      ansible.builtin.set_stats:
        per_host: true
        data:
          glance_report: {release: epoxy, tables: [images, tasks]}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of the small repository."""
    root = tmp_path / "repository"
    (root / "roles/glance/meta").mkdir(parents=True)
    (root / "roles/glance/meta/argument_specs.yml").write_text(ARGUMENT_SPECS)
    (root / "group_vars/all").mkdir(parents=True)
    (root / "group_vars/all/main.yml").write_text(f"openstack_region: RegionOne\ntarget: {tmp_path}\n")
    (root / "ansible.cfg").write_text(ANSIBLE_CFG)
    (root / "collections").symlink_to(REPOSITORY / "collections")
    (root / "playbooks").mkdir()
    (root / "playbooks/site.yml").write_text(SITE)
    (root / "site.yml").write_text("- name: All\n  import_playbook: playbooks/site.yml\n")
    return root
