from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Callable

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image import Prover, RoundTrip
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_digest import Digests, Measured, measure
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_plan import ImageWish, decide
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_record import PROOF, UNPROVED
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_source import Source, builtin_source
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_glance import PROJECT, FakeGlance, record

DATA, OTHER = b"the image", b"something else"
SHA512 = hashlib.sha512(DATA).hexdigest()
WISH = ImageWish("cirros", "glance-deploy-proof", "key", {"visibility": "public", "min_disk": 0, "min_ram": 0})
SOURCE = Source("url", "http://mirror/disk.img", "qcow2", measure([DATA]), lambda: io.BytesIO(DATA))


def never() -> Source:
    raise AssertionError("no source may be asked")


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def prove(
    glance: FakeGlance,
    obtain: Callable[[], Source] = lambda: SOURCE,
    wish: ImageWish = WISH,
    known: Digests | None = None,
) -> RoundTrip:
    clock = Clock()
    prover = Prover(glance, wish, Deadline(60, "Raise deadline.", clock, clock.sleep))
    images = [image for name in (wish.name, wish.builtin_name) for image in glance.find(name)]
    return prover.prove(decide(images, wish, PROJECT, known or {"sha512": SHA512}), obtain)


def test_upload_is_proved() -> None:
    glance = FakeGlance()
    result = prove(glance).result()
    assert glance.calls[2:] == ["create cirros", "upload new", "show new", "find cirros", "download new"]
    assert glance.data["new"] == DATA
    assert glance.records["new"][PROOF] == SHA512
    assert result["image"]["id"] == "new"
    assert result["image"]["status"] == "active"
    assert result["source"] == {
        "kind": "url",
        "url": "http://mirror/disk.img",
        "path": "",
        "sha512": SHA512,
        "size": len(DATA),
        "notes": [],
    }
    trip = result["roundtrip"]
    assert trip["uploaded"] is True
    assert (trip["sha512_local"], trip["sha512_downloaded"], trip["identical"]) == (SHA512, SHA512, True)


UNREAD = dataclasses.replace(SOURCE, measured=Measured(len(DATA), {}))


def test_bytes_that_nobody_read_are_measured_on_their_way() -> None:
    glance = FakeGlance()
    result = prove(glance, lambda: UNREAD).result()
    assert glance.calls[2:] == ["create cirros", "upload new", "show new", "update new", "find cirros", "download new"]
    assert glance.records["new"][PROOF] == SHA512
    assert result["source"]["sha512"] == result["roundtrip"]["sha512_local"] == SHA512
    assert result["roundtrip"]["identical"] is True


@pytest.mark.parametrize("told", [{"os_hash_value": "0" * 128}, {"os_hash_algo": "sha256", "os_hash_value": "0" * 64}])
def test_bytes_that_nobody_read_are_compared_with_the_record(told: dict[str, str]) -> None:
    glance = FakeGlance(after_upload=[told])
    with pytest.raises(DeployError, match="checksum is not that of the source"):
        prove(glance, lambda: UNREAD)
    assert glance.records == {}


@pytest.mark.parametrize("data", [b"", DATA])
def test_upload_that_was_killed_before_its_proof_is_replaced(data: bytes) -> None:
    glance = FakeGlance((record("1", data, proof=UNPROVED, status="active"), data))
    prove(glance, lambda: UNREAD)
    assert list(glance.records) == ["new"]


def test_second_run_reads_back_and_asks_no_source() -> None:
    glance = FakeGlance((record("1", DATA), DATA))
    result = prove(glance, never).result()
    assert glance.calls == ["find cirros", "find glance-deploy-proof", "find cirros", "download 1"]
    assert result["source"]["kind"] == "existing"
    assert result["source"]["notes"] == ["cirros was in Glance already: no source was asked"]
    assert (result["roundtrip"]["uploaded"], result["roundtrip"]["identical"]) == (False, True)


def test_built_in_image_has_its_own_name_both_times() -> None:
    glance = FakeGlance()
    first = prove(glance, lambda: builtin_source(("http://mirror: Connection refused",))).result()
    second = prove(glance, never).result()
    for result in (first, second):
        assert result["image"]["name"] == "glance-deploy-proof"
        assert result["source"]["kind"] == "built-in"
        assert result["roundtrip"]["identical"] is True
    assert first["source"]["notes"] == ["http://mirror: Connection refused"]
    assert second["roundtrip"]["uploaded"] is False


def test_built_in_image_of_other_addresses_is_adopted() -> None:
    glance = FakeGlance()
    prove(glance, builtin_source)
    other = dataclasses.replace(WISH, stands_for="other")
    result = prove(glance, lambda: builtin_source(("http://other: Connection refused",)), other).result()
    assert result["source"]["notes"] == ["http://other: Connection refused"]
    assert result["roundtrip"]["uploaded"] is False
    assert len(glance.records) == 1
    assert prove(glance, never, other).result()["roundtrip"]["identical"] is True


def test_leftover_is_replaced() -> None:
    glance = FakeGlance((record("1", proof=SHA512), b""))
    prove(glance)
    assert "delete 1" in glance.calls
    assert list(glance.records) == ["new"]


def test_settings_of_our_image_are_mended() -> None:
    glance = FakeGlance((record("1", DATA, visibility="private", proof=SHA512), DATA))
    assert prove(glance, never).image.visibility == "public"


def test_image_becomes_active_late() -> None:
    glance = FakeGlance(after_upload=[{"status": "saving"}, {"status": "saving"}])
    trip = prove(glance)
    assert trip.upload_seconds == 2.0


@pytest.mark.parametrize("ours", [True, False])
def test_removal_leaves_what_is_not_ours(ours: bool) -> None:
    glance = FakeGlance((record("1", DATA, proof=SHA512 if ours else ""), DATA))
    prove(glance, never, dataclasses.replace(WISH, remove=True))
    assert ("1" in glance.records) is not ours


def test_removal_after_an_upload() -> None:
    glance = FakeGlance()
    result = prove(glance, wish=dataclasses.replace(WISH, remove=True)).result()
    assert glance.records == {}
    assert result["roundtrip"]["identical"] is True


def test_reading_back_can_be_switched_off() -> None:
    glance = FakeGlance()
    trip = prove(glance, wish=dataclasses.replace(WISH, read_back=False)).result()["roundtrip"]
    assert "download new" not in glance.calls
    assert (trip["sha512_downloaded"], trip["identical"]) == ("", None)


REFUSED = DeployError("Glance refused to upload the image: HTTP 415.", "qemu-img info FILE")


@pytest.mark.parametrize(
    ("glance", "message"),
    [
        (FakeGlance(faults={"upload": REFUSED}), "HTTP 415"),
        (FakeGlance(faults={"download": DeployError("Glance broke off the download.")}), "broke off"),
        (FakeGlance(after_upload=[{"status": "killed"}]), "became killed, not active"),
        (FakeGlance(after_upload=[{"status": "queued"}] * 99), "queued.*not done within 60 seconds"),
        (FakeGlance(after_upload=[{"size": 3}]), "size is 3, not 9"),
        (FakeGlance(after_upload=[{"visibility": "private"}]), "visibility is private, not public"),
        (FakeGlance(after_upload=[{"disk_format": "raw"}]), "disk_format is raw, not qcow2"),
        (FakeGlance(after_upload=[{"os_hash_value": "0" * 128}]), "checksum is not that of the source"),
        (FakeGlance(after_upload=[{"os_hash_value": None, "checksum": "0" * 32}]), "checksum is not that"),
        (FakeGlance(unlisted=True), "not in the list"),
        (FakeGlance(spoil=b"THE IMAGE"), "came back with other bytes: 9 of 9"),
        (FakeGlance(spoil=DATA[:4]), "came back with other bytes: 4 of 9"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_failed_upload_leaves_nothing_behind(glance: FakeGlance, message: str) -> None:
    with pytest.raises(DeployError, match=message):
        prove(glance)
    assert glance.calls[-1] == "delete new"
    assert glance.records == {}


def test_interrupted_upload_leaves_nothing_behind() -> None:
    glance = FakeGlance(faults={"upload": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        prove(glance)
    assert glance.records == {}


def test_failed_removal_is_told() -> None:
    glance = FakeGlance(faults={"upload": REFUSED, "delete": DeployError("Glance is gone.")})
    with pytest.raises(DeployError, match=r"HTTP 415\. The image new is left behind") as caught:
        prove(glance)
    assert "openstack image delete new" in caught.value.hint


@pytest.mark.parametrize(
    ("glance", "known", "message"),
    [
        (FakeGlance((record("1", DATA), DATA), spoil=OTHER), {"sha512": SHA512}, "came back with other bytes"),
        (FakeGlance((record("1", DATA), DATA), faults={"download": DeployError("cut")}), {"sha512": SHA512}, "cut"),
        # Glance recorded no sha256, so only the bytes themselves can tell.
        (FakeGlance((record("1", OTHER), OTHER)), {"sha256": hashlib.sha256(DATA).hexdigest()}, "bytes of the source"),
    ],
)
def test_image_that_was_there_is_never_removed(glance: FakeGlance, known: Digests, message: str) -> None:
    with pytest.raises(DeployError, match=message):
        prove(glance, never, known=known)
    assert list(glance.records) == ["1"]


def test_source_that_fails_leaves_glance_alone() -> None:
    glance = FakeGlance()

    def fail() -> Source:
        raise DeployError("No image could be fetched.")

    with pytest.raises(DeployError, match="No image could be fetched"):
        prove(glance, fail)
    assert glance.calls == ["find cirros", "find glance-deploy-proof"]


def test_image_without_any_recorded_digest_is_measured() -> None:
    # What was registered by its address (http store) has no checksum in Glance.
    bare = record("1", DATA, checksum=None, os_hash_algo=None, os_hash_value=None)
    assert prove(FakeGlance((bare, DATA)), never).result()["roundtrip"]["identical"] is True
