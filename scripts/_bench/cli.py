"""The command line: rounds of measurements, then the figures as a table, as JSON and as a picture."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import deploy
from scripts._lab.command import run
from scripts._lab.errors import LabError
from scripts._lab.files import REPOSITORY, give_back
from scripts._lab.machine import say

from . import record
from .errors import BenchError
from .figures import Sample, ratios
from .hosts import Machine, this_machine
from .plot import draw
from .scenarios import SCENARIOS
from .table import figures_table, ratios_table

RESULTS = Path(__file__).parent / "results"
SUITES = ("bookworm", "trixie")
# Several hosts and the big image take minutes: they are measured in every second round.
SELDOM = frozenset({"2-hosts", "4-hosts", "8-hosts", "image"})
MANUAL = f"""\
How long a deployment takes on fresh hosts of the lab whose Keystone, MariaDB and memcached run and whose package cache
is warm: by hand, with deploy.py, and with no tool at all. Each round measures everything once, one thing at a time, on
a fresh host each. Leave the machine alone meanwhile. Needs root; five rounds on two cores take some hours.

What is measured (--only): {", ".join(SCENARIOS)}

The figures are written after each measurement, so that a bench that was stopped leaves what it has; FILE with the
suffix .svg is the picture. {RESULTS.relative_to(REPOSITORY)}/README.md says how to read them.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; return 0, 1 when a measurement failed, 130 when it was stopped."""
    options = parse(argv)
    try:
        if options.show:
            show(record.read(options.output), options.output)
            return 0
        if not deploy.is_ready(REPOSITORY):
            deploy.ensure_environment(REPOSITORY, deploy.LOCK)
        return Bench(options, this_machine(install=options.install_missing)).run()
    except (LabError, BenchError) as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say(f"bench: stopped; the figures so far are in {options.output}")
        return 130


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=MANUAL, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds (default: 5)")
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=SUITES, metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=tuple(SCENARIOS), metavar="WHAT")
    parser.add_argument("--output", type=Path, default=RESULTS / "bench.json", metavar="FILE", help="JSON to write")
    parser.add_argument("--add", action="store_true", help="keep what FILE holds of the same commit, and add rounds")
    parser.add_argument("--show", action="store_true", help="measure nothing: show what FILE holds, and draw it again")
    parser.add_argument("--install-missing", action="store_true", help="install the lab's Debian packages here")
    return parser.parse_args(argv)


class Bench:
    """One bench under way."""

    def __init__(self, options: argparse.Namespace, machine: Machine) -> None:
        self.options = options
        self.machine = machine
        self.failed = False
        self.about = record.describe_machine(commit())
        self.samples = record.read(options.output, self.about["commit"]) if options.add else []

    def run(self) -> int:
        """Measure all rounds."""
        self.machine.prepare(self.options.suites)
        try:
            self.measure_all()
        finally:
            self.machine.clear()
        if self.samples:
            show(self.samples, self.options.output)
        return int(self.failed)

    def measure_all(self) -> None:
        """Measure round by round."""
        for turn in range(1, self.options.rounds + 1):
            for suite in self.options.suites:
                for name in order(self.options.only, turn):
                    self.measure(name, suite, turn)

    def measure(self, name: str, suite: str, turn: int) -> None:
        """Measure one thing. One that fails is told, and does not end the bench."""
        try:
            made = SCENARIOS[name](self.machine, suite)
        except (LabError, BenchError) as error:
            self.failed = True
            say(f"round {turn}  {suite}  {name}  FAILED: {error}")
            return
        for each in made:
            say(f"round {turn}  {suite}  {each.name}  {each.seconds:.2f} s")
        self.samples += [each.sample(suite, self.next_round(suite, each.name)) for each in made]
        record.write(self.options.output, record.document(self.samples, self.about))
        give_back(self.options.output)

    def next_round(self, suite: str, name: str) -> int:
        """Return which measurement of its kind the next one is."""
        return 1 + sum((sample.suite, sample.name) == (suite, name) for sample in self.samples)


def order(names: Sequence[str], turn: int) -> list[str]:
    """Return what a round measures; each begins elsewhere, so that nothing always has the same neighbour before it."""
    due = [name for name in names if turn % 2 or name not in SELDOM]
    start = (turn - 1) % len(due) if due else 0
    return due[start:] + due[:start]


def show(samples: Sequence[Sample], output: Path) -> None:
    """Print the tables and draw the picture."""
    print(figures_table(samples), ratios_table(ratios(samples)), sep="\n\n")
    picture = output.with_suffix(".svg")
    picture.write_text(draw(samples))
    give_back(picture)


def commit() -> str:
    """Name the commit that is measured, with a + when files differ from it."""
    # Through sudo the clone is another user's, and git would refuse it.
    git = ["git", "-c", f"safe.directory={REPOSITORY}", "-C", str(REPOSITORY)]
    try:
        # The results of an earlier bench change nothing that is measured.
        changed = run([*git, "status", "--porcelain", "--", ":/", f":(exclude,top){RESULTS.relative_to(REPOSITORY)}"])
        return run([*git, "rev-parse", "--short", "HEAD"]) + ("+" if changed else "")
    except LabError:
        return ""
