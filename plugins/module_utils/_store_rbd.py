# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a Ceph pool can be reached with a user's key."""

from __future__ import annotations

import configparser
import json
import re
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._resource import Context
from ._store_web import Fault

# Seconds that librados may wait for monitors: without them it waits for five minutes.
PATIENCE = 8
PORTS = (3300, 6789)
# Run apart from us: librados is not to be loaded into this process, and it may hang.
SCRIPT = r"""
import json, sys
try:
    import rados
except ImportError:
    print(json.dumps({"fault": "library"})); sys.exit()
asked = json.load(sys.stdin)
limits = ("client_mount_timeout", "rados_mon_op_timeout", "rados_osd_op_timeout")
conf = {name: asked["patience"] for name in limits}
if "keyring" in asked:
    conf["keyring"] = asked["keyring"]
def told():
    try:
        with rados.Rados(conffile=asked["conf"], name="client." + asked["user"], conf=conf) as cluster:
            if not cluster.pool_exists(asked["pool"]):
                return {"fault": "pool"}
            question = json.dumps({"prefix": "df", "detail": "detail", "format": "json"})
            code, output, _ = cluster.mon_command(question, b"")
            pools = json.loads(output)["pools"] if not code else []
            return {"stats": next((pool["stats"] for pool in pools if pool["name"] == asked["pool"]), {})}
    except (rados.PermissionError, rados.PermissionDeniedError):
        return {"fault": "key"}
    except rados.ObjectNotFound:
        return {"fault": "keyring"}
    except rados.Error as error:
        return {"fault": "reach", "reason": str(error)}
print(json.dumps(told()))
"""


def probe_rbd(settings: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Ask the monitors for the pool.

    Raises:
        Fault: Configuration or key are missing, no monitor answers, the key is refused, the pool is missing or full.
    """
    user, files = settings["user"], {"conf": Path(settings["ceph_conf"])}
    with tempfile.TemporaryDirectory(prefix="glance-deploy-") as work:
        for name, given in (("conf", settings.get("config")), ("keyring", settings.get("keyring"))):
            if given:
                files[name] = Path(work, name)
                files[name].write_text(given.rstrip("\n") + "\n", encoding="utf-8")
        if not files["conf"].is_file():
            raise Fault(f"there is no {files['conf']}", "Copy it from the cluster, or set config in glance_stores.")
        # Without one of ours, librados looks for the key where its configuration says.
        if "keyring" in files:
            _refuse_other_key(files["keyring"], user)
        asked = {name: str(path) for name, path in files.items()}
        asked.update(user=user, pool=settings["pool"], patience=str(PATIENCE))
        told = _ask(asked, context)
        if told.get("fault") == "library":
            return {"pool": f"not asked, since this host has no librados yet; {_reach(files['conf'])} answers"}
    _refuse(told, settings)
    return {"pool": "is there"}


def _ask(asked: Mapping[str, str], context: Context) -> dict[str, Any]:
    code, output, errors = context.run(["timeout", str(3 * PATIENCE), "python3", "-c", SCRIPT], stdin=json.dumps(asked))
    try:
        found: dict[str, Any] = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        reason = "no answer in time" if code == 124 else (errors.splitlines() or ["no reason"])[-1]  # noqa: PLR2004  # timeout(1)
        return {"fault": "reach", "reason": reason}
    return found


def _refuse(told: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    pool, user, fault = settings["pool"], settings["user"], told.get("fault")
    if fault == "pool":
        raise Fault(f"the cluster has no pool {pool}", f"Make it: ceph osd pool create {pool} && rbd pool init {pool}")
    if fault == "key":
        raise Fault(
            f"the monitors refuse the key of client.{user}",
            f"Take the right: ceph auth get-or-create client.{user} mon 'profile rbd' osd 'profile rbd pool={pool}'",
        )
    if fault == "keyring":
        mend = f"Copy it from the cluster (ceph auth get client.{user}), or set keyring in glance_stores."
        raise Fault(f"this host has no key of client.{user}", mend)
    if fault:
        mend = f"Check mon_host in {settings['ceph_conf']}, the monitors, and the firewall between them and this host."
        raise Fault(f"no monitor answers: {told.get('reason', '')}".rstrip(": "), mend)
    stats = told.get("stats") or {}
    limits = [int(stats[name]) for name in ("max_avail",) if name in stats]
    if stats.get("quota_bytes"):
        limits.append(int(stats["quota_bytes"]) - int(stats.get("stored", 0)))
    free = min(limits, default=None)
    if free is not None and free < max(settings["min_free_mb"], 1) * 1_000_000:
        mend = f"Add disks, remove images, or raise its quota: ceph osd pool set-quota {pool} max_bytes BYTES"
        raise Fault(f"the pool {pool} has {max(free, 0) // 1_000_000} MB left", mend)


def _refuse_other_key(keyring: Path, user: str) -> None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(keyring.read_text(encoding="utf-8"))
        key = parser.get(f"client.{user}", "key", fallback="")
    except (OSError, ValueError, configparser.Error):
        key = ""
    if not key:
        raise Fault(f"{keyring} has no key of client.{user}", f"Get it: ceph auth get client.{user}")


def _reach(conf: Path) -> str:
    """Return an address of a monitor that takes a connection."""
    parser = configparser.RawConfigParser(strict=False)
    mend = f"Check mon_host in {conf}, the monitors, and the firewall between them and this host."
    try:
        parser.read_string(conf.read_text(encoding="utf-8"))
        options = {name.replace(" ", "_"): value for name, value in parser["global"].items()}
    except (OSError, ValueError, KeyError, configparser.Error) as error:
        raise Fault(f"{conf} is no configuration of Ceph", mend) from error
    places = monitors(options.get("mon_host", ""))
    if not places:
        return "no monitor that it names"
    found = next((place for place in places if _is_open(place)), None)
    if found is None:
        raise Fault(f"no monitor of {', '.join(dict.fromkeys(host for host, _ in places))} answers", mend)
    return f"{found[0]}:{found[1]}"


def monitors(mon_host: str) -> list[tuple[str, int]]:
    """Return addresses and ports of `mon_host`: plain ones, or lists as [v2:ADDRESS:PORT/0,v1:ADDRESS:PORT/0]."""
    exact = re.findall(r"v[12]:(\[[\da-fA-F:.]+\]|[^\s,:\[\]/]+):(\d+)", mon_host)
    if exact:
        return [(host.strip("[]"), int(port)) for host, port in exact]
    found: list[tuple[str, int]] = []
    for word in re.split(r"[\s,;]+", mon_host.strip()):
        parts = re.fullmatch(r"(\[[^\]]+\]|[^:]+|[\da-fA-F:]+)(?::(\d+))?", word)
        if parts:
            ports = (int(parts[2]),) if parts[2] else PORTS
            found += [(parts[1].strip("[]"), port) for port in ports]
    return found


def _is_open(place: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(place, PATIENCE / 2):
            return True
    except OSError:
        return False
