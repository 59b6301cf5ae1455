"""Figures as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from .figures import Ratio, Sample, Spread, summarize, typical

# Key of a sample's details -> head of its column.
DETAILS = {
    "tasks": "TASKS",
    "changed": "CHANGED",
    "processes": "PROCESSES",
    "connections": "LOGINS",
    "sessions": "SESSIONS",
    "kilobytes_in": "KB IN",
    "kilobytes_out": "KB OUT",
    "peak_memory_mb": "MB",
}
HEAD = ("SUITE", "WHAT", "SECONDS", "MIN-MAX", "N", "BY HAND", *DETAILS.values())


def figures_table(samples: Sequence[Sample]) -> str:
    """Return a line for each measurement: seconds, how far they lie apart, and what else was counted."""
    rows: list[tuple[str, ...]] = [HEAD]
    for suite, names in summarize(samples).items():
        base = names.get("by hand")
        for name, each in names.items():
            counted = (typical(samples, suite, name, detail) for detail in DETAILS)
            rows.append(
                (suite, name, *seconds(each), share(each, base), *("" if n is None else f"{n:.0f}" for n in counted))
            )
    return align(rows)


def seconds(each: Spread) -> tuple[str, str, str]:
    """Return median, range and number."""
    return f"{each.median:.2f}", f"{each.least:.2f}-{each.most:.2f}", str(each.count)


def share(each: Spread, base: Spread | None) -> str:
    """Return how much it is of what the same costs by hand."""
    return f"x{each.median / base.median:.2f}" if base else ""


def ratios_table(found: Sequence[Ratio]) -> str:
    """Return a line for each ratio, with what it ought to be at most."""
    rows = [("SUITE", "RATIO", "OF MEDIANS", "OF ROUNDS", "AT MOST", "")]
    for ratio in found:
        rounds = f"{ratio.rounds.least:.2f}-{ratio.rounds.most:.2f}"
        words = f"{ratio.reach.name} / {ratio.reach.to}"
        verdict = "met" if ratio.met else "missed"
        rows.append((ratio.suite, words, f"{ratio.value:.2f}", rounds, f"{ratio.reach.most:.2f}", verdict))
    return align(rows)


def align(rows: Sequence[Sequence[str]]) -> str:
    """Line up columns; an empty one is left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    padded = [[word.ljust(max(map(len, column))) for word in column] for column in columns]
    return "\n".join("  ".join(line).rstrip() for line in zip(*padded, strict=True))
