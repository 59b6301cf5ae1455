"""Which Glance a host has: read from its libraries, and never replaced by something that does it harm unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._installation import (
    Installed,
    bring,
    read_installed,
    refuse_harm,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import RefusedError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun

LIBRARIES = {"venv": ["/opt/glance/site-packages"], "package": ["/usr/lib/python3/dist-packages"]}


def wish(method: str = "package", major: int = 30, **changes: Any) -> dict[str, Any]:
    names = {"distribution": "glance", "libraries": LIBRARIES, "switch": False, "switch_variable": "allow_it"}
    return {"method": method, "major": major, **names, **changes}


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("usr/lib/python3/dist-packages/glance-25.1.0.dist-info", Installed("package", "25.1.0")),
        ("usr/lib/python3/dist-packages/glance-21.0.0.egg-info", Installed("package", "21.0.0")),
        ("opt/glance/site-packages/glance-15.0.2-py2.7.egg-info", Installed("venv", "15.0.2")),
        ("usr/lib/python3/dist-packages/glance_store-4.1.0.dist-info", None),
        ("usr/lib/python3/dist-packages/glance-common-1.0.dist-info", None),
    ],
    ids=["wheel", "egg", "Python 2", "another distribution", "a longer name"],
)
def test_what_is_installed_is_read_from_its_metadata(
    tmp_path: Path, directory: str, expected: Installed | None
) -> None:
    (tmp_path / directory).mkdir(parents=True)
    assert read_installed(LIBRARIES, "glance", tmp_path) == expected


def test_the_method_in_use_is_the_first_that_has_something(tmp_path: Path) -> None:
    for place in (
        "opt/glance/site-packages/glance-33.0.0.dist-info",
        "usr/lib/python3/dist-packages/glance-30.0.0.dist-info",
    ):
        (tmp_path / place).mkdir(parents=True)
    assert read_installed(LIBRARIES, "glance", tmp_path) == Installed("venv", "33.0.0")


@pytest.mark.parametrize(
    ("found", "wished"),
    [
        (None, wish("venv", 15)),
        (Installed("package", "30.0.0"), wish()),
        (Installed("venv", "32.0.0"), wish("venv", 33)),
        (Installed("package", "30.0.0"), wish("venv", 33, switch=True)),
        (Installed("venv", "33.0.0"), wish("venv", 32, switch=True)),
    ],
    ids=["nothing there", "the same", "an upgrade", "another method, asked for", "a downgrade, asked for"],
)
def test_what_does_no_harm_is_let_through(found: Installed | None, wished: dict[str, Any]) -> None:
    refuse_harm(wished, found)


@pytest.mark.parametrize(
    ("found", "wished", "words", "mend"),
    [
        (Installed("package", "30.0.0"), wish("venv", 33), "and venv is asked for", "glance_install_method=package"),
        (Installed("venv", "33.0.0"), wish("package", 30), "and package is asked for", "glance_install_method=venv"),
        (Installed("venv", "33.0.0"), wish("venv", 32), "the older 32", "Leave the release as it is"),
        (Installed("package", "25.1.0"), wish(), "packages that are there are not upgraded", "leave the release unset"),
    ],
    ids=["packages to PyPI", "PyPI to packages", "a downgrade", "an upgrade of packages"],
)
def test_harm_is_refused_with_both_ways_out(found: Installed, wished: dict[str, Any], words: str, mend: str) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        refuse_harm(wished, found)
    assert mend in refused.value.hint
    assert "allow_it=true" in refused.value.hint or "Upgrade them" in refused.value.hint


def test_it_tells_what_is_there_and_changes_nothing() -> None:
    nowhere = wish(libraries={"venv": ["/nowhere"]})
    assert bring(nowhere, Context(FakeRun())).report == {}
