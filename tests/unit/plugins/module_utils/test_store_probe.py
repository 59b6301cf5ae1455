"""Stores are asked before anything is changed: what is wrong is told with what mends it, and no secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _store_rbd, _store_s3, _store_swift
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _store_vmware as vmware
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import RefusedError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from ansible_collections.glance_deploy.openstack.plugins.module_utils._store_file import file_system
from ansible_collections.glance_deploy.openstack.plugins.module_utils._store_probe import SPEC, bring
from ansible_collections.glance_deploy.openstack.plugins.module_utils._store_s3 import signed
from ansible_collections.glance_deploy.openstack.plugins.module_utils._store_web import Answer, Fault

SECRET = "do-not-tell"
S3 = {"host": "http://s3.example", "bucket": "images", "access_key": "key", "secret_key": SECRET}
SWIFT = {"auth_address": "http://swift.example/auth/v1.0", "auth_version": "1", "user": "g:g", "key": SECRET}
KEYSTONE = SWIFT | {"auth_address": "http://keystone.example:5000", "auth_version": "3", "user": "service:glance"}
RBD = {"ceph_conf": "/nowhere/ceph.conf", "user": "glance", "pool": "images"}
CONF = "[global]\nmon host = 127.0.0.1\n"
KEYRING = f"[client.glance]\n\tkey = {SECRET}\n"
VMWARE = {"server": "vcenter.example", "user": "glance", "password": f"{SECRET}<&"}
CATALOG = [
    {
        "type": "object-store",
        "endpoints": [{"interface": "public", "region": "one", "url": "http://swift.example/v1/a"}],
    }
]
TOKEN = Answer(201, {"x-subject-token": "t"}, json.dumps({"token": {"catalog": CATALOG}}).encode())
ACCOUNT = Answer(200, {"x-storage-url": "http://swift.example/v1/a", "x-auth-token": "t"}, b"")


def probe(kind: str, settings: dict[str, Any], run: Any = None, **more: Any) -> Any:
    params = {name: spec.get("default") for name, spec in SPEC.items()}
    params.update(store="mine", type=kind, settings=settings, **more)
    outcome = bring(params, Context(run or (lambda *_, **__: (0, "", ""))))
    assert not outcome.plan
    return outcome.report


def refusal(kind: str, settings: dict[str, Any], run: Any = None, **more: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        probe(kind, settings, run, **more)
    told = f"{caught.value} {caught.value.hint}"
    assert told.startswith(f"Store mine ({kind}): ")
    assert SECRET not in told
    return told


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Return a function that sets what the servers answer, one after another, and gives the list of what was asked."""

    def prepare(module: Any, *answers: Answer) -> list[Any]:
        asked: list[Any] = []
        left = iter(answers)

        def ask(request: Any, *_: Any) -> Answer:
            asked.append(request)
            return next(left)

        monkeypatch.setattr(module, "ask", ask)
        return asked

    return prepare


def test_a_directory_that_is_not_there_yet_is_asked_through_its_parents(tmp_path: Path) -> None:
    assert probe("file", {"directory": str(tmp_path / "a" / "b")})["free_mb"] > 0


def test_a_directory_without_room_or_that_is_a_file_is_refused(tmp_path: Path) -> None:
    assert "df -h" in refusal("file", {"directory": str(tmp_path)}, min_free_mb=10**12)
    (tmp_path / "file").touch()
    assert "is no directory" in refusal("file", {"directory": str(tmp_path / "file" / "images")})


def test_a_directory_of_one_host_is_refused_for_several(tmp_path: Path) -> None:
    assert "glance_stores_unshared=true" in refusal("file", {"directory": str(tmp_path)}, shared=True)


@pytest.mark.parametrize(("path", "kind"), [("/srv/images/x", "nfs4"), ("/srv", "ext4"), ("/my disk/x", "xfs")])
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    lines = ["25 1 8:1 / / rw - ext4 /dev/sda1 rw", "26 25 0:40 / /srv/images rw shared:1 - nfs4 nas:/i rw"]
    assert file_system(Path(path), "\n".join([*lines, "27 25 8:2 / /my\\040disk rw - xfs /dev/sdb rw"])) == kind


def test_a_request_is_signed_as_amazon_tells_it() -> None:
    request = signed("http://s3.example/images", S3, time.gmtime(1369353600))
    assert request.get_header("X-amz-date") == "20130524T000000Z"
    who = request.get_header("Authorization")
    assert who
    assert who.startswith(
        "AWS4-HMAC-SHA256 Credential=key/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-"
    )
    assert SECRET not in who


@pytest.mark.parametrize(
    ("status", "more", "words"),
    [
        (403, {}, "refuses the keys"),
        (404, {}, "has no bucket images"),
        (301, {}, "answers HTTP 301"),
        (500, {}, "answers HTTP 500"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_refused(answer: Any, status: int, more: dict[str, Any], words: str) -> None:
    answer(_store_s3, Answer(status, {}, b""))
    assert words in refusal("s3", S3 | more)


def test_a_bucket_that_is_there_or_is_made_is_well(answer: Any) -> None:
    answer(_store_s3, Answer(200, {}, b""), Answer(404, {}, b""))
    assert probe("s3", S3)["bucket"] == "is there"
    assert probe("s3", S3 | {"create_bucket": True})["bucket"] == "is made by the first image"


@pytest.mark.parametrize("settings", [S3, SWIFT, KEYSTONE], ids=["s3", "swift", "keystone"])
def test_a_server_that_does_not_answer_is_refused(settings: dict[str, Any]) -> None:
    where = (
        {"host": "http://127.0.0.1:1"} if settings is S3 else {"auth_address": "http://127.0.0.1:1", "container": "g"}
    )
    assert "does not answer" in refusal("s3" if settings is S3 else "swift", settings | where)


@pytest.mark.parametrize("version", ["1", "1.0", 1])
def test_swift_is_asked_with_its_own_login(answer: Any, version: Any) -> None:
    asked = answer(_store_swift, ACCOUNT, Answer(204, {}, b""))
    assert probe("swift", SWIFT | {"container": "glance", "auth_version": version})["container"] == "is there"
    assert asked[1].full_url == "http://swift.example/v1/a/glance"


def test_swift_is_asked_with_a_token_of_keystone(answer: Any) -> None:
    asked = answer(_store_swift, TOKEN, Answer(404, {}, b""))
    settings = KEYSTONE | {"container": "glance", "create_container": True, "region": "one"}
    assert probe("swift", settings)["container"] == "is made by the first image"
    assert asked[0].full_url == "http://keystone.example:5000/v3/auth/tokens"
    assert json.loads(asked[0].data)["auth"]["scope"]["project"]["name"] == "service"


SWIFT_FAULTS = [
    (SWIFT, [Answer(401, {}, b"")], "refuses user and key"),
    (SWIFT, [Answer(200, {}, b"")], "no account"),
    (SWIFT, [ACCOUNT, Answer(403, {}, b"")], "lets the user see no container"),
    (SWIFT, [ACCOUNT, Answer(404, {}, b"")], "has no container glance"),
    (SWIFT, [ACCOUNT, Answer(503, {}, b"")], "answers HTTP 503"),
    (KEYSTONE, [Answer(401, {}, b"")], "refuses user and key"),
    (KEYSTONE, [Answer(200, {}, b"{}")], "no token"),
    (KEYSTONE | {"region": "two"}, [TOKEN], "its regions: one"),
]


@pytest.mark.parametrize(("settings", "answers", "words"), SWIFT_FAULTS, ids=[case[2] for case in SWIFT_FAULTS])
def test_what_is_wrong_with_swift_is_told(answer: Any, settings: Any, answers: list[Answer], words: str) -> None:
    answer(_store_swift, *answers)
    assert words in refusal("swift", settings | {"container": "glance"})


def test_a_container_whose_quota_is_used_up_is_refused(answer: Any) -> None:
    full = {"x-container-meta-quota-bytes": "1000000", "x-container-bytes-used": "999999"}
    answer(_store_swift, ACCOUNT, Answer(204, full, b""))
    assert "swift post -m quota-bytes" in refusal("swift", SWIFT | {"container": "glance"})


def told_by(found: Any) -> Callable[..., tuple[int, str, str]]:
    def run(words: Any, stdin: str = "", **_: Any) -> tuple[int, str, str]:
        del words
        assert json.loads(stdin)["user"] == "glance"
        return 0, json.dumps(found), ""

    return run


POOL = RBD | {"config": CONF, "keyring": KEYRING}
RBD_FAULTS = [
    (RBD, {}, "set config in glance_stores"),
    (RBD | {"config": CONF}, {"fault": "keyring"}, "set keyring in glance_stores"),
    (RBD | {"config": CONF, "keyring": "[client.nova]\nkey = x\n"}, {}, "has no key of client.glance"),
    (POOL, {"fault": "pool"}, "ceph osd pool create images"),
    (POOL, {"fault": "key"}, "refuse the key of client.glance"),
    (POOL, {"fault": "reach", "reason": "timed out"}, "no monitor answers: timed out"),
    (POOL, {"stats": {"max_avail": 10}}, "has 0 MB left"),
    (POOL, {"stats": {"max_avail": 10**12, "quota_bytes": 100, "stored": 100}}, "ceph osd pool set-quota"),
]


@pytest.mark.parametrize(("settings", "found", "words"), RBD_FAULTS, ids=[case[2] for case in RBD_FAULTS])
def test_what_is_wrong_with_a_pool_is_told(settings: Any, found: Any, words: str) -> None:
    assert words in refusal("rbd", settings, told_by(found))


def test_a_pool_that_answers_is_well() -> None:
    assert probe("rbd", POOL, told_by({"stats": {"max_avail": 10**12}}))["pool"] == "is there"


def test_without_the_library_a_monitor_has_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no monitor of 127.0.0.1" in refusal("rbd", POOL, told_by({"fault": "library"}))
    monkeypatch.setattr(_store_rbd, "_is_open", lambda place: place == ("127.0.0.1", 6789))
    assert "127.0.0.1:6789 answers" in probe("rbd", POOL, told_by({"fault": "library"}))["pool"]


@pytest.mark.parametrize(
    ("mon_host", "places"),
    [
        ("10.0.0.1", [("10.0.0.1", 3300), ("10.0.0.1", 6789)]),
        ("10.0.0.1:6790,mon2", [("10.0.0.1", 6790), ("mon2", 3300), ("mon2", 6789)]),
        ("[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]", [("10.0.0.1", 3300), ("10.0.0.1", 6789)]),
        ("[v2:[2001:db8::1]:3300/0]", [("2001:db8::1", 3300)]),
        ("[2001:db8::1]:6789", [("2001:db8::1", 6789)]),
        ("", []),
        ("no:address:at-all", []),
    ],
)
def test_monitors_are_read_as_ceph_writes_them(mon_host: str, places: list[tuple[str, int]]) -> None:
    assert _store_rbd.monitors(mon_host) == places


def test_a_library_that_hangs_is_told() -> None:
    assert "no answer in time" in refusal("rbd", POOL, lambda *_, **__: (124, "", ""))


def test_vcenter_is_asked_to_log_in_and_out(answer: Any) -> None:
    asked = answer(vmware, Answer(200, {"set-cookie": "s=1; Path=/"}, b"<LoginResponse/>"), Answer(200, {}, b""))
    assert probe("vmware", VMWARE) == {"asked": True, "account": "is taken"}
    assert f"<password>{SECRET}&lt;&amp;</password>".encode() in asked[0].data
    assert asked[1].get_header("Cookie") == "s=1"


def test_the_region_of_a_bucket_is_followed(answer: Any) -> None:
    asked = answer(_store_s3, Answer(301, {"x-amz-bucket-region": "eu-1"}, b""), Answer(200, {}, b""))
    assert probe("s3", S3 | {"bucket_url_format": "virtual"})["bucket"] == "is there"
    assert "/eu-1/s3/" in asked[1].get_header("Authorization")
    assert asked[0].full_url == "http://images.s3.example/"


def test_an_account_in_a_file_of_its_own_is_not_asked() -> None:
    assert probe("swift", {"container": "glance"})["container"] == "not asked"


def test_a_secret_that_cannot_be_sent_is_not_told() -> None:
    settings = SWIFT | {"auth_address": "http://127.0.0.1:1", "key": f"{SECRET}\n", "container": "g"}
    assert "ValueError" in refusal("swift", settings)


def test_a_missing_ca_file_is_named() -> None:
    assert "ca_file /no/such: " in refusal("s3", S3 | {"ca_file": "/no/such"})


@pytest.mark.parametrize(
    ("status", "body", "words"), [(500, b"InvalidLogin", "refuses"), (200, b"<html>", "not as a vC")]
)
def test_what_is_wrong_with_vcenter_is_told(answer: Any, status: int, body: bytes, words: str) -> None:
    answer(vmware, Answer(status, {}, body))
    assert words in refusal("vmware", VMWARE)


def test_what_nobody_can_ask_is_not_asked() -> None:
    assert probe("cinder", {}) == {"asked": False}


def test_a_fault_has_two_parts() -> None:
    assert (Fault("what", "mend").what, Fault("what", "mend").mend) == ("what", "mend")
