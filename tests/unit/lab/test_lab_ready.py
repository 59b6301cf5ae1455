"""Ready images: when they are made, from what, and that nothing is left when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

import deploy
from scripts._lab import verbs
from scripts._lab.errors import CommandFailedError
from scripts._lab.files import REPOSITORY
from scripts._lab.hosts import Hosts
from scripts._lab.machine import Engine
from scripts._lab.ready import ReadyImages, ReadyRecipe, recipe_files
from scripts._lab.recipe import HOOKS, Recipe, make_recipe
from scripts._lab.sources import Mirror
from scripts._lab.state import Lab
from scripts._lab.wish import Wish
from tests.unit.lab.lab_fakes import FakeRun, make_lab

BAKED = make_recipe("bookworm", baked=True, mirror=Mirror("http://m.example/debian"), host_settings="")
RECIPE = ReadyRecipe(BAKED, (("ready.yml", "play"),))


class KnownImages(ReadyImages):
    """Images of one recipe, whatever this machine's apt says."""

    def recipe(self, suite: str, *, baked: bool) -> Recipe:
        del suite, baked
        return BAKED


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    """A machine without images, whose labs come up and go at a word."""
    calls = FakeRun({"podman images": "[]", "podman info": str(tmp_path)})

    def up(wanted: Wish, hosts: Hosts, images: ReadyImages) -> tuple[Lab, dict[str, float]]:
        del hosts, images
        calls.calls.append(f"up {wanted.name} {wanted.kind}")
        return make_lab(tmp_path), {}

    monkeypatch.setattr(verbs, "up", up)
    monkeypatch.setattr(verbs, "down", lambda names, _: calls.calls.append(f"down {names[0]}"))
    monkeypatch.setattr(deploy, "is_ready", lambda _: True)
    return calls


def images(run: FakeRun, tmp_path: Path) -> KnownImages:
    found = KnownImages(run, Hosts(run, Engine()))
    found.workshops = tmp_path / "workshops"
    return found


@pytest.mark.parametrize(
    "other",
    [
        ReadyRecipe(BAKED, (("ready.yml", "another play"),)),
        ReadyRecipe(
            make_recipe("bookworm", baked=True, mirror=Mirror("http://o.example"), host_settings=""), RECIPE.files
        ),
    ],
    ids=["play", "baked image"],
)
def test_a_changed_recipe_gives_another_image(other: ReadyRecipe) -> None:
    assert other.repository == RECIPE.repository
    assert other.image != RECIPE.image


def test_the_recipe_is_the_play_its_hook_and_the_roles() -> None:
    names = [name for name, _ in recipe_files()]
    assert {"scripts/_lab/ready.yml", "scripts/_lab/hooks/ready.sh"} < set(names)
    assert {name.split("/")[1] for name in names if name.startswith("roles/")} == {"keystone", "mariadb", "memcached"}
    assert (HOOKS / "ready.sh").stat().st_mode & 0o111


def test_a_host_is_made_ready_kept_and_removed(run: FakeRun, tmp_path: Path) -> None:
    image = images(run, tmp_path).ensure("bookworm", "ready")
    steps = [call for call in run.calls if call.startswith(("up", "down")) or "ansible" in call or "commit" in call]
    assert [step.split()[0].rpartition("/")[2] for step in steps] == ["up", "ansible-playbook", "podman", "down"]
    assert steps[0] == "up ready-bookworm baked"
    assert steps[2].endswith(image)
    assert "LABEL glance-deploy.image=localhost/glance-deploy-lab-bookworm-ready" in steps[2]


def test_a_failed_play_leaves_no_host(run: FakeRun, tmp_path: Path) -> None:
    run.answers = {**run.answers, str(REPOSITORY): CommandFailedError("ansible-playbook", "no")}
    with pytest.raises(CommandFailedError):
        images(run, tmp_path).ensure("bookworm", "ready")
    assert run.calls[-1] == "down ready-bookworm"
    assert not any("commit" in call for call in run.calls)


def test_other_kinds_are_made_from_packages(run: FakeRun, tmp_path: Path) -> None:
    assert images(run, tmp_path).ensure("bookworm", "baked") == BAKED.image
    assert not any(call.startswith("up") for call in run.calls)
