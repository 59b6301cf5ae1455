"""A Glance with a store of every type that a lab can have: file, Ceph RBD, S3 and Swift, all real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.conftest import Lab, Outcome, execute, labs

CEPH_CONF = "/etc/ceph/ceph.conf"
KEYRING = "/etc/ceph/ceph.client.glance.keyring"
WRITABLE = ("file", "fast", "far", "cold")
SWIFT = (
    "export ST_AUTH=http://127.0.0.1:8080/auth/v1.0 ST_USER=glance:glance; "
    "ST_KEY=$(sed -n 's/^user_glance_glance = \\([^ ]*\\).*/\\1/p' /etc/swift/proxy-server.conf); export ST_KEY; swift "
)
RAW = "--disk-format raw --container-format bare"


@dataclass(frozen=True)
class Site:
    """A host with Glance, and the stores on the host `store`, as glance_stores lists them.

    Attributes:
        lab: Where the stores run.
        stores: All of them.
        directory: For files of ours.
        place: The lab of Glance's host.
        host: Its name there.
    """

    lab: Lab
    stores: list[dict[str, Any]]
    directory: Path
    place: Lab
    host: str = "image"

    def deploy(self, stores: list[dict[str, Any]] | None = None, **variables: Any) -> Outcome:
        """Deploy with these stores, all of them unless some are given."""
        path = self.directory / "stores.yml"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump({"glance_stores": stores or self.stores, **variables}))
        return self.place.deploy(self.host, "--vars-file", str(path))

    def with_store(self, name: str, **changes: Any) -> list[dict[str, Any]]:
        """Return all stores, one of them changed."""
        return [store | changes if store["name"] == name else store for store in self.stores]

    def image(self, command: str) -> str:
        """Return what a command prints on Glance's host, which may use the administrator's account."""
        return self.place.read(self.host, f". /root/admin-openrc && {command}")

    def put(self, name: str, store: str = "") -> dict[str, Any]:
        """Put an image into a store, the default one unless one is named, and return what Glance says of it."""
        # The client of Debian's python3-openstackclient names no store.
        where = f"--store {store}" if store else ""
        create = f"glance image-create {RAW} --file /root/image {where} --name {name} > /dev/null"
        self.image(f"{{ test -f /root/image || head -c 3000000 /dev/urandom > /root/image; }} && {create}")
        return self.shown(name)

    def shown(self, name: str) -> dict[str, Any]:
        """Return what Glance says of an image."""
        found: dict[str, Any] = json.loads(self.image(f"openstack image show {name} --format json"))
        return found

    def read_back(self, name: str) -> None:
        """Fail unless an image has the bytes that went in."""
        self.image(f"openstack image save --file /root/back {name} && cmp /root/image /root/back && rm /root/back")

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
        yield Site(lab, stores, tmp_path_factory.mktemp("stores"), lab)


def start(lab: Lab, kind: str, *options: str) -> dict[str, Any]:
    """Start a store, or mend it."""
    argv = ("scripts/lab", "store", kind, "--name", lab.name, "--host", "store", "--output", "json", *options)
    found: dict[str, Any] = execute(*argv).expect().document
    return found
