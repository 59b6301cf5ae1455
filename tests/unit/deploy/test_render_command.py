"""`deploy.py render`: the playbook writes down what was reviewed, refuses in one line, and overwrites nothing."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "unit" / "render" / "golden"


def run(*words: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of the command."""
    argv = [sys.executable, "deploy.py", "render", *words]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def rendered(*words: str) -> dict[str, str]:
    """Return what is rendered, by name."""
    code, output, errors = run(*words, "--output", "json")
    assert code == 0, output + errors
    document: dict[str, Any] = json.loads(output)
    found: dict[str, str] = document["report"]["rendered"]
    return found


@pytest.mark.variables("glance_install_method")
@pytest.mark.parametrize(
    ("words", "golden"),
    [
        (("--os", "debian-12"), "debian-12-zed-package"),
        (
            ("--os", "debian-12", "--release", "2026.2", "--set", "glance_install_method=venv"),
            "debian-12-hibiscus-venv",
        ),
    ],
    ids=["packages", "PyPI"],
)
def test_it_writes_what_was_reviewed(words: tuple[str, ...], golden: str) -> None:
    files = rendered(*words)
    reviewed = (GOLDEN / f"{golden}.txt").read_text()
    assert files["commands.sh"] in reviewed
    assert f"==> /etc/glance/glance-api.conf <==\n{files['files/etc/glance/glance-api.conf']}" in reviewed


@pytest.mark.variables("glance_database_password")
def test_it_writes_into_a_new_directory_and_touches_no_other(tmp_path: Path) -> None:
    out = tmp_path / "out"
    secrets = tmp_path / "secrets.yml"
    secrets.write_text("glance_database_password: from-a-file\n")
    code, output, _ = run("--os", "debian-13", "--out", str(out), "--vars-file", str(secrets))
    assert code == 0
    assert output.endswith(f"{out}: begin with commands.sh\n")
    assert stat.S_IMODE((out / "commands.sh").stat().st_mode) == 0o700
    assert stat.S_IMODE((out / "files/etc/glance/glance-api.conf").stat().st_mode) == 0o600
    assert "from-a-file" in (out / "files/etc/glance/glance-api.conf").read_text()
    code, _, errors = run("--os", "debian-13", "--out", str(out))
    assert code == 2
    assert "there is something already" in errors


@pytest.mark.variables("glance_release", "glance_registry", "glance_config_overrides")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--os", "debain-12"), "did you mean debian-12?"),
        (("--os", "debian-12", "--release", "epoxy"), "has Glance of release zed, not epoxy"),
        (("--os", "debian-12", "--release", "hibiskus"), "There is no release hibiskus"),
        (("--os", "debian-11", "--set", "glance_registry=present"), "deprecated in Queens and removed in Victoria"),
        (
            ("--os", "debian-12", "--set", "glance_config_overrides={DEFAULT: {owner_is_tenant: true}}"),
            "gone after Victoria",
        ),
        (("--os", "debian-12", "--set", "glance_wokers=2"), "did you mean glance_workers?"),
        ((), "--os"),
    ],
    ids=["system", "release of the system", "release", "registry", "option", "variable", "nothing"],
)
def test_what_cannot_be_is_refused_in_one_line(words: tuple[str, ...], told: str) -> None:
    code, output, errors = run(*words)
    assert code == 2
    assert output == ""
    assert told in errors
