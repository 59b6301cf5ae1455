"""The keys and the names that a host is given."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from scripts._lab.keys import hosts_file, known_hosts, make_key, seed
from tests.unit.lab.lab_fakes import FakeRun, make_lab


def test_known_hosts_has_address_name_and_no_comment(tmp_path: Path) -> None:
    host = make_lab(tmp_path).hosts[0]
    assert known_hosts([(host, "ssh-ed25519 AAAA somebody@here\n")]) == "10.77.5.11,host1 ssh-ed25519 AAAA\n"


def test_hosts_know_each_other(tmp_path: Path) -> None:
    lines = hosts_file(make_lab(tmp_path, "one", "two")).splitlines()
    assert lines[0] == "127.0.0.1 localhost"
    assert lines[-2:] == ["10.77.5.11 one controller", "10.77.5.12 two"]


def test_a_half_made_key_is_made_again(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("half")
    run = FakeRun()
    make_key(run, key, "comment")
    assert not key.exists()
    assert run.calls == [f"ssh-keygen -q -t ed25519 -N  -C comment -f {key}"]


def test_seed_gives_everybody_their_own_files(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    lab.directory.mkdir()
    (lab.directory / "id_ed25519.pub").write_text("ssh-ed25519 LAB")
    (tmp_path / "host").write_text("private")
    (tmp_path / "host.pub").write_text("public")
    with tarfile.open(fileobj=io.BytesIO(seed(lab, tmp_path / "host"))) as tar:
        members = {member.name: (member.mode, member.uid) for member in tar}
    assert members["etc/ssh/ssh_host_ed25519_key"] == (0o600, 0)
    assert members["root/.ssh/authorized_keys"] == (0o600, 0)
    assert members["home/deploy/.ssh"] == (0o700, 1000)
    assert members["home/deploy/.ssh/authorized_keys"] == (0o600, 1000)
    assert members["home/plain/.ssh/authorized_keys"] == (0o600, 1001)
