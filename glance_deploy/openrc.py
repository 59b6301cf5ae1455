r"""Reads an openrc file the way a shell would, but without running it.

Only assignments of OS_* variables are looked at, with the quoting of POSIX shells and `$'...'`. Everything else in the
file (prompts, `read`, `if`, PS1) is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from glance_deploy.errors import UsageError

PASSWORD = "OS_PASSWORD"  # noqa: S105  # the name of a variable, not a password

_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+|declare[ \t]+-x[ \t]+)?(OS_\w+)=")
_UNSET = re.compile(r"[ \t]*unset[ \t]+(\w[\w \t]*)")
# The rest of a statement: up to the line's end, or up to a `;` or `&&` that an assignment follows.
_REST = re.compile(r"[^\n]*?(?:\n|\Z|(?:;|&&)(?=[ \t]*(?:export[ \t]+)?OS_\w+=))")
_PART = re.compile(
    r"""'(?P<single>[^']*)' | \$'(?P<ansi>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)" |
        \\(?P<escaped>.) | (?P<bare>(?:[^\s;&|<>()'"\\$]|\$(?!'))+)""",
    re.VERBOSE | re.DOTALL,
)
_EXPANSION = re.compile(
    r"\\(?P<escaped>[$`\"\\\n]) | \$(?:\{(?P<braced>\w+)\} | (?P<name>\w+)) | (?P<shell>` | \$[({$@*\#?!-])", re.VERBOSE
)
_ANSI = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{1,2}) | u(?P<u>[0-9A-Fa-f]{1,4}) | (?P<octal>[0-7]{1,3}) | (?P<char>.))",
    re.VERBOSE | re.DOTALL,
)
_ANSI_CHARS = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class _UnknownVariableError(Exception):
    """A value refers to a variable that the file does not set."""


def parse_openrc(text: str, name: str) -> dict[str, str]:
    """Return the OS_* variables that sourcing the file would set.

    A password that the file asks its user for (`read OS_PASSWORD_INPUT`) is left out.

    Raises:
        UsageError: A value needs a shell to be known, a quote does not close, or OS_AUTH_URL is missing.
    """
    found: dict[str, str] = {}
    for variable, value, line in _assignments(text.replace("\r\n", "\n"), found, name):
        if value is not None:
            if re.search(r"[\0\ud800-\udfff]", value):
                raise _needs_shell(name, line, variable, "holds a character that no environment can hold")
            found[variable] = value
        elif variable != PASSWORD:
            raise _needs_shell(name, line, variable)
    if not found.get("OS_AUTH_URL"):
        raise UsageError(f"{name} does not set OS_AUTH_URL", "give an openrc file, such as /root/admin-openrc")
    return found


def cloud_environment(base: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Return an environment whose OS_* variables are those of one openrc and no others."""
    return {name: value for name, value in base.items() if not name.startswith("OS_")} | dict(found)


def _assignments(text: str, found: dict[str, str], name: str) -> Iterator[tuple[str, str | None, int]]:
    """Yield variable, value (None when it is not known) and line, in the order of the file."""
    at = 0
    while at < len(text):
        if unset := _UNSET.match(text, at):
            for variable in unset[1].split():
                found.pop(variable, None)
        while match := _ASSIGNMENT.match(text, at):
            line = text.count("\n", 0, match.end()) + 1
            try:
                value, at = _word(text, match.end(), found)
            except ValueError as error:
                raise _needs_shell(name, line, match[1], str(error)) from None
            yield match[1], value, line
        rest = _REST.match(text, at)
        at = max(rest.end() if rest else len(text), at + 1)


def _word(text: str, at: int, found: Mapping[str, str]) -> tuple[str | None, int]:
    """Read one shell word; the value is None when it refers to an unknown variable."""
    parts: list[str | None] = []
    while match := _PART.match(text, at):
        at = match.end()
        parts.append(_part(match, found))
    if text[at : at + 1] in {"'", '"'} or text.startswith("$'", at):
        raise ValueError("has a quote that does not close")
    if text[at : at + 1] == "(":
        raise ValueError("is computed by the shell")
    known = [part for part in parts if part is not None]
    return ("".join(known) if len(known) == len(parts) else None), at


def _part(match: re.Match[str], found: Mapping[str, str]) -> str | None:
    """Return the text of one piece of a word, as its kind of quoting means it."""
    text = match[match.lastgroup or 0]
    match match.lastgroup:
        case "single":
            return text
        case "escaped":
            return "" if text == "\n" else text
        case "ansi":
            return _ANSI.sub(_ansi_char, text)
    try:
        return _EXPANSION.sub(lambda piece: _expand(piece, found), text)
    except _UnknownVariableError:
        return None


def _expand(piece: re.Match[str], found: Mapping[str, str]) -> str:
    if piece["shell"]:
        raise ValueError("is computed by the shell")
    if piece["escaped"]:
        return "" if piece["escaped"] == "\n" else piece["escaped"]
    variable = piece["braced"] or piece["name"]
    if variable not in found:
        raise _UnknownVariableError
    return found[variable]


def _ansi_char(match: re.Match[str]) -> str:
    number = match["hex"] or match["u"]
    if number or match["octal"]:
        return chr(int(number, 16) if number else int(match["octal"], 8))
    return _ANSI_CHARS.get(match["char"], match["char"] if match["char"] in "\\'\"?" else match[0])


def _needs_shell(name: str, line: int, variable: str, why: str = "is computed by the shell") -> UsageError:
    return UsageError(
        f"{name} line {line}: the value of {variable} {why}; the file is read, never run",
        f"write the value itself, in single quotes: export {variable}='...'",
    )
