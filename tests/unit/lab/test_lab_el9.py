"""What an EL-like host is made of."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from scripts._lab.el9 import FILES, PACKAGES, TOOLS, El9Recipe, make_el9_recipe
from scripts._lab.errors import UsageError
from scripts._lab.recipe import BARE, HOOKS, make_recipe, mmdebstrap_argv
from scripts._lab.sources import Mirror

MIRROR = Mirror("http://m.example/debian", "http://m.example/security")


@pytest.fixture
def recipe() -> El9Recipe:
    return make_el9_recipe(baked=False, mirror=MIRROR, host_settings="")


def test_debian_12_is_underneath(recipe: El9Recipe) -> None:
    argv = mmdebstrap_argv(recipe, target=Path("/w/root.tar"), build_settings=Path("/w/b"), host_settings=Path("/w/h"))
    assert argv[argv.index("/w/root.tar") - 1] == "bookworm"
    assert recipe.sources == make_recipe("bookworm", baked=False, mirror=MIRROR, host_settings="").sources
    assert set(recipe.packages) == {*BARE, *PACKAGES, *TOOLS}


def test_it_has_a_name_of_its_own(recipe: El9Recipe) -> None:
    assert recipe.label == "el9, bare"
    assert recipe.repository == "localhost/glance-deploy-lab-el9"


def test_a_changed_file_gives_another_image(recipe: El9Recipe) -> None:
    others = [replace(recipe, files=(("glance.lock", ""),)), replace(recipe, hooks=(("host.sh", "true"),))]
    assert len({recipe.image, *(other.image for other in others)}) == 3


def test_rpms_are_built_before_it_stops_being_debian(recipe: El9Recipe) -> None:
    assert [name for name, _ in recipe.hooks] == ["el9-rpms.sh", "host.sh", "el9.sh"]
    assert all((HOOKS / name).stat().st_mode & 0o111 for name, _ in recipe.hooks)


def test_there_is_no_other_kind() -> None:
    with pytest.raises(UsageError, match="el9 hosts are bare"):
        make_el9_recipe(baked=True, mirror=MIRROR, host_settings="")


def test_what_builds_is_gone_afterwards() -> None:
    assert f"purge --auto-remove {' '.join(TOOLS)}" in (FILES / "build.sh").read_text()


def test_the_rpm_is_of_the_version_that_is_locked() -> None:
    version = re.search(r"^Version: (\S+)$", (FILES / "openstack-glance.spec").read_text(), re.MULTILINE)
    assert version
    assert f"glance=={version[1]} " in (FILES / "glance.lock").read_text()
