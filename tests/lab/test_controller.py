"""deploy.py --controller on a Debian 13 host, as a user with sudo, with passwords that break what is not escaped."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from .conftest import ANSIBLE, ROOT, Lab, Outcome, execute, totals

PASSWORD = "p@ss/w:rd%$#'\"\\ é"
PASSWORDS = {"glance_database_password": PASSWORD, "glance_service_password": f"{PASSWORD} too"}
# What the value looks like where somebody escaped it: in a URL, and there for oslo.config, and in JSON.
SPELLINGS = (PASSWORD, urllib.parse.quote(PASSWORD, safe=""), PASSWORD.replace("$", "$$"), "p@ss/w:rd")
# Looks at every command line on the host until it is stopped, for the secret on its standard input.
SPY = r"""
import pathlib, sys, time
needles = [line.encode() for line in sys.stdin.read().splitlines()]
while not pathlib.Path('/run/spy-stop').exists():
    for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
        try: words = path.read_bytes()
        except OSError: continue
        if any(needle in words for needle in needles):
            with open('/run/spy-found', 'ab') as found: found.write(words + b'\n')
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def lab(make_lab: Callable[..., Lab]) -> Lab:
    lab = make_lab("test-controller", "--baked", "--suite", "trixie")
    host = next(iter(lab.hosts))
    lab.ssh(host, "cat > /run/spy.py", stdin=SPY)
    lab.ssh(host, "cat > /run/spy-needles; chmod 600 /run/spy-needles", stdin="\n".join(SPELLINGS))
    lab.ssh(host, "systemd-run --quiet --unit spy sh -c 'python3 /run/spy.py < /run/spy-needles'")
    return lab


@pytest.fixture(scope="module")
def host(lab: Lab) -> str:
    return next(iter(lab.hosts))


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vars") / "secrets.yml"
    path.write_text(yaml.safe_dump(PASSWORDS, allow_unicode=True), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def check(lab: Lab, host: str, variables: Path) -> Outcome:
    """Check mode, before anything is deployed."""
    return lab.deploy(host, "--vars-file", str(variables), "--check")


@pytest.fixture(scope="module")
def first(lab: Lab, host: str, variables: Path, check: Outcome) -> Outcome:
    del check
    return lab.deploy(host, "--vars-file", str(variables), "-v")


def test_check_mode_on_a_fresh_host_tells_changes_and_makes_none(check: Outcome) -> None:
    check.expect()
    assert check.report["changed"] > 0


def test_deploys_as_a_user_with_sudo(first: Outcome) -> None:
    first.expect()
    (verification,) = first.report["verification"].values()
    assert verification["roundtrip"]["identical"]
    assert verification["units"][0]["workers"] == 2


def test_the_second_run_changes_nothing(lab: Lab, host: str, variables: Path, first: Outcome) -> None:
    first.expect()
    second = lab.deploy(host, "--vars-file", str(variables))
    second.expect()
    assert second.report["changed"] == 0


def test_check_mode_on_a_deployed_host_shows_no_change(lab: Lab, host: str, variables: Path, first: Outcome) -> None:
    first.expect()
    check = lab.deploy(host, "--vars-file", str(variables), "--check")
    check.expect()
    assert check.report["changed"] == 0


def test_the_other_door_finds_nothing_to_change(lab: Lab, host: str, variables: Path, first: Outcome) -> None:
    """ansible-playbook with the inventory that deploy.py wrote, and thus with the same secrets."""
    first.expect()
    inventory = ROOT / ".glance-deploy" / lab.hosts[host] / "inventory.yml"
    outcome = execute(ANSIBLE, "-i", inventory, "-e", f"@{variables}", "--diff", "site.yml")
    outcome.expect()
    assert (totals(outcome)["changed"], totals(outcome)["failed"]) == (0, 0), outcome


def test_the_guides_own_commands_work(lab: Lab, host: str, first: Outcome) -> None:
    first.expect()
    images = lab.read(host, ". /root/admin-openrc && openstack image list -f value -c Status")
    assert images == "active"
    endpoints = lab.read(host, ". /root/admin-openrc && openstack endpoint list --service image -f value -c Interface")
    assert sorted(endpoints.split()) == ["admin", "internal", "public"]
    assert len(lab.read(host, "mariadb -NBe 'show tables' glance").split()) == 16
    for verb, answer in (("is-enabled", "enabled"), ("is-active", "active")):
        assert lab.read(host, f"systemctl {verb} glance-api") == answer


def test_no_secret_is_seen_anywhere(lab: Lab, host: str, first: Outcome) -> None:
    first.expect()
    state = ROOT / ".glance-deploy" / lab.hosts[host]
    here = [
        first.stdout,
        first.stderr,
        *(path.read_text() for path in state.rglob("*.log")),
        (state / "report.json").read_text(),
    ]
    assert not [spelling for spelling in SPELLINGS for text in here if spelling in text]
    lab.ssh(host, "touch /run/spy-stop")
    assert lab.ssh(host, "cat /run/spy-found").stdout == ""
    grep = "grep -rlsaF -f /run/spy-needles"
    assert lab.ssh(host, "journalctl --no-pager | grep -aF -f /run/spy-needles").stdout == ""
    assert lab.ssh(host, f"{grep} /var/log /tmp /root/.ansible /home/deploy").stdout == ""
    holding = lab.ssh(
        host, f"{grep} /etc /var/backups /root /var/lib/glance-deploy /var/cache/glance-deploy"
    ).stdout.split()
    modes = {path: lab.read(host, f"stat -c %a {path}") for path in holding}
    assert modes
    assert all(re.fullmatch("6[04]0", mode) for mode in modes.values()), modes
