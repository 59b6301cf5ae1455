#!/usr/bin/env python3
"""The floor: the end state of by-hand.sh for the least that it can cost, with no tool at all.

Runs on the host as root with the administrator's openrc in the environment. Nothing is checked before it is done, and
what is independent of the packages is done beside them. Prints seconds per step and TOTAL, as by-hand.sh does.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import subprocess
import time
import urllib.request
from pathlib import Path

import pymysql
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

PASSWORD = {"password": "GLANCE_PASS"}
IMAGE_FILE = Path("/root/cirros.img")
HEALTH = "http://controller:9292/healthcheck"
CONFIG = Path("/etc/glance/glance-api.conf")
WANTED = {
    "database": {"connection": "mysql+pymysql://glance:GLANCE_DBPASS@controller/glance"},
    "keystone_authtoken": {
        "www_authenticate_uri": "http://controller:5000",
        "auth_url": "http://controller:5000",
        "memcached_servers": "controller:11211",
        "auth_type": "password",
        "project_domain_name": "Default",
        "user_domain_name": "Default",
        "project_name": "service",
        "username": "glance",
        **PASSWORD,
        "region_name": "RegionOne",
    },
    "paste_deploy": {"flavor": "keystone"},
    "glance_store": {
        "stores": "file,http",
        "default_store": "file",
        "filesystem_store_datadir": "/var/lib/glance/images/",
    },
}


def main() -> None:
    """Do it, and say what each step took."""
    clock = Clock()
    packages = start_packages()
    make_database()
    clock.step("database (beside the packages)")
    session = log_in()
    make_identity(session)
    clock.step("identity (beside the packages)")
    if packages.wait():
        raise SystemExit("apt-get failed")
    clock.step("packages (the rest)")
    write_config()
    clock.step("configuration")
    run("runuser", "-u", "glance", "--", "glance-manage", "db_sync")
    clock.step("db_sync")
    run("systemctl", "enable", "--now", "glance-api")
    wait_until_healthy()
    clock.step("service")
    upload(session)
    clock.step("upload")
    print(f"TOTAL {time.monotonic() - clock.began:.2f}")


class Clock:
    """Tells how long each step took."""

    def __init__(self) -> None:
        self.began = self.last = time.monotonic()

    def step(self, title: str) -> None:
        """End a step."""
        now = time.monotonic()
        print(f"{now - self.last:7.2f}  {title}", flush=True)
        self.last = now


def run(*argv: str) -> None:
    """Run a program to its end, without its output."""
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_packages() -> subprocess.Popen[bytes]:
    """Start apt. A service that is not configured yet need not start: policy-rc.d says so."""
    policy = Path("/usr/sbin/policy-rc.d")
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    install = "apt-get install -yq --no-install-recommends glance; code=$?; rm /usr/sbin/policy-rc.d; exit $code"
    return subprocess.Popen(
        ["/bin/sh", "-c", install],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def make_database() -> None:
    """Make the database and its two accounts, over the socket."""
    connection = pymysql.connect(unix_socket="/run/mysqld/mysqld.sock", user="root")
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE glance")
        for host in ("localhost", "%"):
            cursor.execute("GRANT ALL ON glance.* TO 'glance'@%s IDENTIFIED BY 'GLANCE_DBPASS'", (host,))


def log_in() -> Session:
    """Log in as the administrator of the openrc."""
    names = ("auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")
    return Session(auth=v3.Password(**{name: os.environ[f"OS_{name.upper()}"] for name in names}))


def make_identity(session: Session) -> None:
    """Make the user, its role, the service and its three endpoints."""

    def create(kind: str, **body: object) -> str:
        answer = session.post(f"/{kind}s", json={kind: body}, endpoint_filter=identity)
        return str(answer.json()[kind]["id"])

    def find(kind: str, name: str) -> str:
        answer = session.get(f"/{kind}s?name={name}", endpoint_filter=identity)
        return str(answer.json()[f"{kind}s"][0]["id"])

    identity = {"service_type": "identity", "interface": "public", "version": 3}
    user = create("user", name="glance", domain_id="default", **PASSWORD)
    project, role = find("project", "service"), find("role", "admin")
    session.put(f"/projects/{project}/users/{user}/roles/{role}", endpoint_filter=identity)
    service = create("service", name="glance", type="image", description="OpenStack Image")
    for interface in ("public", "internal", "admin"):
        url = "http://controller:9292"
        create("endpoint", service_id=service, region_id="RegionOne", interface=interface, url=url)


def write_config() -> None:
    """Write what the guides write."""
    config = configparser.RawConfigParser(strict=False)
    config.read(CONFIG)
    for section, options in WANTED.items():
        if not config.has_section(section):
            config.add_section(section)
        for key, value in options.items():
            config.set(section, key, value)
    with CONFIG.open("w") as stream:
        config.write(stream)


def wait_until_healthy() -> None:
    """Wait until the service answers."""
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(HEALTH):
            return
        time.sleep(0.1)
    raise SystemExit(f"{HEALTH} does not answer")


def upload(session: Session) -> None:
    """Upload a disk image as everybody's, and see that it is active."""
    run("qemu-img", "create", "-f", "qcow2", str(IMAGE_FILE), "20M")
    image = "http://controller:9292/v2/images"
    wish = {"name": "cirros", "disk_format": "qcow2", "container_format": "bare", "visibility": "public"}
    made = session.post(image, json=wish).json()["id"]
    octets = {"Content-Type": "application/octet-stream"}
    session.put(f"{image}/{made}/file", data=IMAGE_FILE.read_bytes(), headers=octets)
    if session.get(f"{image}/{made}").json()["status"] != "active":
        raise SystemExit("the image is not active")


if __name__ == "__main__":
    main()
