"""The forms in which a host may be written."""

from __future__ import annotations

import pytest

from glance_deploy.errors import ExitCode, UsageError
from glance_deploy.target import Target, parse_target

GOOD = {
    "controller": Target("controller"),
    "ctl-1.example.org": Target("ctl-1.example.org"),
    "10.0.0.5": Target("10.0.0.5"),
    "10.0.0.5:2222": Target("10.0.0.5", 2222),
    "admin@controller": Target("controller", None, "admin"),
    "admin@controller:2222": Target("controller", 2222, "admin"),
    "fd00::5": Target("fd00::5"),
    "[fd00::5]": Target("fd00::5"),
    "[fd00::5]:2222": Target("fd00::5", 2222),
    "admin@[fd00::5]:2222": Target("fd00::5", 2222, "admin"),
    "localhost": Target("localhost"),
}
BAD = {
    "": "is not a host",
    "a b": "is not a host",
    "-oProxyCommand=x": "is not a host",
    "host:": "port ''",
    "host:ssh": "port 'ssh'",
    "host:0": "port '0'",
    "host:65536": "port '65536'",
    "host:99999999999999999999": "port",
    "host:٣": "port",
    "[fd00::5": "does not close",
    "[fd00::5]x": "does not close",
    "fd00::zz": "is not a host",
    "@host": "is not a user",
    "-x@host": "is not a user",
}


@pytest.mark.parametrize(("text", "expected"), GOOD.items(), ids=GOOD)
def test_a_host_may_be_written_so(text: str, expected: Target) -> None:
    assert parse_target(text) == expected


@pytest.mark.parametrize(("text", "words"), BAD.items(), ids=[repr(text) for text in BAD])
def test_a_wrong_host_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_target(text)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "localhost" in caught.value.hint


def test_two_ports_of_one_address_are_two_environments() -> None:
    assert parse_target("h:22").label == parse_target("admin@h").label == "h"
    assert parse_target("h:2222").label == "h-2222"


def test_a_label_is_one_directory_name() -> None:
    assert parse_target("fd00::5").label == "fd00__5"


def test_this_machine_is_meant_by_its_bare_name_alone() -> None:
    assert parse_target("localhost").is_local
    assert not parse_target("localhost:2222").is_local
    assert not parse_target("admin@localhost").is_local
