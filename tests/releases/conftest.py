"""Hosts with Glance of many releases, each deployed for real, proved, and deployed again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import Lab, Outcome, labs

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Case:
    """A release on a system.

    Attributes:
        release: Its name.
        suite: The lab's suite.
        method: How it comes in.
        server: What must serve the API.
    """

    release: str
    suite: str
    method: str
    server: str

    @property
    def name(self) -> str:
        """What a test and its lab are called."""
        return f"{self.release}-{self.method}-{self.suite}".replace(".", "-")

    @property
    def options(self) -> list[str]:
        """The options for deploy.py."""
        release = ["--release", self.release]
        return release if self.method == "package" else [*release, "--set", f"glance_install_method={self.method}"]


@dataclass(frozen=True)
class Deployed:
    """A case on its host: the first run, the second one, and the seconds that they took."""

    case: Case
    lab: Lab
    host: str
    first: Outcome
    second: Outcome
    seconds: tuple[float, float]

    @property
    def verification(self) -> dict[str, Any]:
        """What the second run proved."""
        found: dict[str, Any] = self.second.report["verification"][self.lab.hosts[self.host]]
        return found

    def read(self, command: str) -> str:
        """Return what a shell command prints on the host, as root."""
        return self.lab.read(self.host, command)


def deploy(case: Case, lab: Lab, host: str, *options: str) -> Deployed:
    """Deploy a case twice."""
    outcomes, seconds = [], []
    for _ in range(2):
        began = time.monotonic()
        outcomes.append(lab.deploy(host, *case.options, *options))
        seconds.append(time.monotonic() - began)
        outcomes[-1].expect()
    return Deployed(case, lab, host, outcomes[0], outcomes[1], (seconds[0], seconds[1]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests of a case one after another: its host is there only once, and alone."""
    order: dict[Any, int] = {}
    for item in items:
        order.setdefault(case_of(item), len(order))
    items.sort(key=lambda item: order[case_of(item)])


def case_of(item: pytest.Item) -> Any:
    """Return a test's case, or its file."""
    call = getattr(item, "callspec", None)
    return call.params.get("case", item.path) if call else item.path


@pytest.fixture(scope="session")
def deployed() -> Iterator[Callable[[Case], Deployed]]:
    """Return a function that gives each case a host of its own, once, and writes the table in the end."""
    done: dict[Case, Deployed] = {}
    with contextlib.ExitStack() as current:

        def get(case: Case) -> Deployed:
            if case not in done:
                current.close()
                up = current.enter_context(labs())
                lab = up(f"rel-{case.name}", "--baked", "--suite", case.suite)
                done[case] = deploy(case, lab, next(iter(lab.hosts)))
            return done[case]

        yield get
    if done:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "releases.md").write_text(table(done.values()), encoding="utf-8")


def table(done: Any) -> str:
    """Return what was proved, one row a case."""
    head = (
        "| release | Glance | system | method | server | workers | tables | first run | second run |\n"
        + "|---" * 9
        + "|\n"
    )
    rows = []
    for one in done:
        found = one.verification
        what = (one.case.release, found["glance_version"], one.case.suite, one.case.method, found["server"])
        counted = (found["units"][-1]["workers"], len(found["tables"]))
        spent = (f"{one.seconds[0]:.0f} s", f"{one.seconds[1]:.1f} s")
        rows.append(f"| {' | '.join(map(str, (*what, *counted, *spent)))} |")
    return head + "\n".join(rows) + "\n"
