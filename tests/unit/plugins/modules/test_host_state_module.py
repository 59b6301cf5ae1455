"""host_state and host_look as Ansible calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _host_lock
from ansible_collections.glance_deploy.openstack.plugins.modules import host_look, host_state

Told = dict[str, Any]
Call = Callable[..., Told]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Return a function that runs a module and returns its result."""
    lock: Any = _host_lock.host_lock
    path = tmp_path / "run" / "lock"
    monkeypatch.setattr(host_state, "host_lock", lambda timeout: lock(timeout, path=path))

    def run(module: Any, **arguments: Any) -> Told:
        with patch_module_args(arguments), pytest.raises(SystemExit):
            module.main()
        shown = capsys.readouterr().out
        result: Told = json.loads(shown)
        return {key: value for key, value in result.items() if key not in ("invocation", "deprecations", "warnings")}

    return run


def wish(directory: Path, content: str = "one") -> list[Told]:
    access = {"owner": directory.owner(), "group": directory.group()}
    return [
        {
            "name": "directory",
            "tag": "config",
            "directories": {"paths": [str(directory / "etc")], "mode": "0750", **access},
        },
        {
            "name": "openrc",
            "tag": "identity",
            "file": {"path": str(directory / "etc" / "openrc"), "content": content, "mode": "0600", **access},
        },
    ]


def test_a_host_is_brought_there_once(tmp_path: Path, call: Call) -> None:
    first = call(host_state, resources=wish(tmp_path), _ansible_diff=True)
    path = tmp_path / "etc"
    assert first["changed"] is True
    assert first["steps"] == [f"make: directory {path}", f"write: {path}/openrc"]
    assert [(shown["before_header"], shown["before"]) for shown in first["diff"]] == [
        ("directory", f"directory {path}: absent\n"),
        ("openrc", f"{path}/openrc: absent\n"),
    ]
    assert first["told"] == {"directory": {}, "openrc": {"backup_file": None}}
    again = call(host_state, resources=wish(tmp_path), _ansible_diff=True)
    assert again == {"changed": False, "steps": [], "told": first["told"]}


def test_check_mode_tells_the_same_and_changes_nothing(tmp_path: Path, call: Call) -> None:
    foreseen = call(host_state, resources=wish(tmp_path), _ansible_check_mode=True)
    assert list(tmp_path.iterdir()) == []
    done = call(host_state, resources=wish(tmp_path))
    assert foreseen["steps"] == done["steps"]


def test_tags_choose_what_is_brought_about(tmp_path: Path, call: Call) -> None:
    told = call(host_state, resources=wish(tmp_path), tags=["config"])
    assert told["steps"] == [f"make: directory {tmp_path}/etc"]
    assert call(host_state, resources=wish(tmp_path), skip_tags=["identity"])["changed"] is False


def test_a_failure_tells_what_was_done_before_it_and_no_secret(tmp_path: Path, call: Call) -> None:
    resources = wish(tmp_path, content="hunter2hunter2")
    answers = {"urls": ["http://127.0.0.1:1/hunter2hunter2\n"]}
    failed = call(host_state, resources=[*resources, {"name": "health", "answers": answers}])
    assert failed["failed"] is True
    assert failed["changed"] is True
    assert failed["steps"] == [f"make: directory {tmp_path}/etc", f"write: {tmp_path}/etc/openrc"]
    assert failed["hint"] == "Look at the service's log."
    assert "hunter2hunter2" not in str(failed)


def test_what_makes_no_sense_is_refused_before_anything_is_done(tmp_path: Path, call: Call) -> None:
    failed = call(host_state, resources=[*wish(tmp_path), {"name": "odd", "fiel": {}}])
    assert failed["failed"] is True
    assert (failed["changed"], failed["steps"]) == (False, [])
    assert failed["msg"] == "The resource 'odd' has to be of one kind, and has fiel."
    assert list(tmp_path.iterdir()) == []


def test_a_second_call_waits_for_the_first_and_gives_up(tmp_path: Path, call: Call) -> None:
    with _host_lock.host_lock(0, path=tmp_path / "run" / "lock"):
        failed = call(host_state, resources=wish(tmp_path), lock_timeout=0)
        assert failed["msg"].startswith("Another run is at work on this host")
        assert not (tmp_path / "etc").exists()
        # Who only looks need not wait.
        assert call(host_state, resources=wish(tmp_path), _ansible_check_mode=True)["changed"] is True


def test_a_look_changes_nothing_and_tells_by_set_what_is_due(tmp_path: Path, call: Call) -> None:
    due = call(host_look, states={"a": wish(tmp_path), "b": []})
    assert due == {
        "changed": False,
        "clean": False,
        "due": {"a": [f"make: directory {tmp_path}/etc"], "b": []},
        "refused": [],
        "told": {"a": {}, "b": {}},
    }
    assert list(tmp_path.iterdir()) == []
    call(host_state, resources=wish(tmp_path))
    clean = call(host_look, states={"a": wish(tmp_path), "b": []})
    assert (clean["clean"], clean["due"]) == (True, {"a": [], "b": []})
    assert clean["told"]["a"] == {"directory": {}, "openrc": {"backup_file": None}}


def test_a_look_masks_secrets_of_every_set(tmp_path: Path, call: Call) -> None:
    broken = {"name": "health", "answers": {"urls": ["http://127.0.0.1:1/hunter2hunter2"]}}
    shown = call(host_look, states={"a": [broken], "b": wish(tmp_path, content="hunter2hunter2")})
    assert "hunter2hunter2" not in str(shown)
    assert "does not answer" in shown["due"]["a"][0]


def test_a_look_tells_what_would_do_harm(tmp_path: Path, call: Call) -> None:
    (tmp_path / "glance-33.0.0.dist-info").mkdir()
    wanted = {
        "method": "package",
        "major": 30,
        "distribution": "glance",
        "libraries": {"venv": [str(tmp_path)]},
        "switch_variable": "allow",
    }
    (refused,) = call(host_look, states={"a": [{"name": "it", "installation": wanted}]})["refused"]
    assert refused.startswith("This host has Glance 33.0.0 by the method venv, and package is asked for. Set ")


def test_a_look_at_what_makes_no_sense_fails(call: Call) -> None:
    failed = call(host_look, states={"a": [{"name": "odd", "fiel": {}}]})
    assert failed["failed"] is True
    assert failed["hint"].startswith("Give it one of: packages, ")
