"""Files that are not wished any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _absent_files
from ansible_collections.glance_deploy.openstack.plugins.module_utils._absent_files import bring
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context


def run(argv: Any) -> tuple[int, str, str]:
    raise AssertionError(argv)


@pytest.fixture(autouse=True)
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(_absent_files, "BACKUPS", str(tmp_path / "backups"))
    return tmp_path / "backups"


def test_it_is_removed_and_a_copy_is_kept(tmp_path: Path, backups: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text("ours\n")
    wish = {"paths": [str(ours), str(tmp_path / "never.yaml")]}
    assert [step.subject for step in bring(wish, Context(run, check_mode=True)).plan.steps] == [str(ours)]
    assert ours.exists()
    context = Context(run)
    assert bring(wish, context).plan
    assert (ours.exists(), context.touched) == (False, [str(ours)])
    (kept,) = backups.iterdir()
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == ("ours\n", 0o640)
    assert not bring(wish, Context(run)).plan


def test_what_is_no_plain_file_stays(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="Cannot read"):
        bring({"paths": [str(tmp_path)]}, Context(run))
