from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo import escape, parse, render, texts
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

# Each text was read back by oslo.config 10.7 and gave the value.
WRITTEN = [
    ("plain", "plain"),
    ("", ""),
    ("p@ss/w:rd%#'\"\\ é", "p@ss/w:rd%#'\"\\ é"),
    ("a$b", "a$$b"),
    ("${b}$", "$${b}$$"),
    ("$$", "$$$$"),
    ("\\$", "\\\\$"),
    ("\\\\$$x", "\\\\\\$$$x"),
    ("%(name)s", "%(name)s"),
    ("#no comment", "#no comment"),
    ("a ; b = c : d", "a ; b = c : d"),
    (" both ", '" both "'),
    ("\u00a0", '"\u00a0"'),
    ('"quoted"', '""quoted""'),
    ("'", '"\'"'),
    ('it"s', 'it"s'),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (1.5, "1.5"),
    ([], ""),
    (["file", "http"], "file,http"),
    (["file:file", "http:http"], "file:file,http:http"),
    (["'a", "b'"], "\"'a,b'\""),
    ([1, True, "$x"], "1,true,$$x"),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=repr)
def test_a_value_is_written_so_that_it_is_read_back(value: Any, text: str) -> None:
    assert texts({"s": {"o": value}}) == {"s": {"o": [text]}}


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=repr)
def test_what_is_written_is_parsed_as_written(value: Any, text: str) -> None:
    assert parse(render({"s": {"o": value, "next": "x"}})) == {"s": {"o": [text], "next": ["x"]}}


@pytest.mark.parametrize(("value", "escaped"), [("", ""), ("a", "a"), ("$", "$$"), ("\\$$", "\\\\$$$")])
def test_escape(value: str, escaped: str) -> None:
    assert escape(value) == escaped


def test_the_file_keeps_the_order_and_leaves_out_what_is_none() -> None:
    options: dict[str, dict[str, Any]] = {
        "paste_deploy": {"flavor": "keystone"},
        "empty": {"gone": None},
        "DEFAULT": {"workers": None, "debug": False, "backend": {"multi": ["a", "b"]}, "log": ""},
    }
    assert render(options, header="one\n\ntwo") == (
        "# one\n#\n# two\n\n[paste_deploy]\nflavor = keystone\n"
        "\n[DEFAULT]\ndebug = false\nbackend = a\nbackend = b\nlog =\n"
    )


def test_nothing_gives_the_header_alone() -> None:
    assert render({}, header="ours") == "# ours\n"
    assert render({}, header="") == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"s": {"o": "a\nb"}}, "[s] o has a line break"),
        ({"s": {"o": "a\rb"}}, "[s] o has a line break"),
        ({"s": {"o": ["a,b"]}}, "[s] o has an item that a list in an oslo.config file cannot hold"),
        ({"s": {"o": ["a", ""]}}, "[s] o has an item"),
        ({"s": {"o": [" a"]}}, "[s] o has an item"),
        ({"s": {"o": {"a": "b"}}}, "[s] o is a mapping"),
        ({"s": {"o": {"multi": "b"}}}, "[s] o is a mapping"),
        ({"s": {"o": [["a"]]}}, "[s] o is neither text"),
        ({"s": {"a b": "x"}}, "is no name"),
        ({"s": {"#a": "x"}}, "is no name"),
        ({"s]": {"a": "x"}}, "is no name"),
        ({"s": "text"}, "[s] is not a mapping"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_written_is_refused(options: Any, words: str) -> None:
    with pytest.raises(DeployError) as caught:
        render(options)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_refusal_does_not_print_the_value() -> None:
    with pytest.raises(DeployError) as caught:
        render({"database": {"connection": "hidden\nsecret"}})
    assert "hidden" not in f"{caught.value} {caught.value.hint}"


def test_foreign_files_are_understood() -> None:
    text = (
        "; comment\n[DEFAULT]\n#workers = 1\nworkers: 2\n\nlist = a,\n   b\n  \n   stray\n"
        "[broken\nno assignment\n[database]\nconnection='x=y'\nconnection = z\n\n[DEFAULT]\ndebug=1\n"
    )
    assert parse(text) == {
        "DEFAULT": {"workers": ["2"], "list": ["a,\nb"], "debug": ["1"]},
        "database": {"connection": ["'x=y'", "z"]},
    }
