from __future__ import annotations

import hashlib
import http.client
import pathlib
import ssl
import stat
import urllib.error
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _image_source
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_download import (
    Download,
    Patience,
    SourceRefusedError,
    SourceUnreachableError,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_network import Route
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_source import Source, Sources
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_source_wish import source_wish
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._qcow2 import CLUSTER, builtin_image, write

from tests.unit.plugins.fake_web import Answer, Web, serving

DISK = write({0: b"cirros".ljust(CLUSTER, b"\1")}, 1024 * 1024)
OTHER = write({0: b"fedora".ljust(CLUSTER, b"\1")}, 1024 * 1024)
SHA512 = "sha512:" + hashlib.sha512(DISK).hexdigest()
STRONG = [{"sha512": "of an image in Glance"}]
PAGE = b"<html><body>The mirror is being moved.</body></html>"
# Nobody listens on this port of this machine: a connection is refused at once.
NOBODY = "http://127.0.0.1:9/disk.img"


def finder(cache: pathlib.Path, way: Route | None = None, seconds: float = 5, **params: Any) -> Sources:
    deadline = Deadline(seconds, "Raise deadline.", sleep=lambda _: None)
    wish = source_wish(
        {
            "urls": [],
            "path": None,
            "checksum": SHA512,
            "checksum_waived": False,
            "disk_format": "qcow2",
            "fallback_builtin": False,
            "cache_dir": str(cache),
            **params,
        }
    )
    return Sources(wish, way or Route(), Patience(timeout=0.3, attempts=3, pause=0.0), deadline)


def bytes_of(source: Source) -> bytes:
    with source.open() as file:
        return file.read()


def fetch(web: Web, cache: pathlib.Path, **params: Any) -> Source:
    return finder(cache, urls=[web.url()], **params).obtain()


def test_url_with_the_right_checksum(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK)) as web:
        source = fetch(web, tmp_path / "cache")
        assert (source.kind, source.location, source.disk_format) == ("url", web.url(), "qcow2")
    assert bytes_of(source) == DISK
    assert source.measured.size == len(DISK)
    assert source.notes == ()


def test_cache_is_private_and_holds_one_complete_file(tmp_path: pathlib.Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o755)
    with serving(Answer(DISK, headers={"ETag": '"1"'})) as web:
        fetch(web, cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert [file.suffix for file in cache.iterdir()] == [".img"]


def test_second_run_takes_the_cached_file(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK)) as web:
        fetch(web, tmp_path)
        source = fetch(web, tmp_path)
        assert len(web.asked) == 1
    assert source.notes == ("fetched by an earlier run and kept in the cache",)
    assert bytes_of(source) == DISK


def test_cached_file_that_rotted_is_fetched_again(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK)) as web:
        fetch(web, tmp_path)
        next(tmp_path.glob("*.img")).write_bytes(OTHER)
        assert bytes_of(fetch(web, tmp_path)) == DISK
        assert len(web.asked) == 2


def test_mirrors_share_the_cached_file(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK)) as web:
        fetch(web, tmp_path)
        assert bytes_of(finder(tmp_path, urls=[NOBODY]).obtain()) == DISK


def test_waived_checksum_is_never_taken_from_the_cache(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK), Answer(OTHER)) as web:
        waived = {"checksum": "", "checksum_waived": True}
        assert bytes_of(fetch(web, tmp_path, **waived)) == DISK
        assert bytes_of(fetch(web, tmp_path, **waived)) == OTHER


@pytest.mark.parametrize("status", [500, 503, 429])
def test_passing_trouble_is_tried_again(tmp_path: pathlib.Path, status: int) -> None:
    with serving(Answer(PAGE, status), Answer(PAGE, status), Answer(DISK)) as web:
        assert bytes_of(fetch(web, tmp_path)) == DISK
        assert len(web.asked) == 3


@pytest.mark.parametrize(("status", "times"), [(500, 3), (404, 1), (403, 1), (407, 1)])
def test_lasting_trouble_ends(tmp_path: pathlib.Path, status: int, times: int) -> None:
    with serving(Answer(b"", status)) as web:
        with pytest.raises(SourceUnreachableError, match=f"HTTP {status}") as caught:
            fetch(web, tmp_path)
        assert len(web.asked) == times
    assert "mirror" in caught.value.hint


def test_slow_server_is_given_up(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK, wait=1.0)) as web, pytest.raises(SourceUnreachableError, match="tried 3 times"):
        fetch(web, tmp_path)


def test_trickle_meets_the_deadline(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK, cut=100)) as web, pytest.raises(DeployError, match=r"not done within 0\.0") as caught:
        finder(tmp_path, urls=[web.url()], seconds=0.0001).obtain()
    assert caught.value.hint == "Raise deadline."


class TestResume:
    TAG: Mapping[str, str] = {"ETag": '"v1"'}

    def test_broken_line_goes_on_where_it_stopped(self, tmp_path: pathlib.Path) -> None:
        answers = (
            Answer(DISK, headers=self.TAG, cut=70_000),
            Answer(DISK, headers=self.TAG, cut=50_000, ranges=True),
            Answer(DISK, headers=self.TAG, ranges=True),
        )
        with serving(*answers) as web:
            assert bytes_of(fetch(web, tmp_path)) == DISK
            assert [one.get("Range") for one in web.asked] == [None, "bytes=70000-", "bytes=120000-"]
            assert web.asked[1]["If-Range"] == '"v1"'

    def test_killed_run_is_taken_up_by_the_next(self, tmp_path: pathlib.Path) -> None:
        broken = Answer(DISK, headers=self.TAG, cut=70_000)
        with serving(broken, Answer(b"", 404), Answer(DISK, headers=self.TAG, ranges=True)) as web:
            with pytest.raises(SourceUnreachableError):
                fetch(web, tmp_path)
            assert bytes_of(fetch(web, tmp_path)) == DISK
            assert web.asked[-1]["Range"] == "bytes=70000-"

    def test_changed_file_is_fetched_from_its_start(self, tmp_path: pathlib.Path) -> None:
        changed = Answer(DISK, headers={"ETag": '"v2"'}, ranges=True)
        with serving(Answer(OTHER, headers=self.TAG, cut=70_000), changed) as web:
            assert bytes_of(fetch(web, tmp_path)) == DISK

    def test_server_without_ranges_starts_again(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK, headers=self.TAG, cut=70_000), Answer(DISK, headers=self.TAG)) as web:
            assert bytes_of(fetch(web, tmp_path)) == DISK
            assert "Range" in web.asked[1]

    @pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}])
    def test_nothing_is_resumed_without_a_strong_tag(self, tmp_path: pathlib.Path, headers: dict[str, str]) -> None:
        with serving(Answer(DISK, headers=headers, cut=70_000), Answer(DISK)) as web:
            assert bytes_of(fetch(web, tmp_path)) == DISK
            assert "Range" not in web.asked[1]

    def test_date_serves_where_there_is_no_tag(self, tmp_path: pathlib.Path) -> None:
        date = "Fri, 20 Nov 2026 10:00:00 GMT"
        with serving(Answer(DISK, headers={"Last-Modified": date}, cut=70_000), Answer(DISK)) as web:
            fetch(web, tmp_path)
            assert web.asked[1]["If-Range"] == date

    def test_range_that_is_refused_starts_again(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK, headers=self.TAG, cut=70_000), Answer(b"", 416), Answer(DISK)) as web:
            assert bytes_of(fetch(web, tmp_path)) == DISK
            assert "Range" not in web.asked[2]

    def test_wrong_range_is_not_glued(self, tmp_path: pathlib.Path) -> None:
        wrong = Answer(DISK, 206, headers={"Content-Range": f"bytes 5-{len(DISK) - 1}/{len(DISK)}"})
        with (
            serving(Answer(DISK, headers=self.TAG, cut=70_000), wrong) as web,
            pytest.raises(SourceUnreachableError, match="resumed at another byte"),
        ):
            fetch(web, tmp_path)

    def test_line_that_always_breaks_at_the_start_is_given_up(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK, headers=self.TAG, cut=0)) as web:
            with pytest.raises(SourceUnreachableError, match=f"broke off after 0 of {len(DISK)} bytes"):
                fetch(web, tmp_path)
            assert len(web.asked) == 3


class TestRefused:
    @pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "application/octet-stream"])
    def test_web_page_instead_of_the_image(self, tmp_path: pathlib.Path, kind: str) -> None:
        with (
            serving(Answer(PAGE, headers={"Content-Type": kind})) as web,
            pytest.raises(SourceRefusedError, match="web page, not an image") as caught,
        ):
            fetch(web, tmp_path)
        assert "browser" in caught.value.hint
        assert list(tmp_path.iterdir()) == []

    def test_wrong_checksum(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(OTHER)) as web, pytest.raises(SourceRefusedError, match=r"sha512 is [0-9a-f]{128}, not"):
            fetch(web, tmp_path)
        assert list(tmp_path.iterdir()) == [], "what is wrong must not be resumed"

    def test_truncated_at_the_source(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK[:-CLUSTER])) as web, pytest.raises(SourceRefusedError, match="it was cut off"):
            fetch(web, tmp_path, checksum="", checksum_waived=True)

    def test_other_format(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK)) as web, pytest.raises(SourceRefusedError, match="it is qcow2, not raw"):
            fetch(web, tmp_path, disk_format="raw")

    def test_is_never_hidden_by_the_builtin_image(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(OTHER)) as web, pytest.raises(SourceRefusedError):
            finder(tmp_path, urls=[web.url(), NOBODY], fallback_builtin=True).obtain()

    def test_is_mended_by_a_mirror(self, tmp_path: pathlib.Path) -> None:
        with serving(bad=[Answer(PAGE)], good=[Answer(DISK)]) as web:
            source = finder(tmp_path, urls=[web.url("/bad"), web.url("/good")]).obtain()
        assert source.location.endswith("/good")
        assert [note.split(": ")[1] for note in source.notes] == ["it is a web page, not an image"]


class TestLastResort:
    def test_mirror_before_the_builtin_image(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK)) as web:
            source = finder(tmp_path, urls=[NOBODY, web.url()], fallback_builtin=True).obtain()
        assert source.kind == "url"
        assert source.notes == (f"{NOBODY}: Connection refused",)

    def test_builtin_image_when_nobody_answers(self, tmp_path: pathlib.Path) -> None:
        source = finder(tmp_path, urls=[NOBODY], fallback_builtin=True, disk_format="raw").obtain()
        assert (source.kind, source.location, source.disk_format) == ("built-in", "", "qcow2")
        assert bytes_of(source) == builtin_image()
        assert source.measured.size == len(builtin_image())
        assert source.notes == (f"{NOBODY}: Connection refused",)

    def test_builtin_image_when_nothing_is_named(self, tmp_path: pathlib.Path) -> None:
        assert finder(tmp_path, fallback_builtin=True).obtain().kind == "built-in"

    def test_nothing_at_all(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(SourceUnreachableError, match="Connection refused") as caught:
            finder(tmp_path, urls=[NOBODY]).obtain()
        assert "fallback_builtin" in caught.value.hint


class TestFile:
    def test_is_used_instead_of_urls(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "my.qcow2"
        path.write_bytes(DISK)
        source = finder(tmp_path / "cache", path=str(path), urls=[NOBODY], checksum="").obtain()
        assert (source.kind, source.location, bytes_of(source)) == ("file", str(path), DISK)
        assert not (tmp_path / "cache").exists()

    @pytest.mark.parametrize(
        ("data", "reason"),
        [(PAGE, "web page"), (DISK[:-CLUSTER], "cut off"), (b"", "empty"), (OTHER, "sha512 is"), (b"raw", "raw, not")],
    )
    def test_wrong_file_is_refused_even_with_a_last_resort(
        self, tmp_path: pathlib.Path, data: bytes, reason: str
    ) -> None:
        path = tmp_path / "my.qcow2"
        path.write_bytes(data)
        with pytest.raises(SourceRefusedError, match=reason) as caught:
            finder(tmp_path, path=str(path), fallback_builtin=True).obtain()
        assert str(path) in str(caught.value)

    def test_wrong_file_is_refused_before_anybody_is_asked(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "my.qcow2"
        path.write_bytes(PAGE)
        with pytest.raises(SourceRefusedError, match="web page"):
            finder(tmp_path, path=str(path)).known([])

    def test_missing_file_is_named(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(DeployError, match=r"absent\.img: No such file") as caught:
            finder(tmp_path, path=str(tmp_path / "absent.img"), fallback_builtin=True).obtain()
        assert "ls -l" in caught.value.hint


class TestKnown:
    def test_file_at_hand(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "my.qcow2"
        path.write_bytes(DISK)
        assert finder(tmp_path, path=str(path), checksum="").known(STRONG)["sha512"] == SHA512.removeprefix("sha512:")

    def test_file_is_not_read_where_there_is_nothing_to_compare(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "my.qcow2"
        path.write_bytes(DISK)
        found = finder(tmp_path, path=str(path), checksum="")
        assert found.known([]) == {}
        measured = found.obtain().measured
        assert (measured.size, measured.digests) == (len(DISK), {})

    def test_file_is_measured_as_the_images_it_is_compared_with(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "my.qcow2"
        path.write_bytes(DISK)
        found = finder(tmp_path, path=str(path), checksum="")
        assert set(found.known([{"md5": "0"}])) == {"md5", "sha512"}
        assert set(found.known([{"sha256": "0"}])) == {"md5", "sha256", "sha512"}
        assert "sha256" in found.obtain().measured.digests

    def test_file_that_is_not_there_yet(self, tmp_path: pathlib.Path) -> None:
        assert finder(tmp_path, path=str(tmp_path / "later.img"), checksum="").known([]) == {}

    def test_declared(self, tmp_path: pathlib.Path) -> None:
        assert finder(tmp_path, urls=[NOBODY]).known([]) == {"sha512": SHA512.removeprefix("sha512:")}

    def test_cached_file_knows_all_digests(self, tmp_path: pathlib.Path) -> None:
        sha256 = "sha256:" + hashlib.sha256(DISK).hexdigest()
        with serving(Answer(DISK)) as web:
            fetch(web, tmp_path, checksum=sha256)
        known = finder(tmp_path, urls=[NOBODY], checksum=sha256).known(STRONG)
        assert known["sha512"] == SHA512.removeprefix("sha512:")
        next(tmp_path.glob("*.img")).write_bytes(OTHER)
        assert list(finder(tmp_path, urls=[NOBODY], checksum=sha256).known([])) == ["sha256"]

    def test_checksum_of_nothing(self, tmp_path: pathlib.Path) -> None:
        with serving(Answer(DISK)) as web:
            fetch(web, tmp_path)
        assert finder(tmp_path).known([]) == {}
        assert finder(tmp_path, fallback_builtin=True).obtain().kind == "built-in"

    def test_waived(self, tmp_path: pathlib.Path) -> None:
        assert finder(tmp_path, urls=[NOBODY], checksum="", checksum_waived=True).known([]) == {}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"urls": ["http://mirror/disk.img"], "checksum": ""}, "no checksum for http://mirror/disk.img"),
        ({"urls": ["ftp://mirror/disk.img"]}, "ftp://mirror/disk.img is not the address of a web server"),
        ({"urls": ["file:///etc/shadow"]}, "is not the address of a web server"),
        ({"urls": ["disk.img"]}, "is not the address of a web server"),
        ({"urls": ["http://mirror:hunter2/disk.img"]}, "One of urls is not an address"),
        ({"urls": ["http://[hunter2/disk.img"]}, "One of urls is not an address"),
        ({"urls": ["http://mirror/größe.img"]}, "One of urls is not an address"),
        ({"urls": ["https://me:hunter2@mirror/disk.img?token=hunter2"]}, "https://mirror/disk.img holds a user name"),
        ({"checksum": "d41d8cd9"}, "names no known algorithm"),
    ],
)
def test_wrong_input_is_refused(tmp_path: pathlib.Path, params: dict[str, Any], message: str) -> None:
    with pytest.raises(DeployError, match=message) as caught:
        finder(tmp_path, **params)
    assert "hunter2" not in str(caught.value) + caught.value.hint


class Opener:
    """Opens nothing, for one and the same reason."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.opened = 0

    def open(self, *_: object, **__: object) -> None:
        self.opened += 1
        raise self.fault


def distrust() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("fault", "message", "opened"),
    [
        (urllib.error.URLError(distrust()), "certificate is not trusted .self-signed certificate", 1),
        (urllib.error.URLError(OSError(101, "Network is unreachable")), "Network is unreachable", 3),
        (urllib.error.URLError(TimeoutError("timed out")), "nothing arrived in time", 3),
        (http.client.RemoteDisconnected("Remote end closed connection"), "Remote end closed connection", 3),
        (http.client.IncompleteRead(b""), "IncompleteRead", 3),
    ],
)
def test_faults_of_the_network(tmp_path: pathlib.Path, fault: Exception, message: str, opened: int) -> None:
    opener: Any = Opener(fault)
    patience = Patience(timeout=0.1, attempts=3, pause=0.0)
    with pytest.raises(SourceUnreachableError, match=message):
        Download("https://mirror/disk.img", tmp_path / "x.part", opener, patience, Deadline(5)).run()
    assert opener.opened == opened


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read(tmp_path: pathlib.Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content:
        ca_file.write_text(content)
    with serving(Answer(DISK)) as web, pytest.raises(DeployError, match=r"ca\.pem holds no certificates"):
        finder(tmp_path, Route(ca_file=str(ca_file)), urls=[web.url()]).obtain()


def test_disk_that_cannot_be_written_is_no_fault_of_the_source(tmp_path: pathlib.Path) -> None:
    # A file in the way of the directory stands for every fault that writing can have.
    with serving(Answer(DISK)) as web:
        blocked = tmp_path / "file"
        blocked.write_text("")
        with pytest.raises(DeployError, match="file: ") as caught:
            fetch(web, blocked, fallback_builtin=True)
    assert "df -h" in caught.value.hint


def test_download_goes_through_a_proxy(tmp_path: pathlib.Path) -> None:
    with serving(Answer(DISK)) as proxy:
        way = Route({"http": proxy.root})
        source = finder(tmp_path, way, urls=["http://mirror.example.org/disk.img"]).obtain()
        assert proxy.asked[0]["path"] == "http://mirror.example.org/disk.img"
    assert bytes_of(source) == DISK


def test_parameters_become_sources(tmp_path: pathlib.Path) -> None:
    params: dict[str, Any] = {
        "urls": [],
        "path": None,
        "checksum": "",
        "checksum_waived": False,
        "disk_format": "qcow2",
    }
    params |= {"fallback_builtin": True, "cache_dir": str(tmp_path), "timeout": 5.0, "attempts": 3}
    found = _image_source.sources({**params, "proxy": None, "ca_file": None}, Deadline(5))
    assert found.obtain().kind == "built-in"
