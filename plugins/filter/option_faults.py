"""A filter that finds options which a release of a service does not know."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

# What a table says of an option: the first and the last release that knows it, what to write instead, and why.
Life = Mapping[str, str]
Known = Mapping[str, Mapping[str, Life]]


def option_faults(
    wished: Mapping[str, Mapping[str, Any]],
    known: Known,
    release: str,
    releases: Sequence[str],
    aliases: Mapping[str, str] | None = None,
) -> list[str]:
    """Return one line for each option that the release does not know; none when it knows all.

    Args:
        wished: Section to option to value, as a user sets them.
        known: Section to option to its life.
        release: The release.
        releases: All releases, oldest first.
        aliases: Sections that are named by users, as those of stores, with the section whose options they take.
    """
    if release not in releases:
        raise AnsibleFilterError(f"option_faults: no release {release!r}; known: {', '.join(releases)}")
    faults = []
    for section, options in wished.items():
        # oslo.middleware reads the options of [cors] also from [cors.NAME], one section for each origin.
        table = known.get((aliases or {}).get(section, "cors" if section.startswith("cors.") else section))
        if table is None:
            faults.append(f"[{section}]: no release has such a section{_near(section, known)}")
            continue
        if not isinstance(options, Mapping):
            faults.append(f"[{section}]: has to map options to values.")
            continue
        # None takes an option away, whoever may know it.
        given = (name for name, value in options.items() if value is not None)
        told = (_fault(section, name, table, release, releases) for name in given)
        faults += [line for line in told if line]
    return faults


def _fault(section: str, name: str, table: Mapping[str, Life], release: str, releases: Sequence[str]) -> str:
    what = f"[{section}] {name}"
    if name not in table:
        return f"{what}: no release knows it{_near(name, table)}"
    life, at = table[name], releases.index(release)
    first, last = life.get("first", releases[0]), life.get("last", releases[-1])
    instead = f"; write {_option(life['now'])} instead" if "now" in life else ""
    why = f": {life['why']}" if "why" in life else ""
    if at > releases.index(last):
        return f"{what}: gone after {last.title()}, and this is {release.title()}{why}{instead or '; leave it out'}."
    if at < releases.index(first):
        return f"{what}: came with {first.title()}, and this is {release.title()}; leave it out."
    return ""


def _option(path: str) -> str:
    section, _, name = path.rpartition(".")
    return f"[{section}] {name}" if section else name


def _near(name: str, known: Mapping[str, Any]) -> str:
    by_letters = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_letters, n=1)
    return f"; did you mean {by_letters[near[0]]}?" if near else "."


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"option_faults": option_faults}
