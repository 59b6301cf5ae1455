"""The README's first command: a bare host, made here, deployed, proved; and the same again."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from .conftest import Outcome, execute

DEPLOY = (sys.executable, "deploy.py", "--lab")


@pytest.fixture(scope="module")
def first() -> Iterator[Outcome]:
    execute("scripts/lab", "down")
    yield execute(*DEPLOY, "--output", "json")
    execute("scripts/lab", "down")


def test_a_bare_host_ends_with_a_proved_glance(first: Outcome) -> None:
    assert first.code == 0, first
    (verification,) = first.report["verification"].values()
    assert verification["roundtrip"]["uploaded"]
    assert verification["roundtrip"]["identical"]
    assert verification["roundtrip"]["sha512_local"] == verification["roundtrip"]["sha512_downloaded"]
    assert verification["image"]["status"] == "active"
    assert {endpoint["interface"] for endpoint in verification["endpoints"]} == {"public", "internal", "admin"}


def test_the_second_run_changes_nothing_and_proves_again(first: Outcome) -> None:
    assert first.code == 0, first
    second = execute(*DEPLOY)
    assert second.code == 0, second
    assert "zero changed" in second.stdout.lower()
    assert "http://" in second.stdout
