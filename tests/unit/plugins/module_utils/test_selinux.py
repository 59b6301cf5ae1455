"""Labels of SELinux: set where they differ, asked for nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import ABSENT, DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from ansible_collections.glance_deploy.openstack.plugins.module_utils._selinux import bring, type_of

from tests.unit.plugins.fake_run import FakeRun

WISH = {"paths": ["/srv/images"], "type": "glance_var_lib_t"}


def test_without_selinux_nothing_is_due(tmp_path: Path) -> None:
    run = FakeRun()
    assert not bring(WISH, Context(run), enabled=tmp_path / "none", read=lambda _: "var_t").plan
    assert run.commands == []


def test_a_directory_of_another_type_is_labelled_for_good(tmp_path: Path) -> None:
    run = FakeRun()
    outcome = bring(WISH, Context(run), enabled=tmp_path, read=lambda _: "var_t")
    assert outcome.plan.titles() == ["label: directory /srv/images"]
    assert run.commands == [
        "semanage fcontext --add --type glance_var_lib_t /srv/images(/.*)?",
        "restorecon -R /srv/images",
    ]


def test_the_right_type_and_check_mode_run_nothing(tmp_path: Path) -> None:
    run = FakeRun()
    assert not bring(WISH, Context(run), enabled=tmp_path, read=lambda _: "glance_var_lib_t").plan
    assert bring(WISH, Context(run, check_mode=True), enabled=tmp_path, read=lambda _: "var_t").plan
    assert run.commands == []


def test_a_rule_that_is_there_already_is_used(tmp_path: Path) -> None:
    run = FakeRun({"semanage": (1, "", "ValueError: File context for /srv/images(/.*)? already defined")})
    bring(WISH, Context(run), enabled=tmp_path, read=lambda _: "var_t")
    assert run.commands[-1] == "restorecon -R /srv/images"


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    run = FakeRun({"semanage": FileNotFoundError(2, "No such file or directory")})
    with pytest.raises(DeployError) as failed:
        bring(WISH, Context(run), enabled=tmp_path, read=lambda _: "var_t")
    assert failed.value.hint == "Install policycoreutils-python-utils."


def test_a_file_without_a_label_has_no_type(tmp_path: Path) -> None:
    assert type_of(str(tmp_path / "none")) == ABSENT
