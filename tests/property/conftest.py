"""How the properties are tried: the same cases every time, counted by boundary, with the seed in the summary.

    pytest tests/property                       the cases of CI
    pytest tests/property --hypothesis-seed=N   other cases; a failure prints how to have its very case again

Each file is one boundary, and tells in its first line what may come over it.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

HERE = Path(__file__).parent
PREFIX = "test_property_"
SEED, PROFILE, LEAST = "--hypothesis-seed", "--hypothesis-profile", "--least-cases"
CASES: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a whole run demand that it was one."""
    parser.addoption(LEAST, type=int, default=0, metavar="N", help="fail when fewer cases were tried")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the cases. A seed has no effect on what is derandomized, so there are two profiles."""
    # Machines differ in speed: how long a case takes proves nothing.
    common: dict[str, Any] = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
    common["phases"] = set(Phase) - {Phase.explain}
    settings.register_profile("same-cases", derandomize=True, database=None, **common)
    settings.register_profile("other-cases", **common)
    if not config.getoption(PROFILE):
        settings.load_profile("same-cases" if config.getoption(SEED) is None else "other-cases")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Count each case that a test took to its end."""
    for item in items:
        test = getattr(getattr(item, "obj", None), "hypothesis", None)
        if test and HERE in item.path.parents and not hasattr(test.inner_test, "counted"):
            test.inner_test = _counting(test.inner_test, item.path.stem.removeprefix(PREFIX).replace("_", " "))


def _counting(test: Callable[..., None], boundary: str) -> Callable[..., None]:
    @functools.wraps(test)
    def counted(*args: Any, **kwargs: Any) -> None:
        test(*args, **kwargs)
        CASES[boundary] += 1

    counted.counted = True  # type: ignore[attr-defined]  # tests with parameters share their function
    return counted


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a worker of pytest-xdist to the process that prints them; fail there when they are too few."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["cases"] = dict(CASES)
    elif CASES.total() < session.config.getoption(LEAST):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the counts of a worker."""
    CASES.update(getattr(node, "workeroutput", {}).get("cases", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the counts and what makes the same cases again."""
    if not CASES:
        return
    if CASES.total() < config.getoption(LEAST):
        terminalreporter.write_line(f"fewer cases than {LEAST}={config.getoption(LEAST)}", red=True)
    terminalreporter.section("cases tried at each boundary")
    for boundary, count in sorted(CASES.items()):
        terminalreporter.write_line(f"{boundary:<24}{count:>8,}")
    seed = config.getoption(SEED)
    told = "each test's own, the same every time" if seed is None else seed
    terminalreporter.write_line(f"{'all':<24}{CASES.total():>8,}   seed: {told} ({SEED}=N for other cases)")
