"""What hostile or careless people put where a text, a JSON document or a file is expected."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

# Each of them means something to one of: Jinja, shells, SQL, INI files, YAML, printf, rich, URLs.
PRINTABLE = (
    "{{ lookup('pipe','id') }}", "{{ 7 * 7 }}", "{% raw %}", "{#", "}}", "{{", "$(id)", "`id`", "${HOME}",
    "$OS_PASSWORD", "'", '"', "''", "\\", "\\'", "$'", ";", "|", "&&", ">", "(", ")", "!", "\\n", "\\$", "$$", "$",
    "$name", "%", "%s", "%%", "%(x)s", "_", "`", "``", "' OR 1=1 -- ", "/*", ".*", " ON `glance`.* TO ", "*",
    "!unsafe x", "!vault |", "!!python/name:os.system", "&a", "*a", "yes", "no", "null", "~", "0777", "0x1f", "1e3",
    "2026-99-99", ": ", " #", "- ", "---", "...", "? ", ">-", "[", "]", "{", "}", "@", "=", ":", ",", "/", "?", "+",
    "[section]", "#", " ", "\u00a0", "é", "\u20ac", "\U0001f600", "[red]", "[/]", "[bold red]x[/]", "[link=x]",
    "%2F",
)  # fmt: skip
# What only a terminal, a line reader or a C string minds.
CONTROL = ("\n", "\r", "\r\n", "\t", "\0", "\x1b[31m", "\x1b]0;title\x07", "\x08", "\x7f", "\x85", "\x9b2J", "\u2028")

_ANY = st.characters(exclude_categories=["Cs"])
_VISIBLE = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])


def texts(*, control: bool = True, min_parts: int = 0, max_parts: int = 5) -> SearchStrategy[str]:
    """Any text, with a liking for what has a meaning somewhere; `control` lets in line breaks and their like."""
    fragments = st.sampled_from(PRINTABLE + CONTROL if control else PRINTABLE)
    part = fragments | st.text(_ANY if control else _VISIBLE, min_size=min(min_parts, 1), max_size=6)
    return st.lists(part, min_size=min_parts, max_size=max_parts).map("".join)


def broken_texts() -> SearchStrategy[str]:
    """Any text, halves of surrogate pairs included: JSON and file names may hold them, UTF-8 cannot."""
    return st.lists(texts() | st.sampled_from(["\ud800", "\udc80", "\udfff"]), max_size=3).map("".join)


def secrets(*, control: bool = False) -> SearchStrategy[str]:
    """A password that cannot be found in a text by chance."""
    return texts(control=control, max_parts=4).map(lambda text: f"Zq7{text}vX9")


def json_values(max_leaves: int = 6) -> SearchStrategy[Any]:
    """Any JSON document, with numbers that only some parsers accept."""
    numbers = st.integers() | st.floats() | st.just(10**400)
    scalars = st.none() | st.booleans() | numbers | broken_texts()
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(max_parts=2), inner, max_size=3),
        max_leaves=max_leaves,
    )


@st.composite
def lies(draw: DrawFn, truth: Any) -> Any:
    """Documents that are nearly the truth: in one to three places something is missing or of another kind."""
    document = [copy.deepcopy(truth)]
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(document))))
        if holder is not document and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(json_values())
    return document[0]


def _places(node: Any) -> Any:
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], (dict, list)):
            yield from _places(node[key])


def bodies(truth: Any) -> SearchStrategy[bytes]:
    """What a server may answer in place of a JSON document."""
    odd = (
        b"",
        b"null",
        b"{",
        b"[]",
        b"<html><body>It works!</body></html>",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
    )
    huge = st.sampled_from([b"<" * 4096, b"[" + b"0," * 20_000 + b"0]", json.dumps({"x" * 70_000: "y"}).encode()])
    lying = lies(truth).map(lambda document: json.dumps(document).encode())
    return lying | lying | lying | st.sampled_from(odd) | huge | st.binary(max_size=40)
