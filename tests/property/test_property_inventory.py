"""The inventory that we write, and the user's own: Ansible reads exactly the same values, odd ones are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from hypothesis import given, settings
from hypothesis import strategies as st

from glance_deploy import inventory
from glance_deploy.errors import UsageError
from glance_deploy.inventory import Host
from tests.property import hostile
from tests.property.trying import tried

TEXTS = hostile.texts()
WORDS = hostile.texts(control=False, min_parts=1).filter(lambda text: "\0" not in text)
HOSTS = st.builds(
    Host,
    name=st.sampled_from(["controller", "10.0.0.5", "fd00::5"]),
    address=WORDS,
    port=st.none() | st.integers(1, 65535),
    user=st.none() | WORDS,
    key=st.none() | WORDS.map(lambda text: Path("/keys", text.replace("/", "_"))),
    arguments=st.lists(WORDS, max_size=3).map(tuple),
)


def loaded(text: str) -> Any:
    """Return what Ansible's own loader reads, as plain data."""
    return json.loads(json.dumps(DataLoader().load(text, "/inventory.yml", show_content=False)))


@settings(max_examples=250)
@given(
    st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=2) | st.integers() | st.booleans() | st.none(), max_size=4)
)
def test_variables_come_back(variables: dict[str, Any]) -> None:
    assert loaded(inventory.overlay(variables)) == {"all": {"vars": variables}}


@settings(max_examples=250)
@given(
    st.lists(HOSTS, min_size=1, max_size=3, unique_by=lambda host: host.name),
    st.sets(st.sampled_from(inventory.SERVICES)),
)
def test_hosts_come_back(hosts: list[Host], without: set[str]) -> None:
    text = inventory.render(hosts, {"x": "{{ lookup('pipe','id') }}"}, without)
    found = loaded(text)["all"]
    assert found["vars"] == {"x": "{{ lookup('pipe','id') }}"}
    entries = found["children"]["controller"]["hosts"]
    listing: dict[str, Any] = {"_meta": {"hostvars": entries}, "controller": {"hosts": list(entries)}}
    listing |= {name: group for name, group in found["children"].items() if name != "controller"} | {
        "glance": {"hosts": list(entries)}
    }
    read = {host.name: host for host in inventory.read(listing, "inventory.yml", {})}
    # What only Ansible can fill in is left to it.
    plain = [host for host in hosts if not any("{{" in str(value) for value in entries[host.name].values())]
    assert read == {host.name: host for host in plain}
    assert all(group == {} for name, group in found["children"].items() if name in without)


VARIABLES = st.sampled_from(
    [
        "ansible_host",
        "ansible_port",
        "ansible_user",
        "ansible_connection",
        "ansible_ssh_private_key_file",
        "ansible_ssh_common_args",
    ]
)
ODD = hostile.json_values() | st.sampled_from(
    ["abc", "'", "~nobody-of-that-name/key", "{{ x }}", "local", "ssh", 22, "²"]
)


@settings(max_examples=300)
@given(st.dictionaries(VARIABLES, ODD, max_size=4))
def test_any_inventory_of_the_user_is_read_or_refused(variables: dict[str, Any]) -> None:
    listing = {"_meta": {"hostvars": {"h": variables}}, "glance": {"hosts": ["h"]}}
    hosts = tried(lambda: inventory.read(listing, "mine.yml", {}), UsageError)
    if isinstance(hosts, UsageError):
        assert hosts.hint
        return
    for host in hosts:
        assert host.port is None or isinstance(host.port, int)
        yaml.safe_load(inventory.render([host], {}))
