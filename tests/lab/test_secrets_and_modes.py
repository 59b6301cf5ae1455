"""Who may read what after a deploy, and that no secret lies or shows anywhere else, on the host and on this machine."""

from __future__ import annotations

import json
import shlex
import urllib.parse
from collections.abc import Iterable
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.lookup.secret import VaultFile

from .conftest import ANSIBLE, PASSWORD, PASSWORDS, PLANTED, Controller, Outcome, execute

# Everything that we write or whose secrecy matters: owner, group, mode. A star stands for every file that is there.
HOST_TABLE = {
    "/etc/glance": "glance glance 750",
    "/etc/glance/glance-api.conf": "root glance 640",
    "/etc/glance/glance-swift.conf": "root glance 640",
    "/etc/glance/glance-cache.conf": "root glance 640",
    "/etc/glance/glance-image-import.conf": "root glance 640",
    "/etc/keystone": "keystone keystone 750",
    "/etc/keystone/keystone.conf": "root keystone 640",
    "/etc/keystone/fernet-keys": "keystone keystone 700",
    "/etc/keystone/fernet-keys/*": "keystone keystone 600",
    "/etc/keystone/credential-keys": "keystone keystone 700",
    "/etc/keystone/credential-keys/*": "keystone keystone 600",
    "/etc/mysql/debian.cnf": "root root 600",
    "/etc/mysql/mariadb.conf.d/90-glance-deploy.cnf": "root root 644",
    "/etc/memcached.conf": "root root 644",
    "/etc/systemd/system/glance-api.service.d/glance-deploy.conf": "root root 644",
    "/root/admin-openrc": "root root 600",
    "/root/.config/openstack/clouds.yaml": "root root 600",
    "/var/backups/glance-deploy": "root root 700",
    "/var/backups/glance-deploy/glance-api.conf.*": "root glance 640",
    "/var/backups/glance-deploy/keystone.conf.*": "root keystone 640",
    "/var/lib/glance-deploy": "root root 700",
    "/var/lib/glance-deploy/known-good": "root root 700",
    "/var/lib/glance-deploy/known-good/*": "root root 600",
    "/var/lib/glance": "glance glance 750",
    "/var/lib/glance/images": "glance glance 750",
    "/var/lib/glance/images/*": "glance glance 640",
    "/var/lib/glance/staging": "glance glance 750",
    "/var/lib/glance/tasks": "glance glance 750",
    "/var/lib/keystone": "keystone keystone 750",
    "/var/lib/mysql/glance": "mysql mysql 700",
    "/var/lib/mysql/keystone": "mysql mysql 700",
    "/var/log/glance": "glance adm 750",
    "/var/log/keystone": "keystone adm 750",
    "/run/glance-deploy": "root root 700",
}
# No other file on the host may hold a secret, but the versions of these that we keep.
HOLDERS = {
    "/etc/glance/glance-api.conf",
    "/etc/keystone/keystone.conf",
    "/root/admin-openrc",
    "/root/.config/openstack/clouds.yaml",
}
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDUmYbTpaVJ5u6fXqKYx0yUCZlXoWOSgtbBpPM1Tne5Q"
BACKUPS = "/var/backups/glance-deploy/"
KNOWN_GOOD = "/var/lib/glance-deploy/known-good/"
CLOSED = (*HOLDERS, "/etc/mysql/debian.cnf", "/etc/keystone/fernet-keys/0", "/etc/keystone/credential-keys/0")
# Those files are private by the directory around them.
STATE_MODES = {".lock": "644", "run.lock": "644", "logs": "700", "runs": "700", "facts": "700"}
# Programs whose environment may hold the administrator's first password: keystone-manage takes it from no other hidden
# place, and only root and keystone can look.
BOOTSTRAP = {"runuser", "/usr/bin/python3 /usr/bin/keystone-manage"}


@pytest.fixture(scope="module")
def needles(controller: Controller) -> list[str]:
    """Every secret of this environment, in each way of writing that somebody might have used."""
    controller.first.expect()
    values = {*VaultFile(controller.state).read().values(), *PASSWORDS.values()}
    assert len(values) >= 5
    found = {spelling for value in values for spelling in spellings(value)}
    return sorted({*found, PASSWORD.partition("%")[0], (controller.state / "vault.key").read_text().strip()})


def spellings(value: str) -> Iterable[str]:
    """As it is, in a URL, for oslo.config, in JSON, for a shell."""
    in_json = (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    return (value, urllib.parse.quote(value, safe=""), value.replace("$", "$$"), shlex.quote(value), *in_json)


def test_modes_on_the_host(controller: Controller) -> None:
    controller.first.expect()
    ask = "; ".join(f"stat --format '%U %G %a' {path} | sort -u | paste -sd," for path in HOST_TABLE)
    assert dict(zip(HOST_TABLE, controller.read(ask).splitlines(), strict=True)) == HOST_TABLE


def test_modes_on_this_machine(controller: Controller) -> None:
    controller.first.expect()
    modes = {path: f"{path.lstat().st_mode & 0o777:o}" for path in controller.state.rglob("*") if not path.is_symlink()}
    facts = {path for path in modes if path.parent.name == "facts"}
    wrong = {path: mode for path, mode in modes.items() if mode != STATE_MODES.get(path.name, "600")}
    assert {wrong.pop(path) for path in facts} == {"644"}
    assert not wrong
    assert {path.stat().st_mode & 0o777 for path in (controller.state, controller.state.parent)} == {0o700}


@pytest.mark.parametrize("user", ["nobody", "deploy"])
def test_others_cannot_read_them(controller: Controller, user: str) -> None:
    """One file that everybody may read shows that the question is asked rightly."""
    controller.first.expect()
    kept = (f"{BACKUPS}*", f"{KNOWN_GOOD}*")
    paths = " ".join([*CLOSED, *kept, "/var/lib/glance/images/*", "/var/log/glance/*", "/etc/hostname"])
    ask = f"for file in {paths}; do runuser -u {user} -- cat $file >/dev/null 2>&1 && echo $file; done; true"
    assert controller.read(ask) == "/etc/hostname"


def test_no_process_showed_a_secret(controller: Controller, needles: list[str]) -> None:
    witness = controller.witness
    assert "sh" in witness.arguments_with(PLANTED[:1])
    assert "sleep" in witness.environments_with(PLANTED[1:])
    assert witness.arguments_with(needles) == set()
    assert witness.environments_with(needles) <= BOOTSTRAP


def test_no_file_on_the_host_holds_a_secret_but_those_that_must(controller: Controller, needles: list[str]) -> None:
    places = "/etc /home /opt /root /run /srv /tmp /usr/local /var"
    found = controller.ssh(f"grep -rlsaF -f - {places}", stdin="\n".join(needles)).stdout.splitlines()
    assert {path for path in found if not path.startswith((BACKUPS, KNOWN_GOOD))} == HOLDERS


def test_no_log_holds_a_secret(controller: Controller, needles: list[str]) -> None:
    """The journal keeps long texts compressed, so that grep would not find them in its files."""
    controller.ssh("logger --tag planted", stdin=PLANTED[0])
    journal = controller.read("journalctl --no-pager --all --output=json")
    assert PLANTED[0] in journal
    runs = (controller.check, controller.first)
    texts = [journal, *(text for run in runs for text in (run.stdout, run.stderr))]
    assert not [needle for needle in needles for text in texts if needle in text]


def test_no_file_on_this_machine_holds_a_secret(controller: Controller, needles: list[str]) -> None:
    places = [controller.state, Path.home() / ".ansible" / "tmp"]
    outcome = execute("grep", "-rlsaF", "-f", "-", *places, stdin="\n".join(needles))
    assert outcome.stdout.splitlines() == [str(controller.state / "vault.key")]
    assert not list(controller.state.glob("run-*"))


@pytest.mark.parametrize("known", ["", f"{{}} {OTHER_KEY}\n"], ids=["an unknown host", "a changed key"])
def test_ansible_refuses_a_host_that_it_does_not_know(controller: Controller, tmp_path: Path, known: str) -> None:
    """With the clone's ansible.cfg alone: no key, then a key that is not the host's, then the right one."""
    address = controller.lab.hosts[controller.host]
    (tmp_path / "known_hosts").write_text(known.format(address))
    refused = ping(controller, tmp_path / "known_hosts")
    assert "Host key verification failed" in refused.stdout + refused.stderr
    refused.expect(4)
    ping(controller, controller.lab.directory / "known_hosts").expect()


def ping(controller: Controller, known_hosts: Path) -> Outcome:
    """Log in with Ansible, over a connection of its own that asks nobody."""
    ssh = f"-o ControlPath=none -o BatchMode=yes -o UserKnownHostsFile={known_hosts}"
    key = controller.lab.directory / "id_ed25519"
    login = ("--inventory", f"{controller.lab.hosts[controller.host]},", "--user", "deploy", "--private-key", key)
    return execute(ANSIBLE.with_name("ansible"), "all", *login, f"--ssh-common-args={ssh}", "--module-name", "ping")
