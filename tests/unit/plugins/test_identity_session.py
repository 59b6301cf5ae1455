"""Sessions with a Keystone on this machine: signing in, waiting, and every fault in one line."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_faults import UnreachableError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_session import (
    Access,
    Session,
    connect,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_keystone import HTML, PASSWORD, Keystone, running_keystone

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def keystone() -> Iterator[Keystone]:
    with running_keystone() as running:
        yield running


def hasty(seconds: float = 0) -> Deadline:
    """A deadline for which waiting takes no time at all."""
    slept: list[float] = []
    return Deadline(seconds, clock=lambda: sum(slept), sleep=slept.append)


def sign_in(keystone: Keystone, seconds: float = 0, **changes: str) -> Session:
    return connect(Access(keystone.auth(**changes)), hasty(seconds))


@pytest.mark.parametrize("suffix", ["", "/", "/v3", "/v3/"])
def test_signs_in_with_two_requests(keystone: Keystone, suffix: str) -> None:
    session = sign_in(keystone, auth_url=keystone.root + suffix)
    assert session.token.user_domain_id == "default"
    assert session.requests == len(keystone.asked) == 2
    assert session.list("region") == [{"id": "RegionOne"}]


def test_catalogue_names_another_address(keystone: Keystone) -> None:
    session = connect(Access(keystone.auth(), interface="internal"), hasty())
    assert session.list("region")
    with pytest.raises(DeployError, match="could not name its admin endpoint"):
        connect(Access(keystone.auth(), interface="admin"), hasty())


def test_credentials_come_from_clouds_yaml(
    keystone: Keystone, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"        {key}: {value!r}\n" for key, value in keystone.auth(password="plain").items())
    keystone.passwords["u-admin"] = "plain"
    (tmp_path / "clouds.yaml").write_text(f"clouds:\n  lab:\n    auth:\n{lines}    auth_type: v3password\n")
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [str(tmp_path / "clouds.yaml")])
    assert connect(Access(cloud="lab"), hasty()).requests == 2
    with pytest.raises(DeployError, match="Cloud nope was not found"):
        connect(Access(cloud="nope"), hasty())


def test_waits_for_a_keystone_that_is_starting(keystone: Keystone) -> None:
    keystone.faults = {"GET /v3": [None, (503, "starting"), None], "POST /v3/auth/tokens": [(502, "soon"), None]}
    session = sign_in(keystone, 60, auth_url=f"{keystone.root}/v3")
    assert session.requests == 7


def test_waits_until_the_deadline_only(keystone: Keystone) -> None:
    keystone.faults = {"GET /v3": [(503, "starting")] * 99}
    with pytest.raises(UnreachableError, match=r"\(HTTP 503\)"):
        sign_in(keystone, 10, auth_url=f"{keystone.root}/v3")
    assert 3 < len(keystone.asked) < 9


def test_writing_is_not_repeated(keystone: Keystone) -> None:
    session = sign_in(keystone, 60)
    keystone.faults = {"POST /v3/regions": [None]}
    with pytest.raises(UnreachableError):
        session.send("create region North", "POST", "/regions", {"region": {"id": "North"}})
    assert keystone.asked.count("POST /v3/regions") == 1


@pytest.mark.parametrize(("password", "works"), [(PASSWORD, True), ("other", False)])
def test_password_is_tried(keystone: Keystone, password: str, works: bool) -> None:
    assert sign_in(keystone).opens({"id": "u-admin", "name": "admin"}, password) is works


def test_only_401_means_a_wrong_password(keystone: Keystone) -> None:
    session = sign_in(keystone)
    keystone.faults = {"POST /v3/auth/tokens": [(500, "oops")]}
    with pytest.raises(DeployError, match=r"check the password of user admin: .* \(HTTP 500\)"):
        session.opens({"id": "u-admin", "name": "admin"}, PASSWORD)


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"password": "geheim"}, r"Keystone at http://127.0.0.1:\d+ refused the credentials", "openstack token issue"),
        ({"auth_url": NOBODY}, f"No Keystone answers at {NOBODY}: Connection refused", "systemctl status keystone"),
        ({"auth_url": "http://no-such-host.invalid:5000"}, "No Keystone answers", "auth_url"),
        ({"auth_url": "controller:5000"}, "auth_url 'controller:5000' is not an address", "http://controller:5000/v3"),
        ({"user_domain_name": ""}, "credentials for Keystone cannot be used: .*user_domain", "auth"),
    ],
)
def test_faults_are_told_in_one_line(keystone: Keystone, changes: dict[str, str], message: str, hint: str) -> None:
    auth = {key: value for key, value in keystone.auth(**changes).items() if value}
    with pytest.raises(DeployError, match=message) as caught:
        connect(Access(auth), hasty())
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, HTML),
        (404, HTML),
        (200, "{}"),
        (200, "[1]"),
        (200, '{"version": {"id": "v2.0"}}'),
        (300, '{"versions": [{"id": "v2.17"}]}'),
        (300, '{"versions": {"values": [{"id": "v2.0"}]}}'),
        (401, "who are you"),
    ],
)
def test_something_else_than_keystone_is_told_so(keystone: Keystone, status: int, body: str) -> None:
    keystone.faults = {"GET /v3": [(status, body)]}
    message = rf"What answers at {keystone.root}/v3 is not Keystone: status {status}, text/html"
    with pytest.raises(DeployError, match=message) as caught:
        sign_in(keystone, auth_url=f"{keystone.root}/v3")
    assert f"curl {keystone.root}/v3" in caught.value.hint


def test_strange_list_is_told_so(keystone: Keystone) -> None:
    session = sign_in(keystone)
    keystone.faults = {"GET /v3/users": [(200, HTML)]}
    with pytest.raises(DeployError, match="is not Keystone: status 200"):
        session.list("user")


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (403, "does not let this user list users", "role admin"),
        (409, r"refused to list users: .*\(HTTP 409\)", "/var/log/keystone"),
    ],
)
def test_refusals_are_told(keystone: Keystone, status: int, message: str, hint: str) -> None:
    session = sign_in(keystone)
    keystone.faults = {"GET /v3/users": [(status, "{}")]}
    with pytest.raises(DeployError, match=message) as caught:
        session.list("user")
    assert hint in caught.value.hint


def test_tls_faults_are_told(keystone: Keystone) -> None:
    with pytest.raises(DeployError, match="No connection to Keystone at https://") as caught:
        sign_in(keystone, auth_url=keystone.root.replace("http:", "https:"))
    assert not isinstance(caught.value, UnreachableError)
    assert "ca_file" in caught.value.hint


def test_wrong_names_are_not_waited_for() -> None:
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="Name or service not known"):
        connect(Access({**Keystone().auth(), "auth_url": "http://no-such-host.invalid:5000"}), Deadline(30))
    assert time.monotonic() - began < 10


def test_clouds_yaml_is_not_overruled() -> None:
    plain = Access(cloud="lab").arguments()
    assert not {"verify", "cacert"} & set(plain)
    assert Access(cloud="lab", ca_file="/ca.pem").arguments()["cacert"] == "/ca.pem"
    assert Access(cloud="lab", ca_file="/ca.pem", verify=False).arguments()["verify"] is False


def test_certificates_that_are_not_there_are_told(keystone: Keystone) -> None:
    auth = keystone.auth(auth_url=keystone.root.replace("http:", "https:"))
    with pytest.raises(DeployError, match=r"/nonexistent/ca\.pem") as caught:
        connect(Access(auth, ca_file="/nonexistent/ca.pem"), hasty())
    assert "ca_file" in caught.value.hint


def test_secrets_are_not_shown(keystone: Keystone) -> None:
    assert PASSWORD not in repr(Access(keystone.auth()))
