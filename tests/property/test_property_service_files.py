"""Files of a service through other hands: our lines in any text, sets that worked, and what apt says of torn ones."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._apt import CACHE, Apt, PackageError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._file_run import edited
from ansible_collections.glance_deploy.openstack.plugins.module_utils._known_good import KnownGood
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.trying import tried

WANTED = [
    {"pattern": r"processes\s*=", "line": "processes = 2"},
    {"pattern": r"add-header\s*=\s*Connection", "line": "add-header = Connection: close"},
]
LINES = st.sampled_from(
    ["[uwsgi]", "processes = 9", "processes=", "# processes = 1", "add-header = Connection: keep-alive", "", "é\udcff"]
) | st.text(st.characters(exclude_characters="\n"), max_size=9)
NAMES = st.sampled_from(["api.conf", "a b", "(.conf", "é", "-rf", "$(id)", "{{ x }}", ".hidden"])
SETS = st.dictionaries(NAMES, st.binary(max_size=12), min_size=1, max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
# What stands around the name of an archive in a complaint, and the name.
PLACES = ("/var/cache/apt/archives/", "/tmp/apt-dpkg-install-Xa1b2C/012-", "/srv/", "")


@settings(max_examples=300)
@given(st.lists(LINES, max_size=8), st.booleans())
def test_lines_come_into_any_text_once_and_all_others_stay(lines: list[str], is_ended: bool) -> None:
    text = "\n".join(lines) + ("\n" if is_ended and lines else "")
    after = edited(text, "[uwsgi]", WANTED)
    assert edited(after, "[uwsgi]", WANTED) == after
    found = after.removesuffix("\n").split("\n")
    assert {want["line"] for want in WANTED} <= set(found)
    ours = re.compile("|".join(want["pattern"] for want in WANTED))
    assert [line for line in found if not ours.match(line)] == [
        line for line in (text.removesuffix("\n").split("\n") if text else []) if not ours.match(line)
    ]


@settings(max_examples=200)
@given(SETS, SETS)
def test_a_set_comes_back_whatever_was_done_to_its_files(files: dict[str, bytes], later: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        etc = Path(directory, "etc")
        etc.mkdir()
        good = KnownGood("api", Path(directory, "kept"), f"{etc}/")
        for name, content in files.items():
            (etc / name).write_bytes(content)
        good.keep([f"{etc}/*", f"{etc}/.*"])
        for name in files:
            (etc / name).unlink()
        for name, content in later.items():
            (etc / name).write_bytes(content)
        good.restore([])
        assert {name: (etc / name).read_bytes() for name in files} == files
        assert good.restore([]) == []
        assert all(good.copy(str(etc / name)) for name in files)


@settings(max_examples=300)
@given(st.binary(max_size=30) | JSON.map(lambda content: json.dumps(content).encode()))
def test_whatever_else_stands_in_the_place_of_a_set_is_none(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "api.json").write_bytes(content)
        good = KnownGood("api", Path(directory), f"{directory}/etc/")
        assert not good.exists
        assert good.restore([]) == []


@settings(max_examples=300)
@given(st.sampled_from(PLACES), st.text(max_size=12), st.booleans())
def test_only_archives_of_apts_cache_are_ever_fetched_again(place: str, name: str, is_full: bool) -> None:
    forgotten: list[Path] = []
    words = f"E: Invalid archive signature\nE: Prior errors apply to {place}{name}.deb\n"
    words += "failed to write (No space left on device)\n" if is_full else ""

    def run(argv: Any, **_: Any) -> tuple[int, str, str]:
        return (100, "", words) if "install" in argv else (0, "", "")

    apt = Apt(run, sleep=lambda _: None, forget=forgotten.append)
    assert isinstance(
        tried(lambda: apt.install(["x"], fresh_lists=True, start_services=True), PackageError), PackageError
    )
    assert {path.parent for path in forgotten} <= {CACHE}
    assert not (is_full and forgotten)
