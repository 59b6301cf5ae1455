"""The results: one JSON file a fault while the campaign goes on, and the table at its end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .campaign import Row

HEAD = ("fault", "when", "what the user saw", "exit", "next run heals", "changed after", "losses", "seconds")


def write_row(directory: Path, row: Row, seed: int) -> None:
    """Keep the result of one fault, whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / f".{row.fault}.new"
    draft.write_text(json.dumps({**asdict(row), "ok": row.ok, "seed": seed}, indent=1) + "\n")
    draft.replace(directory / f"{row.fault}.json")


def read_row(directory: Path, name: str, seed: int) -> Row | None:
    """Return the result that an earlier campaign kept of a fault, if it was made with the same seed."""
    path = directory / f"{name}.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text())
    if content.pop("seed") != seed:
        return None
    content.pop("ok")
    return Row(**content)


def line(row: Row) -> str:
    """Return a result in one line, for the screen."""
    mark = "✓" if row.ok else "✗"
    text = f"{mark} {row.fault}  exit {row.code}  {row.seconds:.0f} s  {row.saw[:160]}"
    return "\n".join([text, *(f"    {problem[:400]}" for problem in (*row.problems, *row.losses))])


def markdown(rows: Sequence[Row], suite: str, seed: int, seconds: float) -> str:
    """Return the table."""
    failed = [row.fault for row in rows if not row.ok]
    lost = sum(len(row.losses) for row in rows)
    head = [
        f"# Faults on {suite}",
        "",
        f"{len(rows)} faults, {len(rows) - len(failed)} healed as they should, {lost} losses; seed {seed},"
        f" {seconds / 60:.0f} minutes of work on the hosts; measured at {_commits(rows)}.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|" + "---|" * len(HEAD),
    ]
    body = ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    tail = [f"\nFailed: {', '.join(failed)}\n"] if failed else []
    return "\n".join([*head, *body, *tail]) + "\n"


def _commits(rows: Sequence[Row]) -> str:
    """Tell with which code: a campaign that was stopped may have gone on with a later one."""
    counts = Counter(row.commit for row in rows)
    return ", ".join(f"{commit} ({count})" for commit, count in counts.most_common())


def _cells(row: Row) -> list[str]:
    cells = [
        row.fault if row.ok else f"**{row.fault}**",
        f"{row.what}, {row.when}",
        row.saw or "nothing: it was killed",
        str(row.code),
        "yes" if row.healed else "**no**",
        "?" if row.changed_after is None else str(row.changed_after),
        "0" if not row.losses else f"**{len(row.losses)}**",
        f"{row.seconds:.0f}",
    ]
    return [cell.replace("|", "\\|").replace("\n", " ")[:400] for cell in cells]


def write_table(directory: Path, rows: Sequence[Row], suite: str, seed: int) -> None:
    """Write the table as JSON and as markdown."""
    directory.mkdir(parents=True, exist_ok=True)
    seconds = sum(row.seconds for row in rows)
    content = [{**asdict(row), "ok": row.ok} for row in rows]
    document = {"suite": suite, "seed": seed, "seconds": round(seconds), "faults": content}
    (directory / f"{suite}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    (directory / f"{suite}.md").write_text(markdown(rows, suite, seed, seconds))
