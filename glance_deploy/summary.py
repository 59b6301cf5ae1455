"""The end of a run, for people: what there is now, and how it is proven; or what went wrong, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from glance_deploy.arguments import RESUME
from glance_deploy.errors import ExitCode, Problem
from glance_deploy.report import NO_HOSTS
from glance_deploy.result import Result
from glance_deploy.words import seconds

Row = tuple[str, Text]
INTERFACES = ("public", "internal", "admin")
SHOWN_DIGITS = 16
SHOWN_CHANGES = 40
HEADINGS = {
    ExitCode.REFUSED: "Not started",
    ExitCode.UNVERIFIED: "Deployed, but not proven",
    ExitCode.INTERRUPTED: "Stopped",
}


def show(result: Result, console: Console) -> None:
    """Print the result."""
    with console.capture() as captured:
        console.print()
        console.print(success(result) if result.ok else fault(result))
    # The cells of a table are filled up with spaces, which nobody wants to copy.
    for line in captured.get().splitlines():
        console.file.write(line.rstrip() + "\n")


def fault(result: Result) -> RenderableType:
    """Return what went wrong, where, and what mends it."""
    heading = HEADINGS.get(result.exit_code, "Failed")
    lines: list[RenderableType] = [Text.assemble(("✗ ", "bold red"), (heading, "bold red"), ": ", result.message)]
    lines += [_problem(problem) for problem in result.problems]
    if result.hint:
        lines.append(_hint(result.hint))
    files = result.report.get("files", {})
    if files:
        lines += [Text(), _table(_files(files))]
    return Group(*lines)


def success(result: Result) -> RenderableType:
    """Return what the run made and proved."""
    report = result.report
    if result.command == RESUME:
        return _nothing_left(report)
    rows = [*_verified(report.get("verification", {})), *_run(report), *_next(report), *_files(report.get("files", {}))]
    heading = Text.assemble(("✓ ", "bold green"), (_heading(report), "bold"))
    return Group(heading, Text(), _table(rows))


def _nothing_left(report: Mapping[str, Any]) -> RenderableType:
    """Return that there is nothing to go on with, and how to run again all the same."""
    heading = Text.assemble(
        ("✓ ", "bold green"), (f"The run of {report['ended']} on {report['place']} ended well", "bold")
    )
    rows = [("Again", Text(str(report["again"]), style="cyan", overflow="fold")), *_files(report["files"])]
    return Group(heading, Text("Nothing is left to do, and nothing was done."), Text(), _table(rows))


def _heading(report: Mapping[str, Any]) -> str:
    place = report.get("place", "")
    if report.get("options", {}).get("check"):
        return f"Checked {place}; nothing was touched"
    if report.get("command") == "preflight":
        return f"{place} is ready"
    return f"Glance works on {place}"


def _verified(found: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """Yield what the verification published; hosts share all but their units."""
    if not found:
        return
    # What there is once a cloud, one host looks after.
    told = [own for own in found.values() if isinstance(own, Mapping) and own.get("image")]
    first = told[0] if told else next(iter(found.values()))
    yield from _tellable(_service, first)
    for host, own in found.items():
        yield from _tellable(_units, own, "Units" if len(found) == 1 else f"Units {host}")
    yield from _tellable(_tables, first)
    yield from _tellable(_image, first)


def _tellable(section: Callable[..., Iterable[Row]], *given: Any) -> list[Row]:
    """Return a section, or that there is none: what a host publishes may have any shape."""
    try:
        return list(section(*given))
    except (AttributeError, TypeError, LookupError, ValueError):
        return [("", Text("a host told something that cannot be shown; the report has it", style="yellow"))]


def _units(found: Mapping[str, Any], name: str) -> Iterator[Row]:
    return _lines(name, [_unit(unit, found.get("server", "")) for unit in found.get("units", [])])


def _tables(found: Mapping[str, Any]) -> Iterator[Row]:
    if tables := found.get("tables"):
        yield "Database", Text(f"{len(tables)} tables")


def _service(found: Mapping[str, Any]) -> Iterator[Row]:
    if found.get("release"):
        yield "Release", Text(" ".join(filter(None, [str(found["release"]), str(found.get("glance_version", ""))])))
    urls = [
        Text.assemble(
            (f"{entry.get('interface', '')!s:<9}", "dim"),
            (str(entry.get("url", "")), "cyan"),
            f"  {entry.get('region', '')}",
        )
        for entry in sorted(found.get("endpoints", []), key=_endpoint_order)
    ]
    yield from _lines("Endpoints", urls)
    versions = [str(entry.get("id")) for entry in found.get("versions", []) if entry.get("status") == "CURRENT"]
    if versions:
        yield "API", Text(f"{', '.join(versions)} current, {len(found['versions'])} versions served")
    if health := found.get("healthcheck"):
        yield "Health", Text(f"{health.get('status')} at {health.get('url')}")


def _endpoint_order(entry: Mapping[str, Any]) -> tuple[str, int]:
    """Return where an endpoint stands: by region, and in the order in which people name them."""
    interface = str(entry.get("interface"))
    return str(entry.get("region")), INTERFACES.index(interface) if interface in INTERFACES else len(INTERFACES)


def _unit(unit: Mapping[str, Any], server: str) -> Text:
    """Return a unit's line; what the verification did not find out is left out."""
    states = [word if unit[word] else f"NOT {word}" for word in ("enabled", "active") if unit.get(word) is not None]
    workers = [f"{unit['workers']} workers"] if unit.get("workers") else []
    return Text(f"{unit.get('name')}  {', '.join(states + workers)}{f' ({server})' if server else ''}")


def _image(found: Mapping[str, Any]) -> Iterator[Row]:
    image, source, trip = (found.get(key) or {} for key in ("image", "source", "roundtrip"))
    if image:
        facts = [image.get("status"), image.get("disk_format"), size(image.get("size")), image.get("visibility")]
        yield (
            "Image",
            Text.assemble((str(image.get("name")), "bold"), "  ", ", ".join(str(fact) for fact in facts if fact)),
        )
        yield "", Text(str(image.get("id")), style="dim")
    if source:
        yield "Source", Text(": ".join(str(source[key]) for key in ("kind", "url") if source.get(key)))
        yield from _lines("", [Text(str(note), style="yellow") for note in source.get("notes") or []])
    if trip:
        same = trip.get("identical")
        took = f"read back in {trip.get('download_seconds')} s"
        if trip.get("uploaded"):
            took = f"uploaded in {trip.get('upload_seconds')} s, {took}"
        yield (
            "Proof",
            Text.assemble((("identical" if same else "DIFFERENT"), "green" if same else "bold red"), f", {took}"),
        )
        yield "", Text(f"sha512 {str(trip.get('sha512_downloaded', ''))[:SHOWN_DIGITS]}…", style="dim")


def _run(report: Mapping[str, Any]) -> Iterator[Row]:
    ran = [stage for stage in report.get("stages", []) if stage["outcome"] != "skipped"]
    parts = " · ".join(f"{stage['name']} {seconds(stage['seconds'])}" for stage in ran)
    yield "Time", Text.assemble((seconds(report.get("seconds", 0)), "bold"), f"  {parts}")
    changed, is_check = report.get("changed", 0), report.get("options", {}).get("check")
    if changed:
        words = f"{changed} {'would change' if is_check else 'changed'} in {report.get('tasks', 0)} tasks"
        yield "Changes", Text(words, style="yellow")
    elif report.get("command") == "deploy":
        yield "Changes", Text("zero changed: everything was looked at and is as it should be", style="green")
    if is_check:
        yield from _lines("", [Text(line, style="yellow") for line in _steps(report.get("changes", []))])
    yield from _lines("Warning", [Text(text, style="yellow") for text in report.get("warnings", [])])


def _steps(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    told = [f"{change['host']}: {step}" for change in changes for step in change["steps"] or [change["task"]]]
    # A dry run's verification finds what was not done before it, and tells it again.
    lines = list(dict.fromkeys(told))
    more = len(lines) - SHOWN_CHANGES
    return lines[:SHOWN_CHANGES] + ([f"and {more} more: see the report"] if more > 0 else [])


def _next(report: Mapping[str, Any]) -> Iterator[Row]:
    """Yield what to try now, where we made the credentials ourselves."""
    made = {stage["name"] for stage in report.get("stages", []) if stage.get("note") != NO_HOSTS}
    if "Identity" in made and report.get("verification"):
        yield "Try it", Text("as root on the host: . /root/admin-openrc; openstack image list")


def _files(files: Mapping[str, Any]) -> Iterator[Row]:
    for name in ("report", "log", "journal"):
        if files.get(name):
            yield name.capitalize(), Text(_near(Path(files[name])), style="dim", overflow="fold")


def _near(path: Path) -> str:
    """Return a path as short as it can be typed from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _problem(problem: Problem) -> RenderableType:
    where = (f"{problem.where}  ", "bold") if problem.where else ""
    what = Text.assemble("  ", where, problem.what)
    return Group(what, Padding(_hint(problem.mend), (0, 0, 0, 2))) if problem.mend else what


def _hint(text: str) -> Text:
    return Text.assemble(("  → ", "cyan"), (text, "cyan"))


def _lines(name: str, lines: Sequence[Text]) -> Iterator[Row]:
    """Yield the first line with the name, the others without."""
    for number, line in enumerate(lines):
        yield (name if number == 0 else ""), line


def _table(rows: Iterator[Row] | Sequence[Row]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=0)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row("", name, text)
    return table


def size(number: Any) -> str:
    """Return a number of bytes as people say it."""
    if not isinstance(number, int | float):
        return ""
    value, unit = float(number), "B"
    for following in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:  # noqa: PLR2004  # what these units mean
            break
        value, unit = value / 1024, following
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
