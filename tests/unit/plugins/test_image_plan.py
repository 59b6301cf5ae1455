from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_digest import Digests, measure
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_plan import (
    Decision,
    ImageWish,
    decide,
    image_wish,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_record import Image
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_glance import PROJECT, image

DATA, OTHER, THIRD = b"the image", b"another image", b"a third one"
KNOWN = measure([DATA]).digests
SHA512 = {"sha512": KNOWN["sha512"]}
WISH = ImageWish("cirros", "glance-deploy-proof", "key", {"visibility": "public", "min_disk": 0, "min_ram": 0})


def sha512(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest()


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    images: tuple[Image, ...] = ()
    wish: ImageWish = WISH
    known: Digests = dataclasses.field(default_factory=lambda: dict(SHA512))
    steps: tuple[str, ...] = ()
    found: str = ""


QUEENS = image("old", DATA, os_hash_algo=None, os_hash_value=None)
BUILTIN = image("b", OTHER, name="glance-deploy-proof", proof=sha512(OTHER), glance_deploy_stands_for="key")
REMOVE = dataclasses.replace(WISH, remove=True)
STRICT = dataclasses.replace(WISH, stands_for="")
SETTINGS = dataclasses.replace(WISH, settings={"visibility": "private", "os_type": "linux"})

CASES = (
    Case("nothing there", steps=("upload image: image cirros",)),
    Case("noop: it is there", (image("1", DATA),), found="1"),
    Case("noop: it is there and ours", (image("1", DATA, proof=sha512(DATA)),), found="1"),
    Case("noop: only one, and nothing is known of the source", (image("1", OTHER),), known={}, found="1"),
    Case("noop: only one, and no digest is comparable", (image("1", DATA),), known={"sha256": "?"}, found="1"),
    Case("noop: Glance before Rocky is compared by md5", (QUEENS,), known=KNOWN, found="old"),
    Case("right one among several", (image("1", OTHER), image("2", DATA), image("3", THIRD)), found="2"),
    Case("oldest of equal ones", (image("1", DATA), image("2", DATA)), found="1"),
    Case(
        "private image of another project is not seen",
        (image("1", DATA, owner="somebody", visibility="private"),),
        steps=("upload image: image cirros",),
    ),
    Case("public image of another project is", (image("1", DATA, owner="somebody"),), found="1"),
    Case("unfinished image of somebody is left alone", (image("1"),), steps=("upload image: image cirros",)),
    Case(
        "deactivated image is not taken",
        (image("1", DATA, status="deactivated"),),
        steps=("upload image: image cirros",),
    ),
    Case(
        "our queued leftover is replaced",
        (image("1", proof=sha512(DATA)),),
        steps=("remove leftover: image cirros (1)", "upload image: image cirros"),
    ),
    Case(
        "our leftover that is being saved is replaced",
        (image("1", status="saving", proof=sha512(DATA)),),
        steps=("remove leftover: image cirros (1)", "upload image: image cirros"),
    ),
    Case(
        "our upload that arrived in pieces is replaced",
        (image("1", DATA[:3], proof=sha512(DATA)),),
        steps=("remove leftover: image cirros (1)", "upload image: image cirros"),
    ),
    Case(
        "leftover beside the right one is removed",
        (image("1", proof=sha512(DATA)), image("2", DATA)),
        steps=("remove leftover: image cirros (1)",),
        found="2",
    ),
    Case("noop: the built-in image proved it already", (BUILTIN,), found="b"),
    Case("built-in image is not wanted any more", (BUILTIN,), wish=STRICT, steps=("upload image: image cirros",)),
    Case(
        "other addresses are asked even if the built-in image stood in for some",
        (BUILTIN,),
        wish=dataclasses.replace(WISH, stands_for="other"),
        steps=("upload image: image cirros",),
    ),
    Case(
        "image of that name that is not our proof",
        (image("b", OTHER, name="glance-deploy-proof"),),
        steps=("upload image: image cirros",),
    ),
    Case("the real image before the built-in one", (BUILTIN, image("1", DATA)), found="1"),
    Case(
        "settings of our image are mended",
        (image("1", DATA, proof=sha512(DATA)),),
        wish=SETTINGS,
        steps=("update image: image cirros (1)",),
        found="1",
    ),
    Case(
        "noop: settings of our image are right",
        (image("1", DATA, visibility="private", os_type="linux", proof=sha512(DATA)),),
        wish=SETTINGS,
        found="1",
    ),
    Case("noop: settings of other images are not ours", (image("1", DATA),), wish=SETTINGS, found="1"),
    Case("noop: an image that goes again at once", wish=REMOVE),
    Case(
        "our image is removed",
        (image("1", DATA, proof=sha512(DATA)),),
        wish=REMOVE,
        steps=("remove image: image cirros (1)",),
        found="1",
    ),
    Case("noop: an image that is not ours is never removed", (image("1", DATA),), wish=REMOVE, found="1"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decide(case: Case) -> None:
    decision = decide(case.images, case.wish, PROJECT, case.known)
    assert tuple(decision.plan.titles()) == case.steps
    assert (decision.found.id if decision.found else "") == case.found
    assert bool(decision.plan) == bool(case.steps)
    assert not case.name.startswith("noop") or not decision.plan


@pytest.mark.parametrize(
    ("images", "known", "ids"),
    [
        ((image("1", OTHER),), SHA512, "1"),
        ((image("1", OTHER), image("2", THIRD)), SHA512, "1, 2"),
        ((image("1", OTHER), image("2", THIRD)), {}, "1, 2"),
    ],
)
def test_other_bytes_under_that_name_are_refused(images: tuple[Image, ...], known: Digests, ids: str) -> None:
    with pytest.raises(DeployError, match=f"named 'cirros'.*: {ids}") as caught:
        decide(images, WISH, PROJECT, known)
    assert "openstack image delete" in caught.value.hint


def test_diff_shows_what_changes() -> None:
    mine = image("1", DATA, proof=sha512(DATA))
    leftover = image("0", proof=sha512(DATA))
    diff = decide((leftover, mine), SETTINGS, PROJECT, SHA512).plan.diff()
    assert diff["before"] == "image cirros (0): queued\nimage cirros (1): visibility=public, os_type=None\n"
    assert diff["after"] == "image cirros (0): absent\nimage cirros (1): visibility=private, os_type=linux\n"


def test_built_in_image_is_expected_to_be_what_we_wrote_down() -> None:
    decision: Decision = decide((BUILTIN,), WISH, PROJECT, SHA512)
    assert decision.expected == {"sha512": BUILTIN.proof}


def test_wish_from_parameters() -> None:
    params: dict[str, Any] = {
        "name": "cirros",
        "builtin_name": "proof",
        "fallback_builtin": True,
        "urls": ["http://mirror/disk.img"],
        "checksum": "",
        "path": "",
        "proxy": None,
        "properties": {"hw_disk_bus": "virtio", "cpus": 2},
        "visibility": "private",
        "min_disk": 1,
        "min_ram": 64,
        "container_format": "bare",
        "remove": True,
        "verify_download": False,
    }
    settings = {"hw_disk_bus": "virtio", "cpus": "2", "visibility": "private", "min_disk": 1, "min_ram": 64}
    wish = image_wish(params)
    assert wish == ImageWish("cirros", "proof", wish.stands_for, settings, "bare", remove=True, read_back=False)
    assert wish.stands_for
    assert image_wish({**params, "urls": ["http://other/disk.img"]}).stands_for != wish.stands_for
    assert image_wish({**params, "proxy": "http://proxy:3128"}).stands_for != wish.stands_for
    assert image_wish({**params, "path": "/srv/disk.img"}).stands_for == ""
    assert image_wish({**params, "fallback_builtin": False}).stands_for == ""
