"""What one process asks of Keystone and Glance: one token for all, and answers of a size that makes sense."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _keystone_session, _roundtrip_run
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_session import Access, Session
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_session import connect as to_keystone
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_gateway import Glance
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_session import cloud_from
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_session import connect as to_glance
from ansible_collections.glance_deploy.openstack.plugins.module_utils._keystone_session import (
    LARGEST_ANSWER,
    forget_sessions,
    password_session,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_cloud import Cloud, running_cloud

TOKEN = "POST /v3/auth/tokens"
FLOOD = " " * (LARGEST_ANSWER + 1)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running
    forget_sessions()


def keystone(cloud: Cloud) -> Session:
    return to_keystone(Access(cloud.auth()), Deadline(0))


def glance(cloud: Cloud) -> Glance:
    params: dict[str, Any] = {name: option.get("default") for name, option in _roundtrip_run.ARGUMENT_SPEC.items()}
    return to_glance(cloud_from({**params, "auth": cloud.auth()}), Deadline(5))


def test_keystone_and_glance_share_a_token(cloud: Cloud) -> None:
    session = keystone(cloud)
    assert glance(cloud).find("cirros") == []
    assert cloud.asked.count(TOKEN) == 1
    session.sign_out()
    assert glance(cloud).find("cirros") == []
    assert cloud.asked.count(TOKEN) == 2
    forget_sessions()
    glance(cloud)
    assert cloud.asked.count(TOKEN) == 3


@pytest.mark.parametrize("changes", [{"password": "other"}, {"project_name": "other"}, {"auth_url": "http://other"}])
def test_other_credentials_have_a_session_of_their_own(cloud: Cloud, changes: Mapping[str, str]) -> None:
    session = password_session(cloud.auth(), "", True)
    assert password_session(cloud.auth(), "", True) is session
    assert password_session({**cloud.auth(), **changes}, "", True) is not session
    assert password_session(cloud.auth(), "/ca.pem", True).verify == "/ca.pem"
    assert password_session(cloud.auth(), "/ca.pem", False).verify is False


@pytest.mark.parametrize(
    ("fault", "status", "ask"),
    [
        ("GET /v3", 200, keystone),
        (TOKEN, 201, keystone),
        (TOKEN, 401, keystone),
        (TOKEN, 201, glance),
        ("GET /v3/users", 200, lambda cloud: keystone(cloud).list("user")),
        ("GET /v2/images", 200, lambda cloud: glance(cloud).find("cirros")),
        ("GET /v2/images/1", 200, lambda cloud: glance(cloud).show("1")),
        ("POST /v2/images", 201, lambda cloud: glance(cloud).create({})),
        ("GET /v2/images/1/file", 500, lambda cloud: list(glance(cloud).download("1"))),
    ],
)
def test_flood_is_not_swallowed(cloud: Cloud, fault: str, status: int, ask: Callable[[Cloud], Any]) -> None:
    cloud.faults = {fault: (status, FLOOD)}
    with pytest.raises(DeployError, match=rf"^What answers at {cloud.root} sends more than 8 MiB") as caught:
        ask(cloud)
    assert "\n" not in str(caught.value)
    assert "openstack endpoint list" in caught.value.hint


def test_images_may_be_large(cloud: Cloud) -> None:
    cloud.faults = {"GET /v2/images/1/file": (200, FLOOD)}
    assert sum(map(len, glance(cloud).download("1"))) == len(FLOOD)


def test_nested_brackets_are_no_document(cloud: Cloud) -> None:
    cloud.faults = {"GET /v3/users": (200, "[" * 100_000), "GET /v2/images": (200, "[" * 100_000)}
    with pytest.raises(DeployError, match="is not Keystone"):
        keystone(cloud).list("user")
    with pytest.raises(DeployError, match="is not Glance"):
        glance(cloud).find("cirros")


def test_libraries_that_nobody_needs_are_not_loaded(tmp_path: pathlib.Path) -> None:
    tracer = tmp_path / "osprofiler"
    tracer.mkdir()
    (tracer / "__init__.py").write_text("")
    (tracer / "web.py").write_text("raise AssertionError('loaded')")
    names = [_roundtrip_run.__name__, _keystone_session.__name__]
    program = (
        f"import sys; sys.path[:0] = {[str(tmp_path), *sys.path]!r}; import {', '.join(names)}, json, osprofiler;"
        f"{_keystone_session.__name__}.keystoneauth.is_there; {_keystone_session.__name__}.v3.is_there;"
        "print(json.dumps([name in sys.modules for name in ('keystoneauth1.session', 'openstack', 'eventlet')]))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [True, False, False]
