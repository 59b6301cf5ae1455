"""Stores: what a host is told to do, what Glance is told of them, and what is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scripts._lab import cli, store
from scripts._lab.arguments import parse
from scripts._lab.errors import CommandFailedError, LabError, UsageError
from scripts._lab.state import Host, Lab
from scripts._lab.store import KINDS, SCRIPTS, Site, require_nfs, start_store, to_text
from tests.unit.lab.lab_fakes import FakeRun, make_lab

KEYSTONE = {"url": "http://controller:5000/v3", "region": "RegionOne"}
TOLD = KEYSTONE | {"fsid": "f-1", "key": "CEPHKEY", "access_key": "ACCESS", "secret_key": "DRAWN"}
TOLD_TEXT = json.dumps(TOLD)


@dataclass
class FakeHosts:
    """Hosts that remember what they were sent, and tell everything a script could tell."""

    answer: str | LabError = TOLD_TEXT
    lines: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)

    def __call__(self, argv: Sequence[str], *, data: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        del env
        self.lines.append(" ".join(argv))
        self.inputs.append(data.decode())
        if isinstance(self.answer, LabError):
            raise self.answer
        return self.answer


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab of two hosts that is up, on a machine whose kernel has NFS."""
    made = make_lab(tmp_path, "one", "two")
    made.directory.mkdir()
    made.save()
    monkeypatch.setattr(store, "load_ready", lambda _: made)
    monkeypatch.setattr(store, "FILESYSTEMS", tmp_path / "filesystems")
    (tmp_path / "filesystems").write_text("nodev\tsysfs\nnodev\tnfs4\nnodev\tnfsd\n\text4\n")
    return made


def settings(sent: str) -> dict[str, str]:
    """Let a real shell read the settings that a script begins with."""
    names = sent.partition("\n\n")[0]
    words = [line.partition("=")[0] for line in names.splitlines()]
    show = "".join(f'printf "%s\\n" "${word}"\n' for word in words)
    shown = subprocess.check_output(["bash", "-s"], input=f"{names}\n{show}", text=True)
    return dict(zip(words, shown.splitlines(), strict=True))


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_host_is_the_default_and_a_second_call_tells_the_same(kind: str) -> None:
    run = FakeHosts()
    told = start_store(run, "demo", kind, None)
    assert (told["version"], told["kind"], told["lab"], told["host"]) == (1, kind, "demo", "one")
    assert run.lines[0].endswith("root@10.77.5.11 bash -s")
    first = list(run.inputs)
    assert start_store(run, "demo", kind, None) == told
    assert run.inputs == first * 2
    json.dumps(told)


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_are_in_no_argument(lab: Lab, kind: str) -> None:
    run = FakeHosts()
    told = start_store(run, "demo", kind, "two", keystone=kind == "swift")
    secrets = [told["credentials"][name] for name in ("key", "secret_key") if name in told["credentials"]]
    secrets += [path.read_text().strip() for path in lab.directory.glob("stores/*")]
    assert secrets or kind == "nfs"
    assert not any(secret in line for secret in secrets for line in run.lines)


def test_a_secret_is_private_random_and_kept(lab: Lab, tmp_path: Path) -> None:
    site = Site(FakeRun(), lab, lab.hosts[0])
    key = site.secret("swift")
    path = lab.directory / "stores" / "swift"
    assert (len(key), site.secret("swift")) == (40, key)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert site.secret("keystone") != key
    assert Site(FakeRun(), make_lab(tmp_path / "other"), lab.hosts[0]).secret("swift") != key


def test_settings_reach_the_shell_as_they_are(lab: Lab) -> None:
    run, odd = FakeHosts(), "a 'b' \"c\" $d `e` \\"
    assert Site(run, lab, lab.hosts[1]).execute("nfs", directory=odd, subnet="10.0.0.0/24") == TOLD
    assert settings(run.inputs[0]) == {"DIRECTORY": odd, "SUBNET": "10.0.0.0/24"}
    assert "root@10.77.5.12" in run.lines[0]
    assert run.inputs[0].endswith("\nmain </dev/null\n")


@pytest.mark.usefixtures("lab")
def test_s3_is_a_gateway_of_ceph() -> None:
    run = FakeHosts()
    told = start_store(run, "demo", "s3", None)
    assert "OSD_BYTES" in settings(run.inputs[0])
    assert settings(run.inputs[1]) == {"ADDRESS": "10.77.5.11", "PORT": "7480", "BUCKET": "images"}
    assert told["address"] == told["options"]["s3_store_host"] == "http://10.77.5.11:7480"
    assert told["credentials"] == {"access_key": "ACCESS", "secret_key": "DRAWN"}
    # Glance's driver takes a colon for the end of the access key.
    assert ":" not in told["options"]["s3_store_access_key"]


@pytest.mark.usefixtures("lab")
def test_keystone_is_asked_on_the_first_host_and_remembered() -> None:
    run = FakeHosts()
    told = start_store(run, "demo", "swift", "two", keystone=True)
    first, second = run.inputs
    assert [line.split()[-3] for line in run.lines] == ["root@10.77.5.11", "root@10.77.5.12"]
    assert settings(first)["ENDPOINT"] == "http://10.77.5.12:8080/v1/KEY_%(tenant_id)s"
    assert settings(second)["KEYSTONE"] == told["address"] == KEYSTONE["url"]
    assert settings(second)["KEYSTONE_PASSWORD"] == settings(first)["SERVICE_PASSWORD"]
    assert told["options"]["swift_store_auth_version"] == "3"
    assert told["credentials"]["key"] == settings(first)["USER_PASSWORD"]
    # A call without it leaves the other door open; another host's Swift has none.
    start_store(run, "demo", "swift", "two")
    assert run.inputs[2] == second
    start_store(run, "demo", "swift", "one")
    assert settings(run.inputs[3])["KEYSTONE"] == ""


@pytest.mark.usefixtures("lab")
def test_ceph_tells_the_files_of_glances_host() -> None:
    told = start_store(FakeHosts(), "demo", "ceph", None)
    text = to_text(told)
    assert told["facts"] == {"fsid": "f-1", "mon_host": "10.77.5.11", "pool": "images"}
    assert told["files"] == {
        "/etc/ceph/ceph.conf": "[global]\nfsid = f-1\nmon host = 10.77.5.11\nauth client required = cephx\n",
        "/etc/ceph/ceph.client.glance.keyring": "[client.glance]\nkey = CEPHKEY\n",
    }
    assert text.startswith("ceph runs on host one of lab demo: 10.77.5.11\n")
    assert all(part in text for part in ("fsid: f-1", "rbd_store_user = glance", "/etc/ceph/ceph.conf:", "CEPHKEY"))


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("kind", "host", "keystone", "message"),
    [
        ("swift", "three", False, "has no host 'three'"),
        ("ceph", "one", True, "A store of kind ceph does not ask Keystone"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_host_is_asked(
    kind: str, host: str, keystone: bool, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        start_store(run := FakeHosts(), "demo", kind, host, keystone=keystone)
    assert raised.value.hint
    assert run.lines == []


@pytest.mark.parametrize(("kind", "suite"), [("ceph", "el9"), ("swift", "bullseye")])
def test_a_system_without_the_store_is_refused(
    kind: str, suite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab("demo", "10.77.5.0/24", "bare", (Host("one", "10.77.5.11", suite),), True, tmp_path)
    monkeypatch.setattr(store, "load_ready", lambda _: lab)
    with pytest.raises(UsageError, match=f"No store of kind {kind} runs on {suite}"):
        start_store(FakeHosts(), "demo", kind, None)


@pytest.mark.usefixtures("lab")
def test_a_script_that_fails_says_why_and_where_to_look() -> None:
    run = FakeHosts(CommandFailedError("ssh", "The OSD did not answer in time"))
    with pytest.raises(LabError, match="ceph does not run on host 'one': The OSD did not answer in time") as raised:
        start_store(run, "demo", "ceph", None)
    assert "scripts/lab ssh --name demo one -- journalctl" in raised.value.hint


@pytest.mark.parametrize(
    ("kernel", "modules", "message", "hint"),
    [
        ("nodev\tsysfs\n\text4\n", False, "nfs4, nfsd missing", "has no modules"),
        ("nodev\tnfs4\n", True, r"NFS \(nfsd missing", "Run: modprobe --all"),
    ],
    ids=["none", "not loaded"],
)
def test_nfs_is_refused_where_the_kernel_has_none(
    tmp_path: Path, kernel: str, modules: bool, message: str, hint: str
) -> None:
    filesystems = tmp_path / "filesystems"
    filesystems.write_text(kernel)
    run = FakeRun({} if modules else {"modprobe": CommandFailedError("modprobe", "not found")})
    with pytest.raises(LabError, match=message) as raised:
        require_nfs(run, filesystems)
    assert not isinstance(raised.value, UsageError)
    assert hint in raised.value.hint
    # Loading a module would change the whole machine.
    assert all("--dry-run" in call for call in run.calls)


@pytest.mark.usefixtures("lab")
def test_nfs_is_exported_to_the_lab() -> None:
    told = start_store(run := FakeHosts(), "demo", "nfs", None)
    assert settings(run.inputs[0]) == {"DIRECTORY": "/srv/images", "SUBNET": "10.77.5.0/24"}
    assert told["address"] == told["facts"]["export"] == "10.77.5.11:/srv/images"


@pytest.mark.parametrize("output", ["text", "json"])
def test_the_verb_prints_what_it_found(
    output: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def start(run: Any, *words: Any, keystone: bool) -> dict[str, Any]:
        del run
        asked.append((*words, keystone))
        facts = {"kind": "nfs", "lab": "x", "host": "one", "address": "A", "facts": {}, "options": {"o": "1"}}
        return facts | {"files": {}}

    monkeypatch.setattr(cli, "start_store", start)
    assert cli.main(["store", "--name", "x", "nfs", "--host", "two", "--output", output]) == 0
    assert asked == [("x", "nfs", "two", False)]
    printed = capsys.readouterr().out
    assert json.loads(printed)["address"] == "A" if output == "json" else "\no = 1\n" in printed


def test_an_unknown_kind_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as left:
        parse(["store", "tape"])
    assert left.value.code == 2


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.stem)
def test_every_script_is_one_that_bash_reads(script: Path) -> None:
    sent = (SCRIPTS / "common.sh").read_text() + script.read_text()
    subprocess.run(["bash", "-n"], input=sent, text=True, check=True)
    assert all(len(line) <= 120 for line in sent.splitlines())
    # What is cut off on its way must do nothing: only the line after the script calls it.
    assert script.stem == "common" or "\nmain() {\n" in sent


def test_common_puts_a_file_once_and_forgets_the_stamp(tmp_path: Path) -> None:
    file, stamp = tmp_path / "file", tmp_path / "stamp"
    call = f'STAMP={stamp}\nprintf text | put "$(id -un)" 0640 {file}\n'
    seen = []
    for _ in range(2):
        stamp.touch()
        subprocess.run(["bash", "-s"], input=(SCRIPTS / "common.sh").read_text() + call, text=True, check=True)
        seen.append((file.read_text(), file.stat().st_mode & 0o777, file.stat().st_ino, stamp.exists()))
    assert seen == [("text", 0o640, seen[0][2], False), ("text", 0o640, seen[0][2], True)]
    assert sorted(tmp_path.iterdir()) == [file, stamp]
