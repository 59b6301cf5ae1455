"""The programs of a host, as far as somebody runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Answer = tuple[int, str, str]
# What a program answers: always the same, one thing after the other, a fault, or what a function says.
Script = Answer | list[Answer] | Exception | Callable[[], Answer]


class FakeRun:
    """Answers commands that begin with the given words, and keeps what was asked.

    Args:
        scripts: Answers by the first words of a command; the first that fits counts, and others end well in silence.
    """

    def __init__(self, scripts: Mapping[str, Script] | None = None) -> None:
        self.scripts = dict(scripts or {})
        self.commands: list[str] = []
        self.stdin: list[str] = []
        self.environments: list[Mapping[str, str]] = []

    def __call__(
        self, words: Sequence[str], stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        command = " ".join(words)
        self.commands.append(command)
        self.stdin.append(stdin)
        self.environments.append(environment or {})
        for known, script in self.scripts.items():
            if command.startswith(known):
                return told(script)
        return 0, "", ""


def told(script: Script) -> Answer:
    """Return the next answer of a script."""
    if isinstance(script, Exception):
        raise script
    if isinstance(script, list):
        return script.pop(0) if len(script) > 1 else script[0]
    return script if isinstance(script, tuple) else script()
