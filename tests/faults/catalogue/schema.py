"""Schema migrations killed in the middle: the program that does them, and the database under it."""

from __future__ import annotations

import random

from ..model import Fault, OnHost, Shell

MAYBE = frozenset({0, 1})
TOLD = r"(?i)manage|schema|database|mariadb|mysql|sync|killed|table"


def _tables(database: str, count: int) -> OnHost:
    """When so many tables have appeared."""
    return OnHost(f"[ $(ls /var/lib/mysql/{database}/*.ibd 2>/dev/null | wc -l) -ge {count} ]")


def _kill(pattern: str) -> Shell:
    return Shell(f"kill -9 $(pgrep -f {pattern}) 2>/dev/null || true")


def killed(seed: int) -> list[Fault]:
    """Return the faults; the seed chooses how many tables there are by then."""
    chance = random.Random(f"schema {seed}")  # noqa: S311  # chosen to be repeatable, not to be secret
    glance, keystone = sorted(chance.sample(range(1, 16), 4)), sorted(chance.sample(range(1, 40), 3))
    found = [
        Fault(
            f"db-sync-killed-at-{count}-tables",
            "kill -9 to glance-manage",
            "ready",
            _tables("glance", count),
            (_kill("bin/glance-manage"),),
            (),
            MAYBE,
            TOLD,
            ci=number == 1,
        )
        for number, count in enumerate(glance)
    ]
    found += [
        Fault(
            f"keystone-db-sync-killed-at-{count}-tables",
            "kill -9 to keystone-manage",
            "bare",
            _tables("keystone", count),
            (_kill("bin/keystone-manage"),),
            (),
            MAYBE,
            TOLD,
        )
        for count in keystone
    ]
    found += [
        Fault(
            f"mariadb-killed-at-{count}-tables",
            "kill -9 to MariaDB as Glance's tables are made",
            "ready",
            _tables("glance", count),
            (_kill("sbin/mariadbd"),),
            (),
            MAYBE,
            TOLD,
        )
        for count in glance[::2]
    ]
    found += [
        Fault(
            "metadefs-killed",
            "kill -9 to glance-manage as it loads the definitions",
            "ready",
            OnHost("pgrep -f load_metadefs >/dev/null && sleep 0.7"),
            (_kill("bin/glance-manage"),),
            (),
            MAYBE,
            TOLD,
        ),
        Fault(
            "mariadb-killed-at-keystone-schema",
            "kill -9 to MariaDB as Keystone's tables are made",
            "bare",
            _tables("keystone", 12),
            (_kill("sbin/mariadbd"),),
            (),
            MAYBE,
            TOLD,
        ),
    ]
    return found
