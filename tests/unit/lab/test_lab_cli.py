"""What the command line answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts._lab.arguments import parse
from scripts._lab.cli import COMMANDS, main, table
from scripts._lab.command import complaint, run
from scripts._lab.errors import CommandFailedError, LabError


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["up", "--name", "../x"], 2, "Lab name '../x' is not usable."),
        (["up", "--hosts", "0"], 2, "A lab cannot have 0 hosts."),
        (["up", "--suite", "woody"], 2, "Unknown suite 'woody'."),
        (["ssh", "--name", "no-such-lab", "host1"], 1, "Lab 'no-such-lab' is not up."),
        (["inventory", "--name", "no-such-lab"], 1, "Lab 'no-such-lab' is not up."),
        (["store", "--name", "no-such-lab", "swift"], 1, "Lab 'no-such-lab' is not up."),
    ],
)
def test_faults_are_one_line_and_a_hint(
    argv: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == code
    fault, hint = capsys.readouterr().err.splitlines()
    assert fault == f"lab: {message}"
    assert hint.strip()


def test_every_command_is_known_to_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as left:
            parse([command, "--help"])
        assert left.value.code == 0
    with pytest.raises(SystemExit) as left:
        parse(["no-such-command"])
    assert left.value.code == 2
    assert "up" in capsys.readouterr().err


def test_words_after_the_host_go_to_the_host() -> None:
    options = parse(["ssh", "--name", "two", "deploy@host1", "--", "ls", "--all", "-l"])
    assert (options.name, options.target, options.words[-3:]) == ("two", "deploy@host1", ["ls", "--all", "-l"])


def test_table_lines_up_without_trailing_blanks() -> None:
    assert table(("A", "B"), [("longer", "x")]) == "A       B\nlonger  x"
    assert table(("A", "B"), []) == "A  B"


def test_output_and_input_of_a_program(tmp_path: Path) -> None:
    assert run(["cat"], data=b"text\n") == "text"
    assert run(["sh", "-c", "echo $NAME"], env={"NAME": "value", "PATH": "/bin:/usr/bin"}) == "value"
    with pytest.raises(CommandFailedError, match=r"sh -c .* failed: second"):
        run(["sh", "-c", "echo first >&2; echo second >&2; exit 3"])
    with pytest.raises(CommandFailedError, match="failed: exit code 3"):
        run(["sh", "-c", "exit 3"])
    with pytest.raises(LabError, match="is not installed"):
        run([str(tmp_path / "no-such-program")])


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ("WARNING: slow\nERROR: No distribution\nE: mmdebstrap failed to run\n", "ERROR: No distribution"),
        ("I: running\nE: Failed to fetch\nE: mmdebstrap failed to run\n", "E: Failed to fetch"),
    ],
)
def test_complaint(stderr: str, expected: str) -> None:
    assert complaint(stderr) == expected
