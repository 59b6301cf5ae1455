"""Figures and what they mean: medians, spreads and ratios, as pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One measurement: what was measured, in which round, and what else was seen of it."""

    suite: str
    name: str
    round: int
    seconds: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Spread:
    """The middle of some figures, and how far they lie apart."""

    median: float
    least: float
    most: float
    count: int


@dataclass(frozen=True)
class Reach:
    """A ratio of two measurements and what it ought not to exceed."""

    name: str
    to: str
    most: float


@dataclass(frozen=True)
class Ratio:
    """A ratio as it was measured: of the medians, and of each round's pair."""

    suite: str
    reach: Reach
    value: float
    rounds: Spread

    @property
    def met(self) -> bool:
        """Whether it is within reach."""
        return self.value <= self.reach.most


# 1.11: nine tenths of the client's own speed.
REACHES = (
    Reach("deploy", "by hand", 0.75),
    Reach("deploy", "floor", 1.2),
    Reach("second run", "by hand", 0.1),
    Reach("all-in-one, second run", "by hand", 0.2),
    Reach("8 hosts, second run", "second run", 2.5),
    Reach("upload, our module", "upload, openstack client", 1.11),
    Reach("download, our module", "download, openstack client", 1.11),
)


def spread(values: Sequence[float]) -> Spread:
    """Return the median of some figures, the least, the most, and how many they are."""
    return Spread(median(values), min(values), max(values), len(values))


def summarize(samples: Iterable[Sample]) -> dict[str, dict[str, Spread]]:
    """Return the spread of each measurement, by suite and name, in the order in which they were made."""
    seconds: dict[str, dict[str, list[float]]] = {}
    for sample in samples:
        seconds.setdefault(sample.suite, {}).setdefault(sample.name, []).append(sample.seconds)
    return {suite: {name: spread(each) for name, each in names.items()} for suite, names in seconds.items()}


def ratios(samples: Sequence[Sample], reaches: Iterable[Reach] = REACHES) -> list[Ratio]:
    """Return the ratios that the samples allow.

    The two of a round were measured within minutes of each other: what slowed one down slowed the other down, too.
    """
    found = []
    summary = summarize(samples)
    for suite, names in summary.items():
        for reach in reaches:
            pairs = paired(samples, suite, reach)
            if pairs:
                value = names[reach.name].median / names[reach.to].median
                found.append(Ratio(suite, reach, value, spread(pairs)))
    return found


def paired(samples: Iterable[Sample], suite: str, reach: Reach) -> list[float]:
    """Return the ratio of each round that has both measurements."""
    rounds: dict[str, dict[int, float]] = {reach.name: {}, reach.to: {}}
    for sample in samples:
        if sample.suite == suite and sample.name in rounds:
            rounds[sample.name][sample.round] = sample.seconds
    above, below = rounds[reach.name], rounds[reach.to]
    return [above[turn] / below[turn] for turn in sorted(above.keys() & below.keys())]


def typical(samples: Iterable[Sample], suite: str, name: str, detail: str) -> float | None:
    """Return the median of what else was counted, such as `tasks`; None where nobody counted it."""
    values = [
        sample.details[detail]
        for sample in samples
        if (sample.suite, sample.name) == (suite, name) and sample.details.get(detail) is not None
    ]
    return median(values) if values else None
