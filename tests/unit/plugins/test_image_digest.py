from __future__ import annotations

import hashlib
import io

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_digest import (
    Digests,
    chunks_of,
    measure,
    parse_checksum,
    same_bytes,
    telling,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError


def test_measure_reads_to_the_end() -> None:
    data = b"x" * (3 * 1024 * 1024 + 1)
    found = measure(chunks_of(io.BytesIO(data)))
    assert found.size == len(data)
    assert found.digests["sha512"] == hashlib.sha512(data).hexdigest()
    assert found.digests["md5"] == hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_measure_knows_what_it_is_asked_for() -> None:
    assert measure([b"x"], ["md5"]).digests == {"md5": hashlib.md5(b"x", usedforsecurity=False).hexdigest()}
    assert (measure([]).size, measure([], ()).digests) == (0, {})


@pytest.mark.parametrize(
    ("descriptions", "algorithms"),
    [
        ([], {"sha512"}),
        ([{}], {"sha512"}),
        ([{"md5": "m", "sha512": "s"}], {"sha512"}),
        ([{"md5": "m", "sha256": "s"}, {"sha512": "s"}], {"sha256", "sha512"}),
        ([{"md5": "m"}, {"sha256": "s"}], {"md5", "sha256", "sha512"}),
    ],
)
def test_algorithms_that_tell(descriptions: list[Digests], algorithms: set[str]) -> None:
    assert telling(descriptions) == algorithms


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"sha512": "a"}, {"sha512": "a"}, True),
        ({"sha512": "a"}, {"sha512": "b"}, False),
        ({"sha512": "a", "md5": "m"}, {"sha512": "b", "md5": "m"}, False),
        ({"md5": "m"}, {"sha512": "a", "md5": "m"}, True),
        ({"sha256": "a"}, {"sha512": "a"}, None),
        ({"sha512": ""}, {"sha512": ""}, None),
        ({}, {"md5": "m"}, None),
    ],
)
def test_same_bytes(one: Digests, other: Digests, same: bool | None) -> None:
    assert same_bytes(one, other) is same


@pytest.mark.parametrize(
    ("text", "digests"),
    [
        ("", {}),
        ("  ", {}),
        ("md5:" + "a" * 32, {"md5": "a" * 32}),
        (" SHA256:" + "AB" * 32 + "\n", {"sha256": "ab" * 32}),
        ("sha512:" + "0" * 128, {"sha512": "0" * 128}),
    ],
)
def test_checksum(text: str, digests: Digests) -> None:
    assert parse_checksum(text) == digests


@pytest.mark.parametrize("text", ["a" * 64, "sha1:" + "a" * 40, "sha256:" + "a" * 63, "sha256:" + "g" * 64, "sha512:"])
def test_checksum_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(DeployError, match="checksum") as caught:
        parse_checksum(text)
    assert caught.value.hint
