"""The releases as data: what is installed of each, with which Python, and of what time its libraries are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# The libraries of a release are frozen before it, and those of the next one begin to appear a month after.
SETTLED = timedelta(days=14)
# What only listing a store's options needs; the extras of glance_store are not complete in every release.
STORES = ("os-brick", "oslo.rootwrap", "oslo.privsep", "python-cinderclient", "python-swiftclient", "oslo.vmware")
BOTO = ("boto3",)


@dataclass(frozen=True)
class Release:
    """One release: `version` is the newest of its series on PyPI, empty where PyPI has none."""

    name: str
    version: str
    python: str
    day: date
    beside: Sequence[str] = ()

    @property
    def newest_library(self) -> str:
        """Until when libraries count as this release's."""
        return (self.day + SETTLED).isoformat()


def _release(name: str, version: str, python: str, day: str, *beside: str) -> Release:
    return Release(name, version, python, date.fromisoformat(day), beside)


# PyPI has no Glance 16: of Queens its libraries are asked, and what is Glance's own comes from the neighbours.
QUEENS_LIBRARIES = (
    "castellan",
    "glance_store",
    "keystonemiddleware",
    "oslo.concurrency",
    "oslo.config",
    "oslo.db",
    "oslo.log",
    "oslo.messaging",
    "oslo.middleware",
    "oslo.policy",
    "osprofiler",
    "setuptools",
)

RELEASES = (
    _release("pike", "15.0.2", "2.7", "2017-08-30"),
    _release("queens", "", "3.6", "2018-02-28", *QUEENS_LIBRARIES),
    _release("rocky", "17.0.1", "2.7", "2018-08-30"),
    _release("stein", "18.0.0", "2.7", "2019-04-10"),
    _release("train", "19.0.4", "3.7", "2019-10-16", *STORES),
    _release("ussuri", "20.2.0", "3.8", "2020-05-13", *STORES, *BOTO),
    _release("victoria", "21.1.0", "3.8", "2020-10-14", *STORES, *BOTO),
    _release("wallaby", "22.1.1", "3.8", "2021-04-14", *STORES, *BOTO),
    _release("xena", "23.1.0", "3.8", "2021-10-06", *STORES, *BOTO),
    _release("yoga", "24.2.1", "3.8", "2022-03-30", *STORES, *BOTO),
    _release("zed", "25.1.0", "3.9", "2022-10-05", *STORES, *BOTO),
    _release("antelope", "26.1.0", "3.10", "2023-03-22", *STORES, *BOTO),
    _release("bobcat", "27.1.1", "3.10", "2023-10-04", *STORES, *BOTO),
    _release("caracal", "28.2.0", "3.11", "2024-04-03", *STORES, *BOTO),
    _release("dalmatian", "29.2.1", "3.11", "2024-10-02", *STORES, *BOTO),
    _release("epoxy", "30.2.0", "3.12", "2025-04-02", *STORES, *BOTO),
    _release("flamingo", "31.1.0", "3.13", "2025-10-01", *STORES, *BOTO),
    _release("gazpacho", "32.0.0", "3.13", "2026-04-01", *STORES, *BOTO),
    _release("hibiscus", "33.0.0", "3.13", "2026-09-30", *STORES, *BOTO),
)
ORDER = tuple(release.name for release in RELEASES)

# What each file's program reads in any release, as etc/oslo-config-generator of the sources has it; what a release has
# not is passed over. `glance` is of glance-image-import.conf, which the API reads, too. The first is the file's own.
_SHARED = (
    "keystonemiddleware.auth_token",
    "oslo.db",
    "oslo.db.concurrency",
    "oslo.log",
    "oslo.messaging",
    "oslo.policy",
)
NAMESPACES: Mapping[str, Sequence[str]] = {
    "glance-api.conf": (
        "glance.api",
        "glance",
        "glance.store",
        "glance.multi_store",
        *_SHARED,
        "castellan.config",
        "os_brick",
        "oslo.concurrency",
        "oslo.limit",
        "oslo.middleware.cors",
        "oslo.middleware.healthcheck",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.privsep",
        "oslo.reports",
    ),
    "glance-registry.conf": ("glance.registry", *_SHARED),
}
