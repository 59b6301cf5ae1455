from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo_run import (
    ARGUMENT_SPEC,
    bring,
    masked,
    merged,
    validator,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun

PASSWORD = "p@ss/w:rd%$#'\"\\ é"


def params(path: Path, **changes: Any) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
    owner = {"owner": str(os.getuid()), "group": str(os.getgid())}
    return {**defaults, **owner, "path": str(path), "backup_dir": str(path.parent / "backups"), **changes}


def run(path: Path, *, context: Context | None = None, **changes: Any) -> dict[str, Any]:
    """Return what the module tells."""
    outcome = bring(params(path, **changes), context or Context(FakeRun()))
    diff = {"diff": outcome.shown()} if outcome.plan else {}
    return {"changed": bool(outcome.plan), "steps": outcome.plan.titles(), **outcome.report, **diff}


def test_the_file_is_written_and_the_result_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "api.conf"
    options = {"DEFAULT": {"workers": 2, "gone": None}}
    secret = {"keystone_authtoken": {"password": PASSWORD}}
    result = run(path, options=options, secret_options=secret, header="ours")
    assert path.read_text() == (
        "# ours\n\n[DEFAULT]\nworkers = 2\n\n[keystone_authtoken]\npassword = p@ss/w:rd%$$#'\"\\ é\n"
    )
    assert result == {
        "changed": True,
        "steps": [f"write: {path}"],
        "path": str(path),
        "backup_file": None,
        "diff": {"before": "", "after": "[DEFAULT] workers = 2\n[keystone_authtoken] password = (secret)\n"},
    }


def test_neither_old_nor_new_secrets_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "api.conf"
    path.write_text(
        "[database]\nconnection = mysql://glance:older@db/glance\n[x]\nmemcache_secret_key = older\npin=1\n"
    )
    result = run(path, options={"x": {"pin": "2"}}, secret_options={"database": {"connection": "newer"}})
    assert "older" not in str(result)
    assert "newer" not in str(result)
    assert result["diff"]["after"] == "[database] connection = (secret, changed)\n[x] pin = 2\n"
    assert Path(result["backup_file"]).read_text().startswith("[database]")


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "api.conf"
    path.touch(mode=0o640)
    owner: dict[str, Any] = {"owner": path.owner(), "group": path.group()}
    run(path, options={"a": {"b": "c"}}, **owner)
    context = Context(FakeRun())
    again = run(path, context=context, options={"a": {"b": "c"}}, validate=["false"], **owner)
    assert context.touched == []
    assert again == {"changed": False, "steps": [], "path": str(path), "backup_file": None}


def test_check_mode_writes_and_runs_nothing_and_needs_no_group(tmp_path: Path) -> None:
    programs, path = FakeRun(), tmp_path / "none" / "api.conf"
    context = Context(programs, check_mode=True)
    result = run(path, context=context, options={"a": {"b": "c"}}, group="glance", validate=["x", "%s"])
    assert result["changed"]
    assert result["diff"]["after"] == "[a] b = c\n"
    assert context.touched == [str(path)]
    assert programs.commands == []
    assert list(tmp_path.iterdir()) == []


def test_access_alone_is_shown_as_access(tmp_path: Path) -> None:
    path = tmp_path / "api.conf"
    path.touch()
    path.chmod(0o600)
    result = run(path, header="", owner=path.owner(), group=path.group(), mode="0644")
    assert result["steps"] == [f"set access: {path}"]
    assert result["diff"]["after"] == f"{path}: {path.owner()}:{path.group()} 0644\n"


def test_the_validator_sees_the_new_file_and_its_words_are_passed_on_without_secrets(tmp_path: Path) -> None:
    path = tmp_path / "api.conf"
    path.write_text("[old]\n")
    secret = {"s": {"password": "top$secret"}}
    words = "INFO:note\nERROR:s/password 'top$$secret' of mysql://u:pw@db is bad\n"
    programs = FakeRun({"oslo-config-validator": (1, "", words)})
    context = Context(programs)
    validate = ["oslo-config-validator", "--input-file", "%s"]
    with pytest.raises(DeployError) as caught:
        run(path, context=context, secret_options=secret, validate=validate)
    assert str(caught.value) == (
        f"oslo-config-validator refuses the new {path}: ERROR:s/password '(secret)' of mysql://u:(secret)@db is bad"
    )
    assert programs.commands[0].split()[2].startswith(str(tmp_path / ".api.conf."))
    assert context.touched == []
    assert path.read_text() == "[old]\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["api.conf"]


def test_a_missing_validator_is_told() -> None:
    def run_missing(words: Sequence[str]) -> tuple[int, str, str]:
        raise FileNotFoundError(2, "No such file or directory", words[0])

    with pytest.raises(DeployError, match=r"Cannot run checker to check /f: No such file or directory\."):
        validator(["checker"], "/f", [], run_missing)(Path("/tmp/x"))


def test_without_a_validator_nothing_is_run() -> None:
    def run_never(_: Sequence[str]) -> tuple[int, str, str]:
        raise AssertionError

    validator([], "/f", [], run_never)(Path("/tmp/x"))


def test_silence_of_a_validator_is_told() -> None:
    assert masked("\n\n", []) == "it gave no reason"


def test_words_that_are_no_errors_are_passed_on_when_there_are_no_others() -> None:
    assert masked("Traceback\n  ParseError: line 2\n", []) == "Traceback; ParseError: line 2"


def test_secrets_win_over_plain_values() -> None:
    given = params(Path("/f"), options={"a": {"x": 1, "y": 1}}, secret_options={"a": {"y": 2}, "b": {"z": 3}})
    assert merged(given) == {"a": {"x": 1, "y": 2}, "b": {"z": 3}}
    assert given["options"] == {"a": {"x": 1, "y": 1}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "rw-r-----"}, "mode 'rw-r-----' is not octal"),
        ({"mode": "416!"}, "is not octal"),
        ({"backup_keep": 0}, "backup_keep is less than 1"),
        ({"options": {"workers": 2}}, "[workers] in options is not a mapping"),
        ({"secret_options": {"password": "hidden"}}, "[password] in secret_options is not a mapping"),
    ],
    ids=["symbolic", "odd", "keep", "flat", "flat secret"],
)
def test_bad_input_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DeployError) as caught:
        run(tmp_path / "api.conf", **changes)
    assert list(tmp_path.iterdir()) == []
    assert words in str(caught.value)
    assert caught.value.hint
    assert "hidden" not in str(caught.value)
