"""`python3 -m tests.faults`: makes faults on hosts of the lab and prints what came of them."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NoReturn

from . import table
from .bases import Bases
from .campaign import Campaign, Row
from .catalogue import all_faults
from .lane import ROOT, open_lane
from .model import Fault
from .processes import end_marked

HERE = Path(__file__).parent
PRINTING = threading.Lock()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign and return the exit code: 1 if any fault did harm or was told badly."""
    options = parse(argv)
    if os.geteuid() != 0:
        sys.exit("the hosts of the lab need root: sudo python3 -m tests.faults")
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell lets what it starts in the background ignore the first
        signal.signal(number, signal.default_int_handler)
    try:
        rows = campaign(options)
    except KeyboardInterrupt:
        return 130
    if rows is None:
        return 0
    table.write_table(options.output, rows, options.suite, options.seed)
    print(table.markdown(rows, options.suite, options.seed, sum(row.seconds for row in rows)))
    return 0 if all(row.ok for row in rows) else 1


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.faults", description=__doc__)
    add = parser.add_argument
    add("--only", metavar="PATTERN", default="", help="faults whose name matches this regular expression")
    add("--subset", choices=("ci",), help="the representative faults that every change must pass")
    add("--suite", default="trixie", help="Debian release of the host (default: trixie)")
    add("--seed", type=int, default=1, help="what the random moments depend on (default: 1)")
    add("--lanes", type=int, default=1, help="hosts side by side (default: 1)")
    add("--lab", metavar="PREFIX", default="faults", help="beginning of the labs' names (default: faults)")
    add("--resume", action="store_true", help="keep the good results of a campaign that was stopped")
    add("--keep", action="store_true", help="leave hosts and snapshots for the next campaign")
    add("--list", action="store_true", help="only say which faults there are")
    add("--output", type=Path, default=HERE / "results", metavar="DIRECTORY", help="where the table goes")
    return parser.parse_args(argv)


def campaign(options: argparse.Namespace) -> list[Row] | None:
    """Face every fault that was asked for; None when they were only to be listed."""
    place = ROOT / ".glance-deploy" / "faults" / options.suite
    lanes = [open_bases(options, place, number) for number in range(1, options.lanes + 1)]
    try:
        # Where the boundaries are, only a first deploy can tell.
        lanes[0].prepare("deployed")
        faults = chosen(all_faults(lanes[0].steps(), options.seed), options)
        if options.list:
            print(*(f"{fault.name:60} {fault.what}, {fault.when}" for fault in faults), sep="\n")
            return None
        return face(faults, lanes, place, options)
    finally:
        for bases in () if options.keep else lanes:
            bases.lane.down()


def open_bases(options: argparse.Namespace, place: Path, number: int) -> Bases:
    """Open one lane."""
    name = f"{options.lab}-{options.suite}-{number}"
    directory = place / f"lane-{number}"
    return Bases(open_lane(name, options.suite, directory / "address"), directory)


def chosen(faults: Sequence[Fault], options: argparse.Namespace) -> list[Fault]:
    """Return the faults that were asked for."""
    return [fault for fault in faults if (fault.ci or not options.subset) and fault.matches(options.only)]


def face(faults: Sequence[Fault], lanes: Sequence[Bases], place: Path, options: argparse.Namespace) -> list[Row]:
    """Share the faults out to the lanes; return their rows in the order of the table."""
    kept = place / "rows"
    rows: dict[str, Row] = {}
    waiting: SimpleQueue[Fault] = SimpleQueue()
    commit = current_commit()
    for fault in faults:
        row = table.read_row(kept, fault.name, options.seed) if options.resume else None
        if row and row.ok:
            rows[fault.name] = row
        else:
            waiting.put(fault)

    def work(bases: Bases) -> None:
        while True:
            try:
                fault = waiting.get_nowait()
            except Empty:
                return
            row = Campaign(bases, place / "runs").face(fault)
            rows[fault.name] = row = replace(row, commit=commit)
            table.write_row(kept, row, options.seed)
            with PRINTING:
                print(table.line(row), flush=True)

    pool = ThreadPoolExecutor(len(lanes))
    try:
        list(pool.map(work, lanes))
    except KeyboardInterrupt:
        stop(lanes)
    pool.shutdown()
    return [rows[fault.name] for fault in faults]


def current_commit() -> str:
    """Return the commit that is tried, with a + when files differ from it."""
    argv = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def stop(lanes: Sequence[Bases]) -> NoReturn:
    """End in the middle of a fault: what is kept of others is whole, and the host is put back before the next."""
    for bases in lanes:
        end_marked(bases.lane.name)
    print("stopped; the same with --resume goes on", file=sys.stderr, flush=True)
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
