"""Installations that somebody else made, which a deploy takes over with all that is in them."""

from __future__ import annotations

from ..model import Before, Fault, Shell

GUIDE = "Glance as the installation guide has it typed by hand, with two images in it"
# Asked for an image, Glance itself notes the name of its store, which the guide's configuration does not give.
TIME = r"'\d{4}-\d\d-\d\d [\d:]{8}'"
STORE_NOTED = ((rf"({TIME}),{TIME}", r"\1,-"), (r"'\{\\\"store\\\": \\\"file\\\"\}'", "'{}'"))

FAULTS = (
    Fault("adopted-by-hand", GUIDE, "by-hand", Before(), (), planned=STORE_NOTED, ci=True),
    Fault(
        "adopted-by-hand-stopped",
        f"{GUIDE}, not running",
        "by-hand",
        Before(),
        (Shell("systemctl disable --now glance-api"),),
        planned=STORE_NOTED,
    ),
)
