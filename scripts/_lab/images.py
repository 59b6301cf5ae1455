"""Host images: found in podman's store, or built from Debian packages."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .command import Run
from .el9 import make_el9_recipe
from .errors import CommandFailedError, LabError
from .files import empty, locked
from .machine import require_space, say
from .podman import IMAGE_LABEL, import_argv
from .pypi import lend
from .recipe import EL9, Named, Recipe, make_recipe, mmdebstrap_argv
from .sources import download_settings, for_hosts, render_settings, this_mirror

# Where images are built; not in /tmp, which is memory on some machines.
WORKSHOPS = Path("/var/cache")
# Packages that were superseded leave the mirror: an image older than this lists what cannot be downloaded any more.
BEST_BEFORE = 14 * 24 * 3600


@dataclass(frozen=True)
class Image:
    """An image in podman's store; `repository` is the recipe's, even where its tag has moved on."""

    id: str
    repository: str
    tags: tuple[str, ...]
    created: float


class Images:
    """The images of this machine."""

    def __init__(self, run: Run, *, workshops: Path = WORKSHOPS) -> None:
        self.run = run
        self.workshops = workshops

    def recipe(self, suite: str, *, baked: bool) -> Recipe:
        """Decide what an image is made of here and now."""
        mirror, host_settings = this_mirror(os.environ), render_settings(for_hosts(self.settings()))
        if suite == EL9:
            return make_el9_recipe(baked=baked, mirror=mirror, host_settings=host_settings)
        return make_recipe(suite, baked=baked, mirror=mirror, host_settings=host_settings)

    def settings(self) -> dict[str, str]:
        """Return the download settings of this machine's apt."""
        return download_settings(self.run(["apt-config", "dump"]))

    def ensure(self, suite: str, kind: str) -> str:
        """Return the image of a suite, building it when it is missing, changed or too old."""
        recipe = self.recipe(suite, baked=kind == "baked")
        return self.provide(recipe, lambda workshop: self.build(recipe, workshop))

    def provide(self, wanted: Named, build: Callable[[Path], None]) -> str:
        """Return an image, building it when it is missing, changed or too old; what it replaces goes away."""
        if not is_fresh(wanted, self.all(), time.time()):
            with locked(self.workshops / Path(wanted.repository).name) as workshop:
                try:
                    if not is_fresh(wanted, self.all(), time.time()):
                        empty(workshop)  # of what a killed build left
                        say(f"Building the {wanted.label} image (once; later labs start in seconds) ...")
                        begin = time.monotonic()
                        build(workshop)
                        self.remove(replaced(wanted, self.all()))
                        say(f"Built {wanted.image} in {time.monotonic() - begin:.0f} s")
                finally:
                    empty(workshop)
        return wanted.image

    def build(self, recipe: Recipe, workshop: Path) -> None:
        """Build an image from Debian packages."""
        require_space([workshop, self.store()], recipe.space)
        self.make_archive(recipe, workshop)
        self.run(import_argv(str(workshop / "root.tar"), recipe))

    def make_archive(self, recipe: Recipe, workshop: Path) -> None:
        """Run mmdebstrap."""
        build_settings, host_settings = workshop / "build.conf", workshop / "host.conf"
        build_settings.write_text(render_settings(self.settings()))
        host_settings.write_text(recipe.host_settings)
        host_settings.chmod(0o644)
        argv = mmdebstrap_argv(
            recipe, target=workshop / "root.tar", build_settings=build_settings, host_settings=host_settings
        )
        lend(workshop / "pypi", os.environ, to_host=False)
        environment = os.environ | {
            "TMPDIR": str(workshop),
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C.UTF-8",
            # For the hooks that install from PyPI.
            "LAB_PYPI": str(workshop / "pypi"),
        }
        try:
            self.run(argv, env=environment)
        except CommandFailedError as error:
            raise LabError(f"Building the {recipe.label} image failed: {error.reason}", recipe.hint) from error

    def store(self) -> Path:
        """Return where podman keeps images."""
        return Path(self.run(["podman", "info", "--format", "{{.Store.GraphRoot}}"]))

    def all(self) -> list[Image]:
        """Return every image the lab made."""
        return parse_images(self.run(["podman", "images", "--format", "json", "--filter", f"label={IMAGE_LABEL}"]))

    def remove(self, images: Iterable[Image]) -> None:
        """Remove images; one that a host still uses stays."""
        for image in images:
            try:
                self.run(["podman", "rmi", image.id])
            except LabError:
                say(f"Kept the old image {image.id[:12]} ({Path(image.repository).name}): a host uses it.")


def parse_images(listing: str) -> list[Image]:
    """Read `podman images --format json`, which has a row for each tag."""
    rows: list[dict[str, Any]] = json.loads(listing or "[]")
    images = {
        row["Id"]: Image(row["Id"], row["Labels"][IMAGE_LABEL], tuple(row.get("Names") or ()), float(row["Created"]))
        for row in rows
    }
    return list(images.values())


def is_fresh(recipe: Named, images: Iterable[Image], now: float) -> bool:
    """Tell whether the image of a recipe is there and its package lists are still good."""
    return any(recipe.image in image.tags and now - image.created < BEST_BEFORE for image in images)


def replaced(recipe: Named, images: Iterable[Image]) -> list[Image]:
    """Return the images that the one of this recipe takes the place of."""
    return [image for image in images if image.repository == recipe.repository and recipe.image not in image.tags]
