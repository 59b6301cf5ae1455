"""What releases know, merged to life spans; and facts that the role's table must tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts._options import notes
from scripts._options.cli import main, table
from scripts._options.environment import CONSTRAINTS, by_pip, by_uv
from scripts._options.merge import Known, Life, Place, Snapshot, add_known, complete, gaps, lives, snapshot
from scripts._options.releases import ORDER, RELEASES
from scripts._options.table import render, scalar

API = "glance-api.conf"


def place(name: str, section: str = "DEFAULT") -> Place:
    return (API, section, name)


def shot(release: str, *names: str, lacking: frozenset[str] | None = frozenset(), **renamed: str) -> Snapshot:
    """Return a release that knows names, and old names of others."""
    own = {place(name): Known("glance.api") for name in names}
    return Snapshot(release, own | {place(old): Known("glance.api", now) for old, now in renamed.items()}, lacking)


def option(*aliases: tuple[str, str], namespace: str = "glance.api") -> dict[str, Any]:
    return {"namespace": namespace, "aliases": [list(each) for each in aliases], "removal": False, "reason": ""}


def collected(sections: Mapping[str, Any], *lacking: str) -> dict[str, Any]:
    return {"files": {API: sections}, "lacking": lacking, "python": "3.13.0", "packages": {"glance": "33.0.0"}}


def test_lives_of_what_comes_stays_and_goes() -> None:
    found = lives([shot("a", "stays", "goes"), shot("b", "stays", "goes", "short"), shot("c", "stays", "comes")], {})
    assert found == {
        place("stays"): Life(),
        place("goes"): Life(last="b"),
        place("short"): Life(first="b", last="b"),
        place("comes"): Life(first="c"),
    }


def test_an_old_name_is_known_as_long_as_it_is_accepted() -> None:
    found = lives([shot("a", "old"), shot("b", "new", old="DEFAULT.new"), shot("c", "new")], {})
    assert found == {place("old"): Life(last="b", now="DEFAULT.new"), place("new"): Life(first="b")}


def test_an_old_name_that_still_works_has_no_end() -> None:
    assert lives([shot("a", "old"), shot("b", "new", old="DEFAULT.new")], {})[place("old")] == Life(now="DEFAULT.new")


def test_the_latest_new_name_is_told() -> None:
    found = lives([shot("a", old="DEFAULT.new"), shot("b", old="other.newer"), shot("c")], {})
    assert found[place("old")] == Life(last="b", now="other.newer")


def test_a_word_is_for_what_went_without_another_name() -> None:
    why = {place(name): "a reason" for name in ("gone", "renamed", "here")}
    found = lives([shot("a", "gone", "here", renamed="DEFAULT.here"), shot("b", "here")], why)
    assert {name: found[place(name)].why for name in ("gone", "renamed", "here")} == {
        "gone": "a reason",
        "renamed": "",
        "here": "",
    }


def test_a_release_that_was_not_asked_knows_what_both_neighbours_know() -> None:
    shots = complete([shot("pike", "both", "old"), shot("queens", lacking=None), shot("rocky", "both", "new")])
    assert set(shots[1].options) == {place("both")}
    assert lives(shots, {})[place("old")] == Life(last="pike")
    assert lives(shots, {})[place("new")] == Life(first="rocky")


def test_a_release_takes_the_newer_neighbours_word_on_names() -> None:
    shots = complete([shot("a", "old"), shot("b", lacking=None), shot("c", "new", old="DEFAULT.new")])
    assert shots[1].options == {place("old"): Known("glance.api", "DEFAULT.new")}


def test_of_a_part_that_was_asked_nothing_is_taken_from_neighbours() -> None:
    library = {place("library"): Known("oslo.db")}
    before, after = (Snapshot(name, library | dict(shot(name, "own").options)) for name in ("a", "c"))
    (_, gap, _) = complete([before, shot("b", lacking=frozenset({"glance.api"})), after])
    assert set(gap.options) == {place("own")}


def test_neighbours_of_a_gap_are_those_that_were_asked() -> None:
    shots = complete([shot("a", "x"), shot("b", lacking=None), shot("c", lacking=None), shot("d", "x")])
    assert lives(shots, {}) == {place("x"): Life()}


def test_a_gap_at_the_end_has_no_second_neighbour() -> None:
    assert not complete([shot("a", "x"), shot("b", lacking=None)])[1].options


def test_other_sources_add_what_neighbours_do_not_share() -> None:
    shots = complete([shot("a", "old"), shot("b", lacking=None), shot("c")])
    assert lives(add_known(shots, {"b": [place("old")]}), {})[place("old")] == Life(last="b")


def test_what_comes_back_is_found() -> None:
    assert gaps([shot("a", "x"), shot("b"), shot("c", "x")]) == [(place("x"), "b")]


def test_old_names_are_places_of_their_own() -> None:
    sections = {"DEFAULT": {"here": option()}, "new": {"name": option(("DEFAULT", "name"), ("DEFAULT", "here"))}}
    assert snapshot("a", collected(sections)).options == {
        place("here"): Known("glance.api"),
        place("name", "new"): Known("glance.api"),
        place("name"): Known("glance.api", "new.name"),
    }


def test_an_option_that_goes_beside_the_one_that_takes_its_name_over_is_an_old_name() -> None:
    going = option() | {"removal": True}
    sections = {"s": {"stays": option(), "goes": going, "new": option(("s", "stays"), ("s", "goes"))}}
    found = snapshot("a", collected(sections)).options
    assert (found[place("stays", "s")].now, found[place("goes", "s")].now) == ("", "s.new")


def test_old_names_do_not_lead_to_a_stores_section() -> None:
    sections = {
        "file": {"dir": option(("DEFAULT", "dir"), ("file", "folder"), namespace="glance.multi_store")},
        "glance_store": {"dir": option(("DEFAULT", "dir"), namespace="glance.store")},
    }
    found = snapshot("a", collected(sections)).options
    assert found[place("dir")].now == "glance_store.dir"
    assert place("folder", "file") not in found


def test_a_table_says_what_it_was_learnt_from() -> None:
    known = {name: collected({"DEFAULT": {"x": option()}}) for name in ("pike", "hibiscus")}
    text = table(known | {"rocky": collected({}, "glance.api")})
    assert "#   pike: glance 33.0.0, Python 3.13.0\n" in text
    assert "#   rocky: glance 33.0.0, Python 3.13.0; inferred: glance.api\n" in text
    assert "#   zed: nothing; " in text
    assert yaml.safe_load(text)[API]["DEFAULT"]["x"] == {}


def test_rendered_text_is_one_line_an_option_and_reads_back() -> None:
    text = render(
        {
            place("b", "z"): Life(),
            place("on"): Life(first="a", now="z.b"),
            place("c"): Life(last="a", why="it: {went}"),
            ("x.conf", "s", "o"): Life(),
        },
        ["One.", ""],
    )
    assert text.splitlines()[:6] == [
        "---",
        "# One.",
        "#",
        "glance-api.conf:",
        "  DEFAULT:",
        '    c: {last: a, why: "it: {went}"}',
    ]
    assert yaml.safe_load(text) == {
        API: {"DEFAULT": {"c": {"last": "a", "why": "it: {went}"}, "on": {"first": "a", "now": "z.b"}}, "z": {"b": {}}},
        "x.conf": {"s": {"o": {}}},
    }


@pytest.mark.parametrize("text", ["on", "No", "null", "1.2", "a: b", "", "ä", "~"])
def test_what_yaml_would_misread_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')
    assert yaml.safe_load(scalar(text)) == text


def test_installing_pins_what_has_no_date() -> None:
    pike = next(release for release in RELEASES if release.name == "pike")
    assert str(CONSTRAINTS / "pike.txt") in by_pip(pike, Path("python"))
    assert "glance==15.0.2" in by_pip(pike, Path("python"))


def test_installing_takes_libraries_of_the_release() -> None:
    zed = next(release for release in RELEASES if release.name == "zed")
    argv = by_uv(zed, Path("python"), Path("uv"))
    assert argv[argv.index("--exclude-newer") + 1] == "2022-10-19"


def test_environments_do_not_come_into_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(Path(__file__).parent / "work")]) == 2
    assert "inside the repository" in capsys.readouterr().err


def test_facts_are_of_releases_that_exist() -> None:
    assert set(notes.KNOWN) <= set(ORDER)
    assert all(len(text) < 80 for text in notes.REASONS)


@cache
def role_table() -> Any:
    return yaml.safe_load((CONSTRAINTS.parent / "options.yml").read_text())


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("DEFAULT.bind_host", None, "gazpacho"),
        ("DEFAULT.workers", None, "gazpacho"),
        ("DEFAULT.registry_host", None, "ussuri"),
        ("DEFAULT.data_api", None, "ussuri"),
        ("DEFAULT.enable_v1_api", None, "queens"),
        ("DEFAULT.owner_is_tenant", None, "victoria"),
        ("DEFAULT.cert_file", None, "train"),
        ("DEFAULT.image_cache_driver", None, None),
        ("DEFAULT.image_size_cap", None, None),
        ("DEFAULT.hashing_algorithm", "rocky", None),
        ("DEFAULT.enabled_backends", "rocky", None),
        ("DEFAULT.enabled_import_methods", "queens", None),
        ("DEFAULT.worker_self_reference_url", "wallaby", None),
        ("DEFAULT.use_keystone_limits", "xena", None),
        ("DEFAULT.cache_prefetcher_interval", "train", "yoga"),
        ("DEFAULT.secure_proxy_ssl_header", None, "yoga"),
        ("DEFAULT.location_strategy", None, "caracal"),
        ("DEFAULT.enforce_secure_rbac", "wallaby", "zed"),
        ("DEFAULT.do_secure_hash", "dalmatian", None),
        ("image_format.require_image_format_match", "epoxy", None),
        ("image_import_opts.max_parallel_stores", "hibiscus", None),
        ("glance_store.default_store", None, None),
        ("glance_store.default_backend", "rocky", None),
        ("glance_store.s3_store_host", "ussuri", None),
        ("glance_store.sheepdog_store_port", None, "train"),
        ("file.filesystem_store_datadir", "rocky", None),
        ("file.weight", "bobcat", None),
        ("os_glance_staging_store.filesystem_store_datadir", "train", None),
        ("keystone_authtoken.www_authenticate_uri", "queens", None),
        ("keystone_authtoken.auth_uri", None, "gazpacho"),
        ("keystone_authtoken.password", None, None),
        ("keystone_authtoken.identity_uri", None, "gazpacho"),
        ("oslo_limit.auth_type", "xena", None),
        ("oslo_policy.enforce_scope", "queens", "gazpacho"),
    ],
)
def test_the_roles_table(name: str, first: str | None, last: str | None) -> None:
    section, _, option = name.partition(".")
    life = role_table()[API][section][option]
    assert (life.get("first"), life.get("last")) == (first, last)


def test_the_roles_table_tells_new_names_and_reasons() -> None:
    api = role_table()[API]
    assert api["keystone_authtoken"]["auth_uri"]["now"] == "keystone_authtoken.www_authenticate_uri"
    assert api["DEFAULT"]["sql_connection"] == {"last": "bobcat", "now": "database.connection"}
    assert api["task"]["eventlet_executor_pool_size"]["now"] == "taskflow_executor.max_workers"
    assert api["DEFAULT"]["registry_host"]["why"] == "the registry was removed in Victoria"


def test_the_registrys_file_ends_with_it() -> None:
    registry = role_table()["glance-registry.conf"]
    own = registry["DEFAULT"]["bind_port"]
    assert own == {"last": "ussuri"}
    ends = {life.get("last") for options in registry.values() for life in options.values()}
    assert ends <= set(ORDER[: ORDER.index("victoria")])


def test_the_roles_table_names_releases_in_order() -> None:
    for sections in role_table().values():
        for life in (life for options in sections.values() for life in options.values()):
            assert set(life) <= {"first", "last", "now", "why"}
            first, last = (life.get(key, ORDER[end]) for key, end in (("first", 0), ("last", -1)))
            assert ORDER.index(first) <= ORDER.index(last)


@pytest.mark.parametrize("path", sorted(CONSTRAINTS.glob("*.txt")), ids=lambda path: path.stem)
def test_constraints_are_sorted_pins_of_what_a_role_installs(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
    names = [re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines]
    assert names == sorted(set(names))
    assert {"pymysql", "python-memcached", "glance-store"} <= set(names)
    assert not {"glance", "pip", "wheel"} & set(names)
