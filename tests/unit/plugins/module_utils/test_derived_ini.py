"""A package's ini file with options of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._derived_ini import bring, derived
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

PASTE = "# theirs\n[composite:api]\n/: app\n[filter:cors]\npaste.filter_factory = a:b\noslo_config_project = glance\n"


def run(argv: Any) -> tuple[int, str, str]:
    raise AssertionError(argv)


def params(path: Path, **options: Any) -> dict[str, Any]:
    me = {"owner": path.owner(), "group": path.group(), "mode": "0640"}
    return {"path": str(path / "ours.ini"), "source": str(path / "theirs.ini"), "options": options, **me}


def test_options_are_set_and_taken_away_and_the_rest_stays() -> None:
    text = derived(PASTE, {"filter:cors": {"max_age": 5, "oslo_config_project": None}}, "theirs.ini")
    assert "/ = app" in text
    assert "paste.filter_factory = a:b\nmax_age = 5" in text
    assert "oslo_config_project" not in text


def test_a_section_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(DeployError, match=r"theirs\.ini has no section \[filter:cross\]") as caught:
        derived(PASTE, {"filter:cross": {"a": 1}}, "theirs.ini")
    assert "filter:cors" in caught.value.hint


def test_what_is_no_ini_file_is_told() -> None:
    with pytest.raises(DeployError, match="is no ini file"):
        derived("nothing\n", {}, "theirs.ini")


def test_the_source_is_left_alone_and_a_second_time_nothing_is_due(tmp_path: Path) -> None:
    (tmp_path / "theirs.ini").write_text(PASTE)
    wish = params(tmp_path, **{"filter:cors": {"max_age": 5}})
    context = Context(run)
    assert bring(wish, Context(run, check_mode=True)).plan
    assert not (tmp_path / "ours.ini").exists()
    assert bring(wish, context).plan
    assert context.touched == [str(tmp_path / "ours.ini")]
    assert not bring(wish, Context(run)).plan
    assert (tmp_path / "theirs.ini").read_text() == PASTE


def test_a_missing_source_is_told_but_not_while_its_package_is_to_come(tmp_path: Path) -> None:
    wish = params(tmp_path, **{"filter:cors": {"max_age": 5}})
    assert not bring(wish, Context(run, check_mode=True, tentative=True)).plan
    with pytest.raises(DeployError, match="is missing"):
        bring(wish, Context(run))
