"""What was there before a fault, and what of it is missing after the healing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .lane import Lane

PROBE = Path(__file__).with_name("probe.py").read_text()
CONFIG = "/etc/glance/glance-api.conf"
DUMP = (
    "mysqldump --skip-comments --order-by-primary --skip-extended-insert --no-create-info glance 2>/dev/null"
    " | grep '^INSERT' || true"
)
DIGESTS = "find /etc/glance /var/backups -type f -exec sha512sum {} + 2>/dev/null || true"


@dataclass(frozen=True)
class Belongings:
    """What a host holds that nobody may lose.

    Attributes:
        images: SHA-512 of each image's bytes, by id.
        rows: Every row of Glance's database, as SQL.
    """

    images: dict[str, str]
    rows: tuple[str, ...]

    def save(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)))


def load(path: Path) -> Belongings:
    """Read what was written down."""
    content = json.loads(path.read_text())
    return Belongings(content["images"], tuple(content["rows"]))


def look(lane: Lane) -> dict[str, Any]:
    """Return what the probe finds on the host: images, what is wrong, strays."""
    found: dict[str, Any] = json.loads(lane.shell(f"python3 - <<'PROBE'\n{PROBE}\nPROBE\n"))
    return found


def belongings(lane: Lane, found: dict[str, Any]) -> Belongings:
    """Return what a host holds; `found` is the probe's answer."""
    images = {name: image["sha512"] for name, image in found["images"].items()}
    return Belongings(images, tuple(lane.shell(DUMP).splitlines()))


def missing(before: Belongings, after: Belongings, planned: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return what is gone or changed.

    Args:
        planned: Substitutions that make rows alike, before and after, in what was to change.
    """
    lost = [f"image {name} is gone" for name in before.images if name not in after.images]
    kept = [name for name in before.images if name in after.images]
    lost += [f"image {name} has other bytes" for name in kept if after.images[name] != before.images[name]]
    present = {_without(row, planned) for row in after.rows}
    return lost + [f"row: {row[:160]}" for row in before.rows if _without(row, planned) not in present]


def _without(row: str, planned: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in planned:
        row = re.sub(pattern, replacement, row)
    return row


def config_digest(lane: Lane) -> str:
    """Return the SHA-512 of the configuration that is there now; empty where there is none to read."""
    return lane.shell(f"sha512sum {CONFIG} 2>/dev/null | cut -d' ' -f1 || true").strip()


def keeps_config(lane: Lane, digest: str) -> bool:
    """Tell whether a configuration is still there: as it was, or as a backup."""
    return not digest or digest in lane.shell(DIGESTS)
