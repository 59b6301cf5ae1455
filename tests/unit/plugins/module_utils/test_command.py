"""Programs: how they are run, what they said last, and when one is due."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._command import last_words, run
from ansible_collections.glance_deploy.openstack.plugins.module_utils._command_run import bring
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun


def test_a_program_gets_its_input_and_tells_how_it_ended() -> None:
    script = "import sys; print(input()); print('bad', file=sys.stderr); sys.exit(3)"
    assert run([sys.executable, "-c", script], "hush\n") == (3, "hush\n", "bad\n")


def test_a_program_without_input_waits_for_nobody() -> None:
    assert run(["cat"]) == (0, "", "")


def test_messages_are_in_english_and_times_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    script = 'echo "$LC_ALL $LANGUAGE $TZ $DEBIAN_FRONTEND $MORE $(pwd)"'
    assert run(["sh", "-c", script], environment={"MORE": "x"})[1] == "C C UTC noninteractive x /\n"


def test_bytes_that_are_no_text_are_survived() -> None:
    assert run(["printf", r"\377a"])[1] == "\N{REPLACEMENT CHARACTER}a"


def test_a_program_that_is_missing_is_for_the_caller_to_tell() -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        run(["/none/such"])


@pytest.mark.parametrize(
    ("output", "errors", "words"),
    [
        ("", "", "it gave no reason"),
        ("one\ntwo\n", "", "two"),
        ("one\n", "\n", "one"),
        ("one\n", "bad\nworse\n\n", "worse"),
        ("", "W: x\nE: one\nnote\nE: two\n", "E: one; E: two"),
        ("", "ERROR a\nERROR a\nat the end\n", "ERROR a"),
        ("", "CRITICAL keystone: no\n", "CRITICAL keystone: no"),
        ("", "x" * 5000, "x" * 1000),
        ("", "cannot use top$secret", "cannot use (secret)"),
        ("", "mysql://me:p%40ss@db refused", "mysql://me:(secret)@db refused"),
        ("", "top$secret" * 200, "(secret)" * 125),
    ],
    ids=["none", "output", "blank", "errors", "apt", "once", "log", "long", "secret", "URL", "secret at the cut"],
)
def test_last_words(output: str, errors: str, words: str) -> None:
    assert last_words(output, errors, ["top$secret", ""]) == words


def command(host: FakeRun, path: Path, due_while: str = "creates", *, check_mode: bool = False) -> list[str]:
    params = {"argv": ["keystone-manage", "fernet_setup", "--x"], "subject": "Fernet keys"}
    other = "removes" if due_while == "creates" else "creates"
    context = Context(host, check_mode=check_mode)
    titles = bring({**params, due_while: str(path), other: None}, context).plan.titles()
    # A service that reads the file has to hear of it, in check mode too.
    assert context.touched == [str(path)] * len(titles)
    return titles


@pytest.mark.parametrize(
    ("due_while", "there", "titles"),
    [
        ("creates", False, ["make: Fernet keys"]),
        ("creates", True, []),
        ("removes", True, ["remove: Fernet keys"]),
        ("removes", False, []),
    ],
)
def test_a_command_is_due_as_long_as_its_file_says_so(
    tmp_path: Path, due_while: str, there: bool, titles: list[str]
) -> None:
    path, host = tmp_path / "0", FakeRun()
    if there:
        path.touch()
    assert command(host, path, due_while, check_mode=True) == titles
    assert host.commands == []
    assert command(host, path, due_while) == titles
    assert host.commands == ["keystone-manage fernet_setup --x"] * len(titles)


@pytest.mark.parametrize(
    ("answer", "words", "hint"),
    [
        ((1, "", "no\n"), "keystone-manage fernet_setup failed: no", "Run it by hand: keystone-manage fernet_setup"),
        (FileNotFoundError(2, "none"), "Cannot run keystone-manage: none.", "Install its package."),
    ],
    ids=["failed", "missing"],
)
def test_a_command_that_fails_is_told(tmp_path: Path, answer: Any, words: str, hint: str) -> None:
    with pytest.raises(DeployError) as caught:
        command(FakeRun({"keystone-manage": answer}), tmp_path / "0")
    assert (str(caught.value), caught.value.hint) == (words, hint)
