"""Every release that a lab host can run: deployed, proved, and found as it should be by the second run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Case, Deployed

CASES = (
    Case("victoria", "bullseye", "package", "uwsgi"),
    Case("zed", "bookworm", "package", "eventlet"),
    Case("epoxy", "trixie", "package", "eventlet"),
    Case("2025.2", "trixie", "venv", "eventlet"),
    Case("2026.1", "trixie", "venv", "eventlet"),
    Case("2026.2", "trixie", "venv", "uwsgi"),
    Case("pike", "bullseye", "venv", "eventlet"),
    Case("rocky", "bullseye", "venv", "eventlet"),
    Case("stein", "bullseye", "venv", "eventlet"),
    Case("train", "bullseye", "venv", "eventlet"),
    Case("ussuri", "bullseye", "venv", "eventlet"),
    Case("victoria", "bullseye", "venv", "eventlet"),
    Case("wallaby", "bullseye", "venv", "eventlet"),
    Case("xena", "bullseye", "venv", "eventlet"),
    Case("yoga", "bullseye", "venv", "eventlet"),
    Case("zed", "bookworm", "venv", "eventlet"),
    Case("2023.1", "bookworm", "venv", "eventlet"),
    Case("2023.2", "bullseye", "venv", "eventlet"),
    Case("2024.1", "bookworm", "venv", "eventlet"),
    Case("2024.2", "bookworm", "venv", "eventlet"),
    Case("2025.1", "bookworm", "venv", "eventlet"),
)
REGISTRY = tuple(case for case in CASES if case.release in ("pike", "rocky", "stein"))
OLDER, NEWER = CASES[4], CASES[5]
names = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
with_registry = pytest.mark.parametrize("case", REGISTRY, ids=lambda case: case.name)
on_older = pytest.mark.parametrize("case", [OLDER], ids=lambda case: case.name)
Get = Callable[[Case], Deployed]


@pytest.mark.variables("glance_release", "glance_install_method")
@names
def test_it_is_proved_and_idempotent(deployed: Get, case: Case) -> None:
    one = deployed(case)
    found = one.verification
    assert (found["server"], found["method"]) == (case.server, case.method)
    assert [unit["workers"] for unit in found["units"]] == [2] * (2 if case in REGISTRY else 1)
    assert found["roundtrip"]["sha512_local"] == found["roundtrip"]["sha512_downloaded"]
    assert one.second.report["changed"] == 0


@pytest.mark.variables("glance_workers", "glance_bind_host", "glance_bind_port")
@names
def test_what_is_set_takes_effect(deployed: Get, case: Case) -> None:
    """Workers, address, port and log file, which some servers read elsewhere than from glance-api.conf."""
    one = deployed(case)
    address = one.lab.hosts[one.host]
    options = [
        *case.options,
        "--set",
        "glance_workers=3",
        "--set",
        f"glance_bind_host={address}",
        "--set",
        "glance_bind_port=9393",
    ]
    before = one.read("stat --format %s /var/log/glance/glance-api.log")
    one.lab.deploy(one.host, *options).expect()
    assert f"{address}:9393" in one.read("ss --listening --tcp --numeric --no-header")
    assert ":9292" not in one.read("ss --listening --tcp --numeric --no-header")
    main = one.read("systemctl show --property MainPID --value glance-api")
    assert one.read(f"pgrep --count --parent {main}") == "3"
    assert int(one.read("stat --format %s /var/log/glance/glance-api.log")) > int(before)
    one.lab.deploy(one.host, *case.options).expect()


@with_registry
def test_only_the_registry_talks_to_the_database(deployed: Get, case: Case) -> None:
    one = deployed(case)
    # Whatever port a connection comes from belongs to a process of the registry.
    one.read(". /root/admin-openrc && openstack image list")
    talking = one.read("ss --tcp --numeric --processes --no-header dst :3306 or src :3306 | grep -v mariadbd || true")
    assert "glance-registry" in talking or "glance-registr" in talking
    assert "glance-api" not in talking


@with_registry
def test_without_the_registry_the_api_answers_no_list(deployed: Get, case: Case) -> None:
    one = deployed(case)
    one.read("systemctl stop glance-registry")
    assert one.lab.ssh(one.host, ". /root/admin-openrc && openstack image list").code
    one.lab.deploy(one.host, *case.options).expect()
    one.read(". /root/admin-openrc && openstack image list")


@on_older
def test_an_index_that_does_not_answer_is_told_before_anything_is_changed(deployed: Get, case: Case) -> None:
    one = deployed(case)
    one.read("printf '[global]\nindex-url = http://127.0.0.1:1/simple\n' > /etc/pip.conf; touch /root/before")
    try:
        told = one.lab.deploy(one.host, *NEWER.options).expect(3)
    finally:
        one.read("rm /etc/pip.conf")
    assert "package index http://127.0.0.1:1/simple" in told.stdout + told.stderr
    assert one.read("readlink /opt/glance").startswith("glance-32.")
    assert not one.read("find /etc /usr /opt /var/lib/glance -newer /root/before -type f")


@on_older
def test_without_a_release_a_host_stays_with_its_own(deployed: Get, case: Case) -> None:
    one = deployed(case)
    again = one.lab.deploy(one.host, "--set", "glance_install_method=venv").expect()
    assert again.report["changed"] == 0
    assert one.read("readlink /opt/glance").startswith("glance-32.")
