# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What to do about the image that proves a Glance: pure decisions, no network.

Looking comes first: an image that is there already is read back, and then no source is asked at all. What a killed
run of ours left behind is recognised by the property that every upload of ours carries, and replaced.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._image_digest import Digests, same_bytes
from ._image_network import shown
from ._image_record import ACTIVE, STANDS_FOR, Image
from ._plan import ABSENT, DeployError, Plan, Step, plan


@dataclasses.dataclass(frozen=True)
class ImageWish:
    """The image as it should be in Glance.

    Attributes:
        name: Its name.
        builtin_name: Its name when the built-in image has to stand in: nobody shall take that for what `name` says.
        stands_for: Fingerprint of the addresses that the built-in image may stand in for, empty when it may not.
        settings: Attributes that can be changed later: visibility, min_disk, min_ram and properties.
        container_format: Glance's name of what is around the disk.
        remove: Whether it is removed when it has proved the service.
        read_back: Whether the bytes are downloaded and compared.
    """

    name: str
    builtin_name: str
    stands_for: str
    settings: Mapping[str, Any]
    container_format: str = "bare"
    remove: bool = False
    read_back: bool = True


def image_wish(params: Mapping[str, Any]) -> ImageWish:
    """Return the wish that module parameters express."""
    properties = {name: str(value) for name, value in params["properties"].items()}
    return ImageWish(
        name=params["name"],
        builtin_name=params["builtin_name"],
        stands_for=_stands_for(params),
        settings={**properties, **{name: params[name] for name in ("visibility", "min_disk", "min_ram")}},
        container_format=params["container_format"],
        remove=params["remove"],
        read_back=params["verify_download"],
    )


def _stands_for(params: Mapping[str, Any]) -> str:
    # A file is at hand or it is a mistake: nothing stands in for it.
    if params["path"] or not params["fallback_builtin"]:
        return ""
    way = [*params["urls"], params["checksum"], shown(params["proxy"] or "")]
    return hashlib.sha256(" ".join(way).encode()).hexdigest()[:16]


@dataclasses.dataclass(frozen=True)
class Decision:
    """What will be done.

    Attributes:
        found: The image that is there and only needs to be read back, None when one must be uploaded.
        stand_in: The built-in image of an earlier run, to be read back if no source gives the right bytes again.
        expected: What is known of its bytes besides what Glance recorded.
        leftovers: What killed runs left behind.
        changes: Settings of our own image that differ from the wish.
        plan: The same as steps.
    """

    found: Image | None
    stand_in: Image | None
    expected: Digests
    leftovers: tuple[Image, ...]
    changes: Mapping[str, Any]
    plan: Plan


def decide(images: Iterable[Image], wish: ImageWish, project_id: str, known: Digests) -> Decision:
    """Compare what is in Glance with the wish.

    Args:
        images: All images that carry one of the wish's names.
        wish: The image as it should be.
        project_id: Our project: private images of others are none of our business.
        known: What is known of the image's bytes without asking the network.

    Raises:
        DeployError: An image of that name holds other bytes.
    """
    visible = [image for image in images if image.owner == project_id or image.visibility == "public"]
    leftovers = tuple(image for image in visible if image.leftover)
    usable = [image for image in visible if image.status == ACTIVE and not image.leftover]
    found, expected = choose([image for image in usable if image.name == wish.name], known), known
    stand_in = next((image for image in usable if image.name == wish.builtin_name and image.proof), None)
    # An earlier run asked the same addresses in vain. Its image is proof enough: nobody waits for the network again.
    if found is None and stand_in and wish.stands_for and stand_in.record.get(STANDS_FOR) == wish.stands_for:
        found, expected = stand_in, {"sha512": stand_in.proof}
    changes = _changes(found, wish)
    steps = (*map(_removal, leftovers), _upload(wish, found), _update(found, changes), _farewell(found, wish))
    return Decision(found, stand_in, expected, leftovers, changes, plan(*steps))


def told(decided: Plan, image: Image, uploaded: bool) -> Plan:
    """Return a plan that was carried out, with the image that it came to: it may be the built-in one.

    Args:
        decided: The plan as it was made, before any source was asked.
        image: The image that proved the service.
        uploaded: Whether it was uploaded, or else adopted from an earlier run.
    """
    subject = f"image {image.name} ({image.id})"
    adopted = Step("adopt_image", subject, before="stands in for other addresses", after="stands in for these")
    return Plan(
        tuple(
            step
            if step.action != "upload_image"
            else dataclasses.replace(step, subject=subject)
            if uploaded
            else adopted
            for step in decided.steps
        )
    )


def choose(images: Sequence[Image], known: Digests) -> Image | None:
    """Return the image whose bytes are known to be right, or the only one when nothing speaks against it.

    Raises:
        DeployError: The images of this name hold other bytes, or nothing tells which one is meant.
    """
    matching = [image for image in images if same_bytes(image.digests, known)]
    if matching or not images:
        return matching[0] if matching else None
    if len(images) == 1 and same_bytes(images[0].digests, known) is None:
        return images[0]
    raise other_bytes(images)


def other_bytes(images: Sequence[Image]) -> DeployError:
    """Return the error for images that carry the right name and not the right bytes."""
    name, ids = images[0].name, ", ".join(image.id for image in images)
    what = "an image" if len(images) == 1 else f"{len(images)} images"
    return DeployError(
        f"Glance has {what} named {name!r}, but none that is known to hold the bytes of the source: {ids}.",
        "Choose another name, set checksum (glance_image_checksum) to that of the image you mean,"
        " or run: openstack image delete ID",
    )


def _changes(found: Image | None, wish: ImageWish) -> dict[str, Any]:
    # Only what we uploaded is ours to change.
    if found is None or not found.proof or wish.remove:
        return {}
    return {name: value for name, value in wish.settings.items() if found.record.get(name) != value}


def _removal(image: Image) -> Step:
    return Step("remove_leftover", f"image {image.name} ({image.id})", before=image.status, after=ABSENT)


def _upload(wish: ImageWish, found: Image | None) -> Step | None:
    # An image that goes again at once leaves Glance as it was: no change.
    return None if found or wish.remove else Step("upload_image", f"image {wish.name}", after=ACTIVE)


def _update(found: Image | None, changes: Mapping[str, Any]) -> Step | None:
    if found is None or not changes:
        return None
    before = ", ".join(f"{name}={found.record.get(name)}" for name in changes)
    after = ", ".join(f"{name}={value}" for name, value in changes.items())
    return Step("update_image", f"image {found.name} ({found.id})", before=before, after=after)


def _farewell(found: Image | None, wish: ImageWish) -> Step | None:
    if found is None or not found.proof or not wish.remove:
        return None
    return Step("remove_image", f"image {found.name} ({found.id})", before=found.status, after=ABSENT)
