"""Stores for Glance on a lab's host: Swift, Ceph, its S3 API, NFS.

Each kind is a script in stores/ that a host's bash runs; what has been done is found done by the next call.
"""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .command import Run
from .errors import CommandFailedError, LabError, UsageError
from .files import give_back, locked, make_private, write
from .hosts import ssh_argv
from .machine import say
from .recipe import EL9
from .state import Host, Lab, load_ready

SCRIPTS = Path(__file__).with_name("stores")
FILESYSTEMS = Path("/proc/filesystems")
# The container, the bucket and the pool.
PLACE = "images"
SWIFT_USER = "glance:glance"
SWIFT_PORT = 8080
S3_PORT = 7480
# What is needed of the kernel, which all hosts share: the server on one of them, a client on another.
NFS = frozenset({"nfsd", "nfs4"})
NFS_DIRECTORY = "/srv/images"
# An EL-like host has no apt; Debian 11 runs Swift under uWSGI, with units that do not start as they are.
LACKING = {"swift": {EL9, "bullseye"}, "s3": {EL9}, "ceph": {EL9}, "nfs": {EL9}}
CEPH_OSD_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Site:
    """Where a store is to run: a host of a lab that is up."""

    run: Run
    lab: Lab
    host: Host

    def execute(self, script: str, host: Host | None = None, **settings: str) -> dict[str, str]:
        """Run a script on a host, this one unless another is named, and return what it tells.

        Settings travel with the script on its standard input: no argument of any program holds a password.

        Raises:
            LabError: The script failed; the same call again goes on from there.
        """
        host = host or self.host
        names = "".join(f"{name.upper()}={shlex.quote(text)}\n" for name, text in settings.items())
        parts = [names, *((SCRIPTS / f"{name}.sh").read_text() for name in ("common", script)), "main </dev/null\n"]
        argv = [*ssh_argv(self.lab, host, "root", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"), "bash", "-s"]
        try:
            told: dict[str, str] = json.loads(self.run(argv, data="\n".join(parts).encode()))
        except CommandFailedError as error:
            raise LabError(
                f"{script} does not run on host {host.name!r}: {error.reason}",
                f"The same command goes on. Look there: scripts/lab ssh --name {self.lab.name} {host.name} -- "
                "journalctl --priority err",
            ) from error
        return told

    def secret(self, name: str) -> str:
        """Return a password of this lab, drawn when it is asked for the first time."""
        path = self.lab.directory / "stores" / name
        make_private(path.parent)
        if not path.exists():
            write(path, secrets.token_hex(20) + "\n")
            give_back(path)
        return path.read_text().strip()


@dataclass(frozen=True)
class Store:
    """A store that runs, as Glance is told of it."""

    address: str
    # What stands in the store's section of glance-api.conf.
    options: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    # What Glance's host needs: paths there, and the text of each.
    files: Mapping[str, str] = field(default_factory=dict)


def start_store(run: Run, name: str, kind: str, host_name: str | None, *, keystone: bool = False) -> dict[str, Any]:
    """Start a store on a host of a lab, or find that it runs; return all that a user of it needs.

    Args:
        run: Starts programs.
        name: The lab.
        kind: A key of KINDS.
        host_name: A host of the lab; its first when None.
        keystone: Let Swift ask the Keystone on the lab's first host as well, and tell that way in.

    Raises:
        LabError: The lab is not up, this machine cannot carry such a store, or it does not run.
        UsageError: There is no such host, or not with this kind of system.
    """
    with locked(load_ready(name).directory):
        lab = load_ready(name)
        host = lab.find(host_name) if host_name else lab.hosts[0]
        if host.suite in LACKING[kind]:
            raise UsageError(f"No store of kind {kind} runs on {host.suite}.", "Name a newer Debian host: --host")
        if keystone and kind != "swift":
            raise UsageError(f"A store of kind {kind} does not ask Keystone.", "Leave --keystone out.")
        say(f"Starting {kind} on {host.name}; the first time takes a minute ...")
        site = Site(run, lab, host)
        store = start_keystone_swift(site) if keystone else KINDS[kind](site)
    return {"version": 1, "kind": kind, "lab": lab.name, "host": host.name} | asdict(store)


def start_swift(site: Site) -> Store:
    """Start Swift; Glance logs in with TempAuth."""
    key = run_swift(site)
    address = f"http://{site.host.ip}:{SWIFT_PORT}/auth/v1.0"
    return Store(
        address,
        swift_options("1", address, SWIFT_USER, key),
        {"container": PLACE},
        {"user": SWIFT_USER, "key": key},
    )


def start_keystone_swift(site: Site) -> Store:
    """Start Swift with Keystone as a second way in; Glance logs in there, and makes its container itself."""
    password = site.secret("keystone-glance-store")
    told = site.execute(
        "keystone",
        site.lab.hosts[0],
        endpoint=f"http://{site.host.ip}:{SWIFT_PORT}/v1/KEY_%(tenant_id)s",
        service_password=site.secret("keystone-swift"),
        user_password=password,
    )
    run_swift(site, told["url"])
    user = "glance-store:glance-store"
    options = swift_options("3", told["url"], user, password)
    options |= {"swift_store_region": told["region"], "swift_store_create_container_on_put": "true"}
    return Store(told["url"], options, {"container": PLACE}, {"user": user, "key": password})


def start_s3(site: Site) -> Store:
    """Start a Ceph cluster and its S3 gateway, with a bucket."""
    start_ceph(site)
    keys = site.execute("s3", address=site.host.ip, port=str(S3_PORT), bucket=PLACE)
    address = f"http://{site.host.ip}:{S3_PORT}"
    options = {
        "s3_store_host": address,
        "s3_store_access_key": keys["access_key"],
        "s3_store_secret_key": keys["secret_key"],
        "s3_store_bucket": PLACE,
        "s3_store_bucket_url_format": "path",
    }
    credentials = {name: keys[name] for name in ("access_key", "secret_key")}
    return Store(address, options, {"bucket": PLACE, "region": "us-east-1"}, credentials)


def run_swift(site: Site, keystone: str | None = None) -> str:
    """Have Swift run, and return the key of its user.

    A Swift that asks Keystone goes on doing so: a call without it must not take that way in away.
    """
    key = site.secret("swift")
    memory = site.lab.directory / "stores" / f"keystone-of-{site.host.name}"
    if keystone is not None:
        write(memory, keystone + "\n")
        give_back(memory)
    url = memory.read_text().strip() if memory.exists() else ""
    password = site.secret("keystone-swift") if url else ""
    site.execute("swift", key=key, container=PLACE, keystone=url, keystone_password=password)
    return key


def swift_options(version: str, address: str, user: str, key: str) -> dict[str, str]:
    """Return what glance-api.conf says of a Swift."""
    return {
        "swift_store_auth_version": version,
        "swift_store_auth_address": address,
        "swift_store_user": user,
        "swift_store_key": key,
        "swift_store_container": PLACE,
    }


def start_ceph(site: Site) -> Store:
    """Start a Ceph cluster of one host."""
    address = site.host.ip
    told = site.execute("ceph", address=address, pool=PLACE, osd_bytes=str(CEPH_OSD_BYTES))
    conf = "/etc/ceph/ceph.conf"
    text = f"[global]\nfsid = {told['fsid']}\nmon host = {address}\nauth client required = cephx\n"
    options = {"rbd_store_pool": PLACE, "rbd_store_user": "glance", "rbd_store_ceph_conf": conf}
    facts = {"fsid": told["fsid"], "mon_host": address, "pool": PLACE}
    keyring = f"[client.glance]\nkey = {told['key']}\n"
    files = {conf: text, "/etc/ceph/ceph.client.glance.keyring": keyring}
    return Store(address, options, facts, {"user": "client.glance", "key": told["key"]}, files)


def start_nfs(site: Site) -> Store:
    """Start an NFS server that every host of the lab may mount from."""
    require_nfs(site.run, FILESYSTEMS)
    site.execute("nfs", directory=NFS_DIRECTORY, subnet=site.lab.subnet)
    export = f"{site.host.ip}:{NFS_DIRECTORY}"
    options = {"filesystem_store_datadir": "/var/lib/glance/images"}
    return Store(export, options, {"export": export, "mount": f"mount -t nfs4 {export} /var/lib/glance/images"})


def require_nfs(run: Run, filesystems: Path) -> None:
    """Refuse where the kernel has no NFS; loading it would change the whole machine, so that is left to its owner.

    Raises:
        LabError: The kernel lacks the server, the client, or both.
    """
    missing = sorted(NFS - {line.split()[-1] for line in filesystems.read_text().splitlines() if line.strip()})
    if not missing:
        return
    try:
        run(["modprobe", "--dry-run", "--quiet", "--all", "nfsd", "nfsv4"])
    except LabError:
        hint = "It has no modules for it either: use a machine whose kernel has NFS."
    else:
        hint = "Run: modprobe --all nfsd nfsv4"
    raise LabError(f"This machine's kernel has no NFS ({', '.join(missing)} missing in {filesystems}).", hint)


def to_text(told: Mapping[str, Any]) -> str:
    """Say for people how Glance would use a store."""
    lines = [f"{told['kind']} runs on host {told['host']} of lab {told['lab']}: {told['address']}"]
    lines += [f"  {name}: {text}" for name, text in told["facts"].items()]
    lines += ["", "In the store's section of glance-api.conf:", ""]
    lines += [f"{name} = {text}" for name, text in told["options"].items()]
    for path, text in told["files"].items():
        lines += ["", f"On Glance's host, {path}:", "", text.rstrip()]
    return "\n".join(lines)


KINDS: Mapping[str, Callable[[Site], Store]] = {
    "swift": start_swift,
    "s3": start_s3,
    "ceph": start_ceph,
    "nfs": start_nfs,
}
