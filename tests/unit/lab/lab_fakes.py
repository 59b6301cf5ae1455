"""Stand-ins for what the lab's code is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts._lab.errors import LabError
from scripts._lab.state import Host, Lab


@dataclass
class FakeRun:
    """Programs that only remember how they were called.

    An answer is given to every command line that starts with its key; an error is raised instead of being returned.
    """

    answers: Mapping[str, str | LabError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def __call__(self, argv: Sequence[str], *, data: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        del data, env
        line = " ".join(argv)
        self.calls.append(line)
        for start, answer in self.answers.items():
            if line.startswith(start):
                if isinstance(answer, LabError):
                    raise answer
                return answer
        return ""


def make_lab(root: Path, *names: str, kind: str = "bare", ready: bool = True) -> Lab:
    """Return a lab of bookworm hosts."""
    hosts = tuple(Host(name, f"10.77.5.{11 + turn}", "bookworm") for turn, name in enumerate(names or ("host1",)))
    return Lab("demo", "10.77.5.0/24", kind, hosts, ready, root)
