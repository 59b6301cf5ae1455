"""The configuration that worked: kept privately, put back as a whole, and never half."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._known_good import KnownGood
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError


class Site:
    """A host with a configuration directory, and what is kept of it."""

    def __init__(self, directory: Path) -> None:
        self.etc, self.kept = directory / "etc", directory / "state" / "known-good"
        self.set = self.kept / "api.json"
        self.etc.mkdir()
        self.patterns = [str(self.etc / "api.conf"), str(self.etc / "conf.d" / "*")]
        self.good = KnownGood("api", self.kept, f"{self.etc}/")
        (self.etc / "conf.d").mkdir()
        self.write("api.conf", "password = hush", 0o640)
        self.write("conf.d/a", "a", 0o644)

    def write(self, name: str, content: str, mode: int = 0o640) -> Path:
        path = self.etc / name
        path.write_text(content)
        path.chmod(mode)
        return path

    def state(self) -> dict[str, tuple[str, int]]:
        """Return content and mode of every file."""
        files = [path for path in sorted(self.etc.rglob("*")) if path.is_file()]
        return {str(path.relative_to(self.etc)): (path.read_text(), path.stat().st_mode & 0o777) for path in files}

    def restore(self, *written: str) -> list[str]:
        """Restore and return the names of what was put back or taken away."""
        restored = self.good.restore(str(self.etc / name) for name in written)
        return [str(Path(path).relative_to(self.etc)) for path in restored]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.good.keep(site.patterns)
    return site


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


@pytest.mark.parametrize(
    ("change", "restored"),
    [
        (lambda _: None, []),
        (lambda path: path.write_text("broken"), ["api.conf"]),
        (lambda path: path.chmod(0o666), ["api.conf"]),
        (Path.unlink, ["api.conf"]),
        (replace_by_link, ["api.conf"]),
        (lambda path: path.write_bytes(b""), ["api.conf"]),
    ],
    ids=["noop", "content", "mode", "removed", "link", "emptied"],
)
def test_what_differs_is_put_back(site: Site, change: Callable[[Path], None], restored: list[str]) -> None:
    before = site.state()
    change(site.etc / "api.conf")
    assert site.restore() == restored
    assert site.state() == before
    assert not (site.etc / "api.conf").is_symlink()
    assert site.restore() == []


def test_files_that_came_since_stay(site: Site) -> None:
    site.write("conf.d/b", "somebody's")
    site.write("conf.d/a", "broken")
    assert site.restore() == ["conf.d/a"]
    assert site.state()["conf.d/b"] == ("somebody's", 0o640)


def test_a_new_file_of_ours_is_taken_away_into_the_backups(site: Site, backups: Path) -> None:
    before = site.state()
    site.write("conf.d/b", "ours")
    site.write("conf.d/c", "somebody's")
    assert site.restore("conf.d/b", "api.conf", "conf.d/none", "conf.d/b") == ["conf.d/b"]
    assert site.state() == {**before, "conf.d/c": ("somebody's", 0o640)}
    assert (backups / "b.taken-back").read_text() == "ours"
    assert backups.stat().st_mode & 0o777 == 0o700


def test_what_is_replaced_is_kept_in_the_backups(site: Site, backups: Path) -> None:
    site.write("api.conf", "broken")
    site.restore("api.conf")
    assert [path.read_text() for path in backups.iterdir()] == ["broken"]


def test_there_is_something_to_go_back_to_once_a_set_is_kept(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert not site.good.exists
    site.good.keep([])
    assert not site.good.exists
    site.good.keep(site.patterns)
    assert site.good.exists


def test_a_new_set_takes_the_place_of_the_old_one(site: Site) -> None:
    site.write("api.conf", "better")
    (site.etc / "conf.d" / "a").unlink()
    site.good.keep(site.patterns)
    site.write("api.conf", "broken")
    assert site.restore() == ["api.conf"]
    assert site.state() == {"api.conf": ("better", 0o640)}


def test_the_same_set_is_not_written_again(site: Site) -> None:
    before = [(path, path.stat().st_ino) for path in sorted(site.kept.rglob("*"))]
    site.good.keep(site.patterns)
    assert [(path, path.stat().st_ino) for path in sorted(site.kept.rglob("*"))] == before


def test_only_plain_files_below_the_configuration_are_kept(tmp_path: Path) -> None:
    site = Site(tmp_path)
    elsewhere = tmp_path / "usr"
    elsewhere.write_text("program")
    (site.etc / "conf.d" / "directory").mkdir()
    (site.etc / "conf.d" / "link").symlink_to(elsewhere)
    site.good.keep([*site.patterns, str(elsewhere), str(site.etc / "none")])
    assert list(json.loads(site.set.read_text())) == [str(site.etc / "api.conf"), str(site.etc / "conf.d" / "a")]


def test_what_a_killed_run_wrote_of_a_set_does_not_stay(site: Site) -> None:
    torn = site.kept / f".{site.set.name}.x7k2_9ab.new"
    torn.write_text("password = hush")
    site.good.keep(site.patterns)
    assert [path.name for path in site.kept.iterdir()] == [site.set.name]


def test_copies_are_for_root_alone(site: Site) -> None:
    assert list(site.kept.iterdir()) == [site.set]
    assert site.kept.stat().st_mode & 0o777 == 0o700
    assert site.set.stat().st_mode & 0o777 == 0o600


def test_units_do_not_know_of_each_other(site: Site) -> None:
    site.write("api.conf", "broken")
    assert KnownGood("other", site.kept, f"{site.etc}/").restore([]) == []
    assert [path.name for path in site.kept.iterdir()] == ["api.json"]


def test_what_a_killed_run_left_half_written_is_in_nobodys_way(site: Site) -> None:
    (site.kept / ".api.json.x.new").write_text("{")
    site.write("api.conf", "better")
    site.good.keep(site.patterns)
    site.write("api.conf", "broken")
    assert site.restore() == ["api.conf"]


def test_a_file_may_hold_any_bytes(site: Site) -> None:
    path = site.etc / "api.conf"
    path.write_bytes(bytes(range(256)))
    site.good.keep(site.patterns)
    path.write_text("broken")
    assert site.restore() == ["api.conf"]
    assert path.read_bytes() == bytes(range(256))


ABOUT = {"owner": "root", "group": "root", "mode": 0o640, "content": "eA=="}
TORN = ["", "{", "[]", "null", '{"/x": 1}', *({"/x": ABOUT | {key: None}} for key in ("mode", "content"))]


@pytest.mark.parametrize("content", [*TORN, {"/x": {}}, {"/x": ABOUT | {"content": "no base64"}}])
def test_a_set_that_is_torn_is_none(site: Site, content: Any) -> None:
    site.set.write_text(content if isinstance(content, str) else json.dumps(content))
    site.write("api.conf", "broken")
    assert site.restore() == []
    site.good.keep(site.patterns)
    site.write("api.conf", "again")
    assert site.restore() == ["api.conf"]
    assert site.state()["api.conf"][0] == "broken"


def test_without_a_set_nothing_is_put_back(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.restore("api.conf") == []
    assert not site.kept.exists()


def test_a_set_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.kept.parent.write_text("in the way")
    with pytest.raises(DeployError, match="Cannot keep the working configuration in") as caught:
        site.good.keep(site.patterns)
    assert caught.value.hint


def test_what_cannot_be_put_back_is_told(site: Site) -> None:
    path = site.etc / "api.conf"
    path.unlink()
    path.mkdir()
    (path / "x").touch()
    with pytest.raises(DeployError, match=f"Cannot write {path}: Is a directory"):
        site.restore()
    assert (path / "x").exists()
