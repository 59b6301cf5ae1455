"""From what each release knows to one table of life spans, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Where an option stands: file, section, name.
Place = tuple[str, str, str]
STORE_SECTIONS = "glance.multi_store"


@dataclass(frozen=True)
class Known:
    """An option as a release knows it: under its own name, or as the old name of the option `now`."""

    namespace: str
    now: str = ""


@dataclass(frozen=True)
class Snapshot:
    """What one release knows. Of the namespaces that it lacks that could not be learnt; None means of any."""

    release: str
    options: Mapping[Place, Known]
    lacking: frozenset[str] | None = frozenset()


@dataclass(frozen=True)
class Life:
    """From which release to which an option is known; empty where the table has no earlier or later one."""

    first: str = ""
    last: str = ""
    now: str = ""
    why: str = ""


def snapshot(release: str, collected: Mapping[str, Any]) -> Snapshot:
    """Return what the collector found, with old names as places of their own."""
    options: dict[Place, Known] = {}
    for file, sections in collected["files"].items():
        options |= {
            (file, section, name): Known(each["namespace"])
            for section, named in sections.items()
            for name, each in named.items()
        }
    for file, sections in collected["files"].items():
        for place, known in old_names(file, sections).items():
            _, section, name = place
            # Some stay on their own beside the option that takes their name over.
            if place not in options or sections[section][name]["removal"]:
                options[place] = known
    return Snapshot(release, options, frozenset(collected["lacking"]))


def old_names(file: str, sections: Mapping[str, Any]) -> dict[Place, Known]:
    """Return the old names of options that still work.

    A store's section has an example's name, and its options the old names of [glance_store]'s: those lead nobody there.
    """
    found: dict[Place, Known] = {}
    for section in sorted(sections):
        for name, each in sorted(sections[section].items()):
            if each["namespace"] == STORE_SECTIONS and section != "glance_store":
                continue
            for old_section, old_name in each["aliases"]:
                found.setdefault((file, old_section, old_name), Known(each["namespace"], f"{section}.{name}"))
    return found


def complete(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the snapshots with what they lack: what the nearest before and after both know."""
    done = []
    for index, gap in enumerate(snapshots):
        if gap.lacking == frozenset():
            done.append(gap)
            continue
        before = nearest(reversed(snapshots[:index]), gap)
        after = nearest(snapshots[index + 1 :], gap)
        both = {place: after[place] for place in before.keys() & after.keys() if lacks(gap, after[place])}
        done.append(Snapshot(gap.release, both | dict(gap.options), gap.lacking))
    return done


def nearest(snapshots: Any, gap: Snapshot) -> Mapping[Place, Known]:
    """Return what the first of some snapshots knows that can fill a gap."""
    return next((each.options for each in snapshots if not each.lacking and each.lacking is not None), gap.options)


def lacks(gap: Snapshot, known: Known) -> bool:
    """Whether a release could not be asked for an option."""
    return gap.lacking is None or known.namespace in gap.lacking


def add_known(snapshots: Sequence[Snapshot], facts: Mapping[str, Sequence[Place]]) -> list[Snapshot]:
    """Return the snapshots with options of which other sources say that a release has them."""
    return [
        Snapshot(each.release, {place: Known("") for place in facts.get(each.release, ())} | dict(each.options))
        for each in snapshots
    ]


def lives(snapshots: Sequence[Snapshot], why: Mapping[Place, str]) -> dict[Place, Life]:
    """Return the life span of each option that any release knows.

    Args:
        snapshots: What each release knows, oldest first.
        why: A word on why an option went; used where it went and no other took its place.
    """
    spans: dict[Place, list[int]] = {}
    for index, each in enumerate(snapshots):
        for place in each.options:
            spans.setdefault(place, []).append(index)
    newest = len(snapshots) - 1
    return {
        place: Life(
            first=snapshots[span[0]].release if span[0] else "",
            last=snapshots[span[-1]].release if span[-1] < newest else "",
            now=(now := snapshots[span[-1]].options[place].now),
            why=why.get(place, "") if span[-1] < newest and not now else "",
        )
        for place, span in spans.items()
    }


def gaps(snapshots: Sequence[Snapshot]) -> list[tuple[Place, str]]:
    """Return each option that a release does not know, but one before and one after do: no life span tells that."""
    found = []
    for index, each in enumerate(snapshots):
        before = {place for other in snapshots[:index] for place in other.options}
        after = {place for other in snapshots[index + 1 :] for place in other.options}
        found += [(place, each.release) for place in sorted((before & after) - each.options.keys())]
    return found
