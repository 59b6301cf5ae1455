"""A store is proved by an image that goes in, comes back and is removed, once as long as the store stays the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _store_proof
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from ansible_collections.glance_deploy.openstack.plugins.module_utils._store_proof import NAME, bring, prove

from tests.unit.plugins.fake_glance import FakeGlance, record


def deadline() -> Deadline:
    return Deadline(60, "Wait longer.")


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch) -> FakeGlance:
    fake = FakeGlance()
    monkeypatch.setattr(_store_proof, "connect", lambda *_: fake)
    monkeypatch.setattr(_store_proof, "cloud_from", lambda _: None)
    return fake


def params(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {"store": "far", "mark": str(tmp_path / "stores" / "far"), "digest": "one", "deadline": 60, **more}


def test_an_image_goes_in_comes_back_and_is_removed() -> None:
    fake = FakeGlance()
    prove(fake, "far", deadline())
    assert fake.calls == [f"find {NAME}", f"create {NAME}", "upload new far", "show new", "download new", "delete new"]


def test_what_a_killed_run_left_behind_goes_first() -> None:
    fake = FakeGlance((record("left", b"x", name=NAME), b"x"))
    prove(fake, "far", deadline())
    assert "delete left" in fake.calls
    assert not fake.records


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        (FakeGlance(spoil=b"other"), "gave back other bytes"),
        (FakeGlance(after_upload=[{"stores": "file"}]), "went to file"),
        (FakeGlance(after_upload=[{"status": "queued"}]), "did not take the image, which is queued"),
        (FakeGlance(faults={"upload": DeployError("HTTP 500.")}), "HTTP 500"),
    ],
    ids=["spoilt", "elsewhere", "queued", "refused"],
)
def test_a_store_that_fails_leaves_nothing_behind(fake: FakeGlance, words: str) -> None:
    with pytest.raises(DeployError, match=words):
        prove(fake, "far", deadline())
    assert not fake.records


def test_the_first_reason_is_told() -> None:
    fake = FakeGlance(faults={"upload": DeployError("HTTP 500."), "delete": DeployError("HTTP 403.")})
    with pytest.raises(DeployError, match="Store far: HTTP 500"):
        prove(fake, "far", deadline())


def test_it_is_proved_once_as_long_as_it_stays_the_same(glance: FakeGlance, tmp_path: Path) -> None:
    first = bring(params(tmp_path), Context(lambda *_: (0, "", "")))
    assert first.plan.titles() == ["prove: store far"]
    asked = len(glance.calls)
    assert not bring(params(tmp_path), Context(lambda *_: (0, "", ""))).plan
    assert len(glance.calls) == asked
    assert bring(params(tmp_path, digest="two"), Context(lambda *_: (0, "", ""))).plan


def test_a_look_changes_nothing(glance: FakeGlance, tmp_path: Path) -> None:
    assert bring(params(tmp_path), Context(lambda *_: (0, "", ""), check_mode=True)).plan
    assert not glance.calls
    assert not (tmp_path / "stores").exists()
