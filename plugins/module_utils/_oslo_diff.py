# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What changes in an oslo.config file, for people: by option, without comments and without any secret, old or new."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ._oslo import Texts
from ._plan import MASKED

CHANGED = "(secret, changed)"

# Names under which secrets are found in files that somebody else wrote.
SECRET_NAME = re.compile(r"passw|secret|connection|transport_url|key|credential|token$", re.IGNORECASE)
# Up to the last @ of the word: a user or a password that was written without encoding may hold one.
URL_PASSWORD = re.compile(r"(\w://[^/\s:]*):\S*@")

Names = Collection[tuple[str, str]]


def mask_urls(text: str) -> str:
    """Return the text with the passwords of all URLs in it hidden."""
    return URL_PASSWORD.sub(rf"\1:{MASKED}@", text)


def diff(before: Texts, after: Texts, secrets: Names) -> dict[str, str]:
    """Return both files as sorted `[section] option = value` lines, ready for Ansible's diff mode.

    Args:
        before: What stands in the file now.
        after: What is to stand there.
        secrets: Section and option of the values that were given as secrets.
    """
    old, new = list(_lines(before, secrets, before)), list(_lines(after, secrets, before))
    if old == new:
        # Ansible shows nothing when both sides are equal, although the file is written anew.
        old, new = [*old, "(comments and layout as found)"], [*new, "(comments and layout of glance-deploy)"]
    return {"before": "".join(f"{line}\n" for line in old), "after": "".join(f"{line}\n" for line in new)}


def _lines(options: Texts, secrets: Names, before: Texts) -> Iterator[str]:
    for section, entries in sorted(options.items()):
        for option, values in sorted(entries.items()):
            shown = [mask_urls(value.replace("\n", " ")) for value in values]
            if (section, option) in secrets or SECRET_NAME.search(option):
                known = before.get(section, {}).get(option, values)
                shown = [MASKED if known == values else CHANGED]
            for value in shown:
                yield f"[{section}] {option} = {value}"
