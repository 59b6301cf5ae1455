"""An environment from PyPI: built apart, put into use in one step, built again where it was not finished."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._python_environment import (
    Builder,
    _unpack_samples,
    bring,
    build_path,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun


def wish(path: Path, **changes: Any) -> dict[str, Any]:
    given = {"python": "python3", "constraints": "oslo.db==18.0.0\n", "samples_from_source": False, "proxy": ""}
    return {"path": str(path), "requirements": ["glance==33.0.0", "PyMySQL"], **given, **changes}


def programs(params: dict[str, Any], **scripts: Any) -> FakeRun:
    """Return programs of which `python3 -m venv` makes what the real one would."""

    def venv() -> tuple[int, str, str]:
        (build_path(params) / "lib" / "python3.13" / "site-packages").mkdir(parents=True, exist_ok=True)
        return 0, "", ""

    return FakeRun({**scripts, "python3 -m venv": venv})


def test_it_is_built_beside_and_then_put_into_use(tmp_path: Path) -> None:
    params = wish(tmp_path / "glance")
    run = programs(params)
    host = Context(run)
    outcome = bring(params, host)
    home = build_path(params)
    assert outcome.plan.titles() == [f"build: environment {home}", f"link: {tmp_path}/glance"]
    assert (tmp_path / "glance").readlink() == Path(home.name)
    assert (tmp_path / "glance" / "site-packages").resolve() == home / "lib" / "python3.13" / "site-packages"
    assert host.touched == [str(tmp_path / "glance")]
    assert run.commands[0] == f"python3 -m venv --clear {home}"
    assert run.commands[1].endswith("glance==33.0.0 PyMySQL")
    assert "--constraint" in run.commands[1]


def test_the_second_run_does_nothing(tmp_path: Path) -> None:
    params = wish(tmp_path / "glance")
    bring(params, Context(programs(params)))
    run = programs(params)
    assert not bring(params, Context(run)).plan
    assert run.commands == []


def test_check_mode_builds_nothing(tmp_path: Path) -> None:
    params = wish(tmp_path / "glance")
    run = programs(params)
    assert len(bring(params, Context(run, check_mode=True)).plan.steps) == 2
    assert run.commands == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [{"constraints": "oslo.db==17.0.0\n"}, {"requirements": ["glance==32.0.0"]}, {"python": "python2.7"}],
    ids=["other versions", "another release", "another Python"],
)
def test_another_wish_is_built_elsewhere(tmp_path: Path, change: dict[str, Any]) -> None:
    assert build_path(wish(tmp_path / "glance")) != build_path(wish(tmp_path / "glance", **change))


def test_a_build_that_failed_leaves_the_one_in_use(tmp_path: Path) -> None:
    old = wish(tmp_path / "glance")
    bring(old, Context(programs(old)))
    new = wish(tmp_path / "glance", requirements=["glance==34.0.0"])
    failing = programs(
        new, **{str(build_path(new)): (1, "", "ERROR: No matching distribution found for glance==34.0.0")}
    )
    with pytest.raises(DeployError, match="pip failed: ERROR: No matching distribution"):
        bring(new, Context(failing))
    assert (tmp_path / "glance").readlink() == Path(build_path(old).name)
    assert not Builder(new, failing).is_complete


def test_pypi_is_asked_again_before_it_is_given_up(tmp_path: Path) -> None:
    params = wish(tmp_path / "glance", proxy="http://proxy:3128")
    answers = [(1, "", "ERROR: connection reset"), (0, "", "")]
    run = programs(params, **{f"{build_path(params)}/bin/python": answers})
    waited: list[float] = []
    Builder(params, run, waited.append).build()
    assert waited == [5]
    assert run.environments[1] == {"http_proxy": "http://proxy:3128", "https_proxy": "http://proxy:3128"}


def test_python_2_comes_through_virtualenv(tmp_path: Path) -> None:
    params = wish(tmp_path / "glance", python="python2.7", requirements=["glance==17.0.1"])
    home = build_path(params)

    def virtualenv() -> tuple[int, str, str]:
        (home / "lib" / "python2.7" / "site-packages").mkdir(parents=True)
        return 0, "", ""

    run = FakeRun({f"{home}.virtualenv/bin/virtualenv": virtualenv})
    Builder(params, run).build()
    assert run.commands[2] == f"{home}.virtualenv/bin/virtualenv --quiet --clear --python python2.7 {home}"
    assert run.commands[3] == f"rm --recursive --force {home}.virtualenv"


def test_without_the_program_that_makes_environments_its_package_is_named(tmp_path: Path) -> None:
    run = FakeRun({"python3 -m venv": FileNotFoundError(2, "No such file or directory")})
    with pytest.raises(DeployError) as refused:
        bring(wish(tmp_path / "glance"), Context(run))
    assert refused.value.hint == "Install python3-venv."


@pytest.fixture
def archive(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a source archive with a file of that name, and a link beside it."""

    def make(name: str) -> Path:
        path = tmp_path / "glance-15.0.2.tar.gz"
        with tarfile.open(path, "w:gz") as source:
            file = tarfile.TarInfo(name)
            file.size = 4
            source.addfile(file, io.BytesIO(b"text"))
            link = tarfile.TarInfo("glance-15.0.2/etc/link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            source.addfile(link)
        return path

    return make


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("glance-15.0.2/etc/glance-api-paste.ini", ["glance-api-paste.ini"]),
        ("glance-15.0.2/setup.py", []),
        ("glance-15.0.2/etc/deeper/file", []),
        ("glance-15.0.2/etc/../../escaped", []),
    ],
    ids=["a sample", "elsewhere", "deeper", "a way out"],
)
def test_only_plain_samples_are_taken(
    tmp_path: Path, archive: Callable[[str], Path], name: str, written: list[str]
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    _unpack_samples(archive(name), target)
    assert [path.name for path in target.iterdir()] == written
