"""deploy.py itself: it makes the environment, and makes it again when that was cut off or is out of date."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

import deploy

SOURCE = Path(deploy.__file__)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone with a lock of one package, which lies beside it."""
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    root = tmp_path / "clone"
    root.mkdir()
    (root / deploy.LOCK).write_text(f"tiny @ {wheel.as_uri()} --hash=sha256:{digest}\n")
    return root


def stamp(root: Path, lock: str = deploy.LOCK) -> None:
    (root / ".venv").mkdir(exist_ok=True)
    (root / ".venv" / deploy.STAMP).write_text(deploy.digest(root / lock) + "\n")


def test_an_old_python_can_read_it_to_be_told() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 9))


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (2, 7)])
def test_an_old_python_is_refused(version: tuple[int, int]) -> None:
    with pytest.raises(deploy.SetupError, match=r"Python 3\.11 or newer is needed") as caught:
        deploy.check_python(version)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_new_python_is_fine(version: tuple[int, int]) -> None:
    deploy.check_python(version)


def test_an_environment_is_made_once(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deploy.ensure_environment(clone, deploy.LOCK)
    assert deploy.is_ready(clone)
    assert list((clone / ".venv/lib").glob("python*/site-packages/tiny.py"))
    assert "creating .venv" in capsys.readouterr().err
    made = (clone / ".venv" / deploy.STAMP).stat().st_mtime_ns
    deploy.ensure_environment(clone, deploy.LOCK)
    assert (clone / ".venv" / deploy.STAMP).stat().st_mtime_ns == made


def test_no_environment_is_not_ready(clone: Path) -> None:
    assert not deploy.is_ready(clone)


def test_an_environment_without_its_stamp_was_cut_off(clone: Path) -> None:
    (clone / ".venv").mkdir()
    assert not deploy.is_ready(clone)


def test_a_changed_lock_makes_the_environment_old(clone: Path) -> None:
    stamp(clone)
    assert deploy.is_ready(clone)
    (clone / deploy.LOCK).write_text("other\n")
    assert not deploy.is_ready(clone)


def test_the_environment_of_a_developer_serves_as_well(clone: Path) -> None:
    (clone / "requirements-dev.lock").write_text("more\n")
    stamp(clone, "requirements-dev.lock")
    assert deploy.is_ready(clone)


def test_two_runs_at_once_make_one_environment(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def make(root: Path, lock: str) -> None:
        made.append(root)
        time.sleep(0.2)
        stamp(root, lock)

    monkeypatch.setattr(deploy, "make_environment", make)
    runs = [threading.Thread(target=deploy.ensure_environment, args=(clone, deploy.LOCK)) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert made == [clone]


def test_a_missing_package_of_debian_is_named(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(deploy.SetupError, match="python3-venv is missing") as caught:
        deploy.ensure_environment(clone, deploy.LOCK)
    assert caught.value.hint == "apt install python3-venv"
    assert not (clone / ".venv").exists()


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(deploy.SetupError, match="cannot write"):
        deploy.ensure_environment(tmp_path / "none", deploy.LOCK)


STEPS = {
    "network": ("ERROR: Could not find a version that satisfies", "Could not find a version", "PIP_INDEX_URL"),
    "hash": ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "DO NOT MATCH", "offers other files"),
    "silent": ("", "no reason given", "package index"),
}


@pytest.mark.parametrize(("line", "words", "hint"), STEPS.values(), ids=STEPS)
def test_a_failed_step_is_one_line_and_a_mend(line: str, words: str, hint: str) -> None:
    program = [sys.executable, "-c", f"print('Collecting a==1'); print({line!r}); raise SystemExit(1)"]
    with pytest.raises(deploy.SetupError, match=words) as caught:
        deploy.run_step(program, "installing")
    assert hint in caught.value.hint


def test_a_step_without_a_terminal_leaves_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    deploy.run_step([sys.executable, "-c", "print('Collecting a==1'); print('Collecting b==1')"], "installing", 2)
    assert capsys.readouterr().err == "installing 2 packages: 0 s\n"


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("Collecting rich==15 (from -r x)", "rich"),
        ("Collecting os-service-types==1.9", "os-service-types"),
        ("Processing /mirror/cffi-2.1.1-cp311-cp311-linux.whl (from -r x)", "cffi"),
    ],
)
def test_on_a_terminal_the_package_at_hand_is_shown(
    line: str, package: str, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = deploy.Progress("installing", 9)
    progress.is_live = True
    progress.read(iter([line + "\n"]))
    progress.show()
    assert f"installing 1/9 {package}  0 s" in capsys.readouterr().err


def test_the_packages_of_a_lock_are_counted() -> None:
    assert deploy.count(SOURCE.parent / deploy.LOCK) > 20


def test_a_ready_environment_is_entered_at_once(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(clone)
    entered: list[list[str]] = []

    def enter(path: str, argv: list[str]) -> None:
        assert path == argv[0]
        entered.append(argv[1:])
        raise KeyboardInterrupt

    monkeypatch.setattr("os.execv", enter)
    assert deploy.main(["--lab", "-v"], clone) == 130
    assert entered == [[str(clone / "deploy.py"), "--lab", "-v"]]


@pytest.mark.parametrize(("argv", "code"), [(["--nonsense"], 2), ([], 2), (["--controller", "a:b"], 2)])
def test_wrong_usage_is_refused_before_anything_is_made(argv: list[str], code: int, clone: Path) -> None:
    assert deploy.main(argv, clone) == code
    assert not (clone / ".venv").exists()


def test_help_is_given_before_anything_is_made(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        deploy.main(["--help"], clone)
    assert "--controller" in capsys.readouterr().out
    assert not (clone / ".venv").exists()


def test_its_errors_as_json_have_the_form_of_all_others(
    clone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert deploy.main(["--lab", "--output", "json"], clone) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"version", "command", "ok", "exit_code", "error", "report"}
    assert found["error"] == {
        "message": "python3-venv is missing on this machine",
        "hint": "apt install python3-venv",
        "problems": [],
    }
