"""When an image is built, and which ones it replaces."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from scripts._lab.errors import CommandFailedError, LabError
from scripts._lab.images import BEST_BEFORE, Image, Images, is_fresh, parse_images, replaced
from scripts._lab.recipe import Recipe, make_recipe
from scripts._lab.sources import Mirror
from tests.unit.lab.lab_fakes import FakeRun

RECIPE = make_recipe("bookworm", baked=False, mirror=Mirror("http://m.example/debian"), host_settings="")
NOW = 1_800_000_000.0
CURRENT = Image("new", RECIPE.repository, (RECIPE.image,), NOW - 60)


class KnownRecipe(Images):
    """Images of one recipe, whatever this machine's apt says."""

    def recipe(self, suite: str, *, baked: bool) -> Recipe:
        del suite, baked
        return RECIPE


def row(**changes: Any) -> dict[str, Any]:
    labels = {"glance-deploy.image": RECIPE.repository}
    return {"Id": "one", "Labels": labels, "Names": [RECIPE.image], "Created": int(time.time())} | changes


def test_listing() -> None:
    images = parse_images(json.dumps([row(), row(), row(Id="two", Names=None)]))
    assert [(image.id, image.tags) for image in images] == [("one", (RECIPE.image,)), ("two", ())]
    assert parse_images("") == []


@pytest.mark.parametrize(
    ("images", "fresh"),
    [
        ([CURRENT], True),
        ([], False),
        ([Image("old", RECIPE.repository, (RECIPE.repository + ":other",), NOW)], False),
        ([Image("stale", RECIPE.repository, (RECIPE.image,), NOW - BEST_BEFORE - 1)], False),
    ],
    ids=["current", "none", "other recipe", "too old"],
)
def test_freshness(images: list[Image], fresh: bool) -> None:
    assert is_fresh(RECIPE, images, NOW) is fresh


def test_only_images_of_the_same_kind_are_replaced() -> None:
    untagged = Image("untagged", RECIPE.repository, (), NOW)
    older = Image("older", RECIPE.repository, (RECIPE.repository + ":older",), NOW)
    baked = Image("baked", RECIPE.repository + "-baked", (RECIPE.repository + "-baked:1",), NOW)
    assert replaced(RECIPE, [CURRENT, untagged, older, baked]) == [untagged, older]


def test_a_fresh_image_is_not_built_again(tmp_path: Path) -> None:
    run = FakeRun({"podman images": json.dumps([row()])})
    assert KnownRecipe(run, workshops=tmp_path).ensure("bookworm", "bare") == RECIPE.image
    assert not any(call.startswith(("unshare", "podman import")) for call in run.calls)


def test_a_missing_image_is_built_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    run = FakeRun({"podman images": "[]", "podman info": str(tmp_path)})
    assert KnownRecipe(run, workshops=tmp_path).ensure("bookworm", "bare") == RECIPE.image
    assert [call.split()[0] for call in run.calls if call.startswith("unshare")] == ["unshare"]
    assert [call for call in run.calls if call.startswith("podman import")]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_build_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    failed = CommandFailedError("unshare --mount --pid", "E: Failed to fetch http://m.example")
    run = FakeRun({"podman images": "[]", "podman info": str(tmp_path), "unshare": failed})
    with pytest.raises(LabError, match="bookworm, bare image failed: E: Failed to fetch"):
        KnownRecipe(run, workshops=tmp_path).ensure("bookworm", "bare")
    assert list(tmp_path.iterdir()) == []


def test_el_like_images_are_made_in_their_own_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GLANCE_DEPLOY_LAB_MIRROR", "http://m.example/debian")
    images = Images(FakeRun(), workshops=tmp_path)
    assert images.recipe("el9", baked=False).base == "bookworm"
    assert images.recipe("trixie", baked=False).base == "trixie"


def test_an_image_in_use_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = FakeRun({"podman rmi new": CommandFailedError("podman rmi new", "image is in use")})
    KnownRecipe(run, workshops=tmp_path).remove([CURRENT])
    assert "a host uses it" in capsys.readouterr().err
