"""deploy.py --controller on a Debian 13 host, as a user with sudo, with passwords that break what is not escaped."""

from __future__ import annotations

from .conftest import ANSIBLE, Controller, execute, totals


def test_check_mode_on_a_fresh_host_tells_changes_and_makes_none(controller: Controller) -> None:
    check = controller.check.expect()
    assert check.report["changed"] > 0


def test_deploys_as_a_user_with_sudo(controller: Controller) -> None:
    (verification,) = controller.first.expect().report["verification"].values()
    assert verification["roundtrip"]["identical"]
    assert verification["units"][0]["workers"] == 2


def test_the_second_run_changes_nothing(controller: Controller) -> None:
    controller.first.expect()
    second = controller.deploy()
    second.expect()
    assert second.report["changed"] == 0


def test_check_mode_on_a_deployed_host_shows_no_change(controller: Controller) -> None:
    controller.first.expect()
    check = controller.deploy("--check")
    check.expect()
    assert check.report["changed"] == 0


def test_the_other_door_finds_nothing_to_change(controller: Controller) -> None:
    """ansible-playbook with the inventory that deploy.py wrote, and thus with the same secrets."""
    controller.first.expect()
    inventory = controller.state / "inventory.yml"
    outcome = execute(ANSIBLE, "-i", inventory, "-e", f"@{controller.variables}", "--diff", "site.yml")
    outcome.expect()
    assert (totals(outcome)["changed"], totals(outcome)["failed"]) == (0, 0), outcome


def test_the_guides_own_commands_work(controller: Controller) -> None:
    controller.first.expect()
    images = controller.read(". /root/admin-openrc && openstack image list -f value -c Status")
    assert images == "active"
    endpoints = controller.read(". /root/admin-openrc && openstack endpoint list --service image -f value -c Interface")
    assert sorted(endpoints.split()) == ["admin", "internal", "public"]
    assert len(controller.read("mariadb -NBe 'show tables' glance").split()) == 16
    for verb, answer in (("is-enabled", "enabled"), ("is-active", "active")):
        assert controller.read(f"systemctl {verb} glance-api") == answer
