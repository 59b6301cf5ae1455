"""What an image is made of, and when it counts as another image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts._lab.errors import UsageError
from scripts._lab.recipe import BAKED, SUITES, Recipe, make_recipe, mmdebstrap_argv
from scripts._lab.sources import Mirror

MIRROR = Mirror("http://m.example/debian", "http://m.example/security")
SIGNED = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"


def recipe(suite: str = "bookworm", *, baked: bool = False, mirror: Mirror = MIRROR) -> Recipe:
    return make_recipe(suite, baked=baked, mirror=mirror, host_settings="")


def argv(wanted: Recipe) -> list[str]:
    return mmdebstrap_argv(wanted, target=Path("/w/root.tar"), build_settings=Path("/w/b"), host_settings=Path("/w/h"))


def test_sources_have_updates_and_security() -> None:
    assert recipe("trixie").sources == (
        f"{SIGNED} http://m.example/debian trixie main",
        f"{SIGNED} http://m.example/debian trixie-updates main",
        f"{SIGNED} http://m.example/security trixie-security main",
    )


def test_bullseye_has_its_main_archive_only() -> None:
    assert recipe("bullseye").sources == (f"{SIGNED} http://m.example/debian bullseye main",)


def test_without_a_security_mirror_there_is_no_security_source() -> None:
    assert not any("security" in line for line in recipe(mirror=Mirror("http://m.example/debian")).sources)


def test_unknown_suite_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="woody") as raised:
        recipe("woody")
    assert all(suite in raised.value.hint for suite in SUITES)


def test_bare_hosts_have_no_services_and_no_python_apt() -> None:
    assert not set(recipe().packages) & set(BAKED)


def test_equal_recipes_give_equal_tags() -> None:
    assert recipe().image == recipe().image


@pytest.mark.parametrize(
    "other",
    [
        recipe("trixie"),
        recipe(baked=True),
        recipe(mirror=Mirror("http://other.example/debian")),
        replace(recipe(), hooks=(("host.sh", "true"),)),
        replace(recipe(), host_settings='Acquire::Retries "3";\n'),
        replace(recipe(), packages=("python3",)),
    ],
    ids=["suite", "baked", "mirror", "hook", "settings", "packages"],
)
def test_a_changed_recipe_gives_another_image(other: Recipe) -> None:
    assert other.image != recipe().image


def test_command_line() -> None:
    words = argv(recipe())
    assert words[:6] == ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    assert "--skip=cleanup/apt/lists" in words
    assert words[-5:] == ["bookworm", "/w/root.tar", *recipe().sources]
    assert [word.rpartition("/")[2] for word in words if word.startswith("--customize-hook=/")] == ["host.sh"]


def test_baked_keeps_the_archives_it_downloaded() -> None:
    words = argv(recipe(baked=True))
    assert "--skip=cleanup/apt/lists,cleanup/apt/cache" in words
    assert [word.rpartition("/")[2] for word in words if word.startswith("--customize-hook=/")] == [
        "baked.sh",
        "host.sh",
    ]


def test_hooks_can_be_run() -> None:
    for wanted in (recipe(), recipe(baked=True)):
        hooks = [word.partition("=")[2] for word in argv(wanted) if word.startswith("--customize-hook=/")]
        assert all(Path(hook).stat().st_mode & 0o111 for hook in hooks)
