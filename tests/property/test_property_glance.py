"""A Glance with images of others, and one that lies: only the right bytes count, every lie is a line for the user."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image import Prover, RoundTrip
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_digest import measure
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_gateway import Glance as Gateway
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_gateway import refusal
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_plan import Decision, ImageWish, decide
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_record import PROOF
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_source import FILE, Source
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.property import hostile
from tests.property.model_glance import PROJECT, ROOT, Glance
from tests.property.model_keystone import Answer
from tests.property.trying import told, tried

DATA, OTHER = b"the image", b"another image"
WISH = ImageWish("cirros", "proof", "", {"visibility": "public", "min_disk": 0, "min_ram": 0, "note": "x"})
SHA512 = {"sha512": hashlib.sha512(DATA).hexdigest()}
ASKED = ("GET list", "GET image", "POST list", "PATCH image", "PUT file", "GET file", "DELETE image")
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 500, 503])
HEADERS: list[dict[str, str]] = [{"Content-Type": "application/json"}, {"Location": "http://controller:9292/x"}, {}]


def hasty() -> Deadline:
    """A deadline for which waiting takes no time at all."""
    slept: list[float] = []
    return Deadline(10, clock=lambda: sum(slept), sleep=slept.append)


def decided(server: Glance, wish: ImageWish, known: Mapping[str, str]) -> tuple[Prover, Decision]:
    gateway = Gateway(server.session(), ROOT, PROJECT, hasty())
    images = [image for name in ("cirros", "proof") for image in gateway.find(name)]
    return Prover(gateway, wish, hasty()), decide(images, wish, PROJECT, known)


def trip(server: Glance, wish: ImageWish = WISH, known: Mapping[str, str] = SHA512) -> RoundTrip:
    prover, decision = decided(server, wish, known)
    return prover.prove(decision, lambda: Source(FILE, "/image", "raw", measure([DATA]), lambda: io.BytesIO(DATA)))


@st.composite
def servers(draw: DrawFn) -> Glance:
    """With images of others and of killed runs, of any name, owner, state and content."""
    server = Glance()
    for number in range(draw(st.integers(0, 3))):
        data = draw(st.sampled_from([DATA, OTHER, None]))
        proof = draw(st.sampled_from([{}, {PROOF: SHA512["sha512"]}, {PROOF: "x"}]))
        places = {
            "owner": draw(st.sampled_from([PROJECT, "others"])),
            "visibility": draw(st.sampled_from(["public", "private"])),
        }
        name = draw(st.sampled_from(["cirros", "proof", "{{ x }}"]))
        server.add(str(number), data, name=name, **places, **proof)
        if data is not None and draw(st.booleans()):
            server.records[str(number)]["status"] = draw(st.sampled_from(["saving", "deactivated", "killed"]))
    return server


@settings(max_examples=250)
@given(servers(), st.booleans(), st.booleans())
def test_only_the_right_bytes_prove_and_nothing_of_others_is_touched(server: Glance, remove: bool, known: bool) -> None:
    before = copy.deepcopy(server.records)
    wish = ImageWish(**{**vars(WISH), "remove": remove})
    try:
        found = trip(server, wish, SHA512 if known else {})
    except DeployError:
        assert_untouched(before, server)
        return
    assert found.result()["roundtrip"]["identical"] is True
    assert known is False or server.data[found.image.id] == DATA
    assert_untouched(before, server)
    # An image that went away leaves a Glance that may have to be decided in another way.
    assert remove or decided(server, wish, SHA512 if known else {})[1].plan.steps == ()


def assert_untouched(before: dict[str, dict[str, Any]], server: Glance) -> None:
    for image_id, record in before.items():
        if PROOF not in record or (record["owner"] != PROJECT and record["visibility"] != "public"):
            assert server.records[image_id] == record


def truths() -> dict[str, Any]:
    """Return what an honest Glance answers to each request."""
    found: dict[str, Any] = {}

    def note(asked: str, truth: Answer) -> None:
        found[asked] = json.loads(truth.body) if truth.body.startswith(b"{") else {"text": "x"}

    for wish in (WISH, ImageWish(**{**vars(WISH), "remove": True})):
        server = Glance()
        server.lie = note
        trip(server, wish)
    changed = Glance()
    changed.add("1", DATA, **{PROOF: SHA512["sha512"]})
    changed.lie = note
    trip(changed)
    return found


TRUTHS = truths()


@settings(max_examples=500)
@given(st.data(), st.sampled_from(ASKED), st.booleans(), st.booleans())
def test_a_lie_is_told_in_our_own_words(data: st.DataObject, asked: str, is_known: bool, remove: bool) -> None:
    body = data.draw(hostile.bodies(TRUTHS[asked]))
    lie = Answer(data.draw(STATUSES), body, data.draw(st.sampled_from(HEADERS)))
    server = Glance()
    if is_known:
        server.add("1", DATA, **{PROOF: SHA512["sha512"]})
    server.lie = lambda now, _: lie if now == asked else None
    found = tried(lambda: trip(server, ImageWish(**{**vars(WISH), "remove": remove})), DeployError)
    if isinstance(found, DeployError):
        assert told(found)
        return
    result = found.result()
    assert asked != "GET file" or lie.body == DATA
    json.dumps(result)
    assert result["roundtrip"]["identical"] is True


@settings(max_examples=150)
@given(
    st.sampled_from([400, 404, 500, 599]),
    hostile.texts() | hostile.broken_texts() | st.sampled_from(["<" * 999, "<title>" * 300]),
)
def test_what_glance_says_is_one_short_line(status: int, body: str) -> None:
    error = refusal("list images", ROOT, status, body)
    assert len(str(error)) < 400
    assert len(str(error).splitlines()) == 1
    assert error.hint
