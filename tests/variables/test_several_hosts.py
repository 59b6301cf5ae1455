"""Two API hosts of one cloud: what one keeps for itself, and how each finds the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.lab.conftest import Lab, Outcome, labs

from .cloud import Cloud, Person

DATA = b"staged on one host, imported by way of the other"
OCTETS = {"Content-Type": "application/octet-stream"}


@dataclass(frozen=True)
class Pair:
    """Two hosts that are deployed by one inventory."""

    lab: Lab
    inventory: Path

    def play(self, **variables: Any) -> Outcome:
        """Run site.yml with these variables."""
        path = self.inventory.with_name("pair.yml")
        path.write_text(yaml.safe_dump(variables))
        return self.lab.playbook("-e", f"@{path}", "site.yml")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with labs() as up:
        lab = up("pair", "--baked", "--host", "one=trixie", "--host", "two=trixie")
        tree = yaml.safe_load(lab.inventory.read_text())
        groups = tree["all"]["children"]
        groups["glance"]["hosts"] = groups.pop("spare")["hosts"]
        lab.inventory.write_text(yaml.safe_dump(tree))
        yield Pair(lab, lab.inventory)


@pytest.mark.variables("glance_hosts")
def test_a_directory_that_they_do_not_share_is_refused_before_a_change(pair: Pair) -> None:
    pair.lab.read("one", "sleep 1; touch /run/before; sleep 1")
    outcome = pair.play().expect(2)
    assert "glance_stores_unshared=true" in outcome.stdout, outcome.stdout[-3000:]
    assert pair.lab.read("one", "find /etc /usr /var/lib /opt /srv -xdev -newer /run/before -type f") == ""


@pytest.mark.variables("glance_stores_unshared", "glance_worker_self_reference_url", "glance_primary_host")
def test_what_waits_on_one_host_is_imported_by_way_of_the_other(pair: Pair) -> None:
    pair.play(glance_stores_unshared=True).expect()
    second = pair.play(glance_stores_unshared=True).expect().stdout
    assert second.count("changed=0 ") == 3, second[-2000:]
    admin = Cloud.of(pair.lab.read("one", "cat /root/admin-openrc")).admin
    one, two = (f"http://{pair.lab.hosts[name]}:9292" for name in ("one", "two"))
    image = admin.image(name="staged")
    path = f"/v2/images/{image['id']}"
    assert ask(admin, "PUT", f"{one}{path}/stage", headers=OCTETS, data=DATA).status_code == 204
    answer = ask(admin, "POST", f"{two}{path}/import", json={"method": {"name": "glance-direct"}})
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + 60
    while admin.shown(image)["status"] != "active":
        assert time.monotonic() < until, admin.shown(image)
        time.sleep(0.5)
    assert ask(admin, "GET", f"{one}{path}/file").content == DATA


def ask(person: Person, method: str, url: str, **how: Any) -> requests.Response:
    """Return one host's answer to a request."""
    headers = {"X-Auth-Token": person.token, **how.pop("headers", {})}
    return requests.request(method, url, headers=headers, timeout=60, **how)
