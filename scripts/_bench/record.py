"""The figures on disk: everything that was measured, and what it means."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import BenchError
from .figures import Sample, ratios, summarize

VERSION = 1


def document(samples: Sequence[Sample], machine: dict[str, Any]) -> dict[str, Any]:
    """Return everything as one document."""
    summary = {
        suite: {name: asdict(each) for name, each in names.items()} for suite, names in summarize(samples).items()
    }
    return {
        "version": VERSION,
        "machine": machine,
        "summary": rounded(summary),
        "ratios": [rounded(asdict(ratio) | {"met": ratio.met}) for ratio in ratios(samples)],
        "samples": [rounded(asdict(sample)) for sample in samples],
    }


def write(path: Path, content: dict[str, Any]) -> None:
    """Write it in one step: a bench that is stopped leaves the figures that it has."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(path)


def read(path: Path, commit: str = "") -> list[Sample]:
    """Read the samples back.

    Args:
        path: The file; none are in one that is missing.
        commit: What they have to be of; empty for any.

    Raises:
        BenchError: They are of another commit.
    """
    if not path.exists():
        return []
    content = json.loads(path.read_text())
    found = content["machine"].get("commit")
    if commit and found != commit:
        raise BenchError(f"{path} was measured at {found}, and this is {commit}: measure into another file (--output).")
    return [Sample(**sample) for sample in content["samples"]]


def describe_machine(commit: str) -> dict[str, Any]:
    """Say on what, of what and when the figures were taken."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processors": os.cpu_count(),
        "model": model[1] if model else "",
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "commit": commit,
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def rounded(value: Any) -> Any:
    """Keep three digits behind the point: the rest is noise."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, (list, tuple)) else value
