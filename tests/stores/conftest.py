"""A Glance with a store of every type that a lab can have: file, Ceph RBD, S3 and Swift, all real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.conftest import Lab, Outcome, execute, labs

CEPH_CONF = "/etc/ceph/ceph.conf"
KEYRING = "/etc/ceph/ceph.client.glance.keyring"


@dataclass(frozen=True)
class Site:
    """The hosts `image` and `store`, and the stores that run on the second one, as glance_stores lists them."""

    lab: Lab
    stores: list[dict[str, Any]]
    directory: Path

    def deploy(self, stores: list[dict[str, Any]] | None = None, **variables: Any) -> Outcome:
        """Deploy with these stores, all of them unless some are given."""
        path = self.directory / "stores.yml"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump({"glance_stores": stores or self.stores, **variables}))
        return self.lab.deploy("image", "--vars-file", str(path))

    def with_store(self, name: str, **changes: Any) -> list[dict[str, Any]]:
        """Return all stores, one of them changed."""
        return [store | changes if store["name"] == name else store for store in self.stores]

    def image(self, command: str) -> str:
        """Return what a command prints on Glance's host, which may use the administrator's account."""
        return self.lab.read("image", f". /root/admin-openrc && {command}")

    def store(self, command: str) -> str:
        """Return what a command prints on the stores' host."""
        return self.lab.read("store", command)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Bring the hosts and the stores up; Glance comes with the first deploy."""
    with labs() as up:
        lab = up("stores", "--baked", "--host", "image=trixie", "--host", "store=bookworm")
        swift, s3, ceph = (start(lab, kind) for kind in ("swift", "s3", "ceph"))
        stores = [
            {"name": "file", "type": "file", "directory": "/var/lib/glance/images"},
            {"name": "fast", "type": "rbd", "config": ceph["files"][CEPH_CONF], "keyring": ceph["files"][KEYRING]},
            {"name": "far", "type": "s3", "host": s3["address"], "bucket": s3["facts"]["bucket"], **s3["credentials"]},
            {
                "name": "cold",
                "type": "swift",
                "auth_version": "1",
                "auth_address": swift["address"],
                "container": swift["facts"]["container"],
                "create_container": False,
                **swift["credentials"],
            },
            {"name": "web", "type": "http"},
        ]
        yield Site(lab, stores, tmp_path_factory.mktemp("stores"))


def start(lab: Lab, kind: str) -> dict[str, Any]:
    """Start a store, or mend it."""
    argv = ("scripts/lab", "store", kind, "--name", lab.name, "--host", "store", "--output", "json")
    found: dict[str, Any] = execute(*argv).expect().document
    return found
