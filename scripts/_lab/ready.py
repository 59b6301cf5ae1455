"""Ready images: a baked host that this repository's own roles have set up, as far as Glance needs it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import deploy

from . import verbs
from .command import Run
from .files import REPOSITORY
from .hosts import Hosts
from .images import Images
from .machine import require_space
from .podman import IMAGE_LABEL
from .recipe import HOOKS, Recipe
from .recipe import REPOSITORY as STORE
from .state import Lab
from .wish import Wish

PLAY = Path(__file__).with_name("ready.yml")
ROLES = ("mariadb", "memcached", "keystone")
# Bytes that what is added to the baked image needs.
SPACE = 2 * 1024**3


@dataclass(frozen=True)
class ReadyRecipe:
    """Everything that decides what is in a ready image."""

    baked: Recipe
    files: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """Name the image for people."""
        return f"{self.baked.suite}, ready"

    @property
    def repository(self) -> str:
        """Name the image for podman, without its tag."""
        return f"{STORE}-{self.baked.suite}-ready"

    @property
    def image(self) -> str:
        """Name the image for podman, tagged by its content."""
        content = json.dumps([self.baked.image, self.files])
        return f"{self.repository}:{hashlib.sha256(content.encode()).hexdigest()[:12]}"


class ReadyImages(Images):
    """The images of this machine, and the ones that only a running host can become."""

    def __init__(self, run: Run, hosts: Hosts) -> None:
        super().__init__(run)
        self.hosts = hosts

    def ensure(self, suite: str, kind: str) -> str:
        """Return the image of a suite, building it when it is missing, changed or too old."""
        if kind != "ready":
            return super().ensure(suite, kind)
        recipe = ReadyRecipe(self.recipe(suite, baked=True), recipe_files())
        return self.provide(recipe, lambda _: self.grow(recipe))

    def grow(self, recipe: ReadyRecipe) -> None:
        """Make a host ready, switch it off in good order and keep it."""
        require_space([self.store()], SPACE)
        suite = recipe.baked.suite
        name = f"ready-{suite}"
        lab, _ = verbs.up(Wish(name, (("host1", suite),), "baked"), self.hosts, self)
        try:
            play(self.run, lab)
            self.hosts.keep(lab, lab.hosts[0], recipe.image, f"{IMAGE_LABEL}={recipe.repository}")
        finally:
            verbs.down([name], self.hosts)


def recipe_files() -> tuple[tuple[str, str], ...]:
    """Return what sets the host up, and what it says: the image is another one when any of it changes."""
    paths = [path for role in ROLES for path in (REPOSITORY / "roles" / role).rglob("*") if path.is_file()]
    return tuple(
        (str(path.relative_to(REPOSITORY)), path.read_text()) for path in sorted([PLAY, HOOKS / "ready.sh", *paths])
    )


def play(run: Run, lab: Lab) -> None:
    """Run the play that makes a host ready."""
    if not deploy.is_ready(REPOSITORY):
        deploy.ensure_environment(REPOSITORY, deploy.LOCK)
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        # Where the reason of a failure is looked for.
        "ANSIBLE_DISPLAY_FAILED_STDERR": "true",
    }
    ansible = str(REPOSITORY / ".venv" / "bin" / "ansible-playbook")
    run([ansible, "--inventory", str(lab.inventory), str(PLAY)], env=environment)
