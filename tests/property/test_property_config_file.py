"""A configuration file through many hands: it is what was wished, and the old one is kept to the byte."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._config_file import ConfigFile, State, plan_file
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from hypothesis import given, settings
from hypothesis import strategies as st

ME, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
MODES = st.sampled_from([0o600, 0o640, 0o644, 0o400])
NAMES = st.sampled_from(["glance-api.conf", "a b", "x.*", "(.conf", "é", "-rf", "$(id)", "{{ x }}", ".hidden"])
CONTENTS = st.binary(max_size=12)
# What happens to the file: we write it, somebody edits it, somebody removes it, our check refuses the new one.
STEPS = st.tuples(st.sampled_from(["write", "write", "edit", "remove", "refuse"]), CONTENTS, MODES)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kept(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(directory.iterdir())] if directory.exists() else []


def accept(path: Path) -> None:
    assert path.parent


def refuse(path: Path) -> None:
    raise DeployError(f"no: {path.read_bytes()!r}")


@settings(max_examples=200)
@given(NAMES, st.lists(STEPS, min_size=1, max_size=6), st.integers(1, 3))
def test_each_step_keeps_what_was_there(name: str, steps: list[tuple[str, bytes, int]], keep: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path, backups = Path(directory, name), Path(directory, "kept", "deep")
        for action, content, mode in steps:
            before = path.read_bytes() if path.exists() else None
            old = kept(backups)
            if action == "edit":
                path.write_bytes(content)
            elif action == "remove":
                path.unlink(missing_ok=True)
            else:
                bring(path, State(content, ME, GROUP, mode), backups, keep, fails=action == "refuse")
                done = action == "write" or before == content
                assert path.exists() == (done or before is not None)
                assert not path.exists() or path.read_bytes() == (content if done else before)
                assert not done or mode_of(path) == mode
                is_new = action == "write" and before not in (None, content)
                assert kept(backups) == ([*old, before] if is_new else old)[-keep:]
            assert {one.name for one in Path(directory).iterdir()} <= {name, "kept"}


def bring(path: Path, desired: State, backups: Path, keep: int, *, fails: bool) -> None:
    """Do what the module does, and see that a second run has nothing to do."""
    file = ConfigFile(str(path), desired, str(backups), keep)
    plan = plan_file(str(path), file.read(), desired)
    if fails and plan and plan.steps[0].action == "write":
        with pytest.raises(DeployError):
            file.apply(plan, refuse)
        return
    file.apply(plan, accept)
    assert not plan_file(str(path), file.read(), desired)
    assert file.backup is None or (mode_of(file.backup) & ~0o640 == 0 and mode_of(backups) == 0o700)


@settings(max_examples=60)
@given(st.sampled_from(["directory", "link", "pipe", "loop"]), CONTENTS)
def test_what_is_no_plain_file_is_left_alone(kind: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path, other = Path(directory, "x.conf"), Path(directory, "other")
        other.write_bytes(b"theirs")
        make: dict[str, Callable[[], None]] = {
            "directory": path.mkdir,
            "pipe": lambda: os.mkfifo(path),
            "link": lambda: path.symlink_to(other),
            "loop": lambda: path.symlink_to(path),
        }
        make[kind]()
        with pytest.raises(DeployError) as caught:
            ConfigFile(str(path), State(content, ME, GROUP, 0o600), str(Path(directory, "kept")), 1).read()
        assert caught.value.hint
        assert other.read_bytes() == b"theirs"
