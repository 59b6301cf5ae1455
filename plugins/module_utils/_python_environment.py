# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A virtual environment with a service from PyPI, as a resource.

Each wish is built in a directory of its own and becomes the one in use by a link, in one step: a build that was killed
or failed leaves the service with what it had, and the one before stays to go back to.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from ._command import Run, last_words
from ._config_file import explained
from ._paths import plan_link, set_link
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    # The link to the environment in use; builds lie beside it, as PATH-VERSION-DIGEST.
    "path": {"type": "path", "required": True},
    # Program that the environment is made for: python3, or python2.7.
    "python": {"type": "str", "default": "python3"},
    # What pip installs, as name==version; the first one names the build.
    "requirements": {"type": "list", "elements": "str", "required": True},
    # Text of the constraints file: versions of everything else.
    "constraints": {"type": "str", "required": True},
    # Whether configuration samples are taken from the first one's source, because its wheel does not carry them.
    "samples_from_source": {"type": "bool", "default": False},
    # http(s) proxy for package work only; empty: what pip is set up with.
    "proxy": {"type": "str", "default": ""},
}
ATTEMPTS, PAUSE = 3, 5
# Written last: a build without it was interrupted.
COMPLETE = ".complete"
# The last series that makes environments for Python 2.7.
VIRTUALENV = "virtualenv==20.15.1"
# What another try does not mend.
HOPELESS = re.compile(r"No matching distribution|ResolutionImpossible|conflicting dep|No space left|error: command")
SILENT = ["--quiet", "--disable-pip-version-check", "--no-input"]


class Builder:
    """Builds one environment.

    Args:
        params: The resource's arguments.
        run: Runs a command.
        sleep: Waits some seconds.
    """

    def __init__(self, params: Mapping[str, Any], run: Run, sleep: Callable[[float], None] = time.sleep) -> None:
        self._params = params
        self._run, self._sleep = run, sleep
        proxy = params["proxy"]
        self._environment = {"http_proxy": proxy, "https_proxy": proxy} if proxy else {}
        self.home = build_path(params)

    @property
    def is_complete(self) -> bool:
        """Whether the build got to its end."""
        return (self.home / COMPLETE).is_file()

    def build(self) -> None:
        """Make the environment, anew when an earlier build of it was interrupted.

        Raises:
            DeployError: Python or PyPI would not.
        """
        self._make()
        with tempfile.TemporaryDirectory(prefix="glance-deploy-") as work:
            constraints = Path(work, "constraints.txt")
            constraints.write_text(self._params["constraints"], encoding="utf-8")
            self._pip("install", "--constraint", str(constraints), *self._params["requirements"])
            if self._params["samples_from_source"]:
                self._take_samples(Path(work))
        with explained("finish", self.home):
            self._link_libraries()
            # Other content in each build: a process that was started with another one is seen by it.
            (self.home / COMPLETE).write_text(f"{self.home.name}\n")

    def _make(self) -> None:
        python, home = self._params["python"], str(self.home)
        if not python.startswith("python2"):
            self._must([python, "-m", "venv", "--clear", home], "Install python3-venv.")
            return
        helper = f"{home}.virtualenv"
        self._must(["python3", "-m", "venv", "--clear", helper], "Install python3-venv.")
        self._try_hard([f"{helper}/bin/pip", "install", *SILENT, VIRTUALENV])
        words = [f"{helper}/bin/virtualenv", "--quiet", "--clear", "--python", python, home]
        self._must(words, f"Install {python}.")
        self._must(["rm", "--recursive", "--force", helper], "")

    def _take_samples(self, work: Path) -> None:
        self._pip("download", "--no-deps", "--no-binary", ":all:", "--dest", str(work), self._params["requirements"][0])
        target = self.home / "etc" / self._params["requirements"][0].partition("==")[0]
        with explained("write", target):
            target.mkdir(parents=True, exist_ok=True)
            for archive in work.glob("*.tar.gz"):
                _unpack_samples(archive, target)

    def _link_libraries(self) -> None:
        """Give the directory of the libraries a name without Python's version."""
        link = self.home / "site-packages"
        found = next(iter(sorted(self.home.glob("lib/python*/site-packages"))))
        if not link.is_symlink():
            link.symlink_to(found.relative_to(self.home))

    def _pip(self, verb: str, *words: str) -> None:
        self._try_hard([str(self.home / "bin" / "python"), "-m", "pip", verb, *SILENT, *words])

    def _try_hard(self, words: Sequence[str]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            code, output, errors = self._run(words, environment=self._environment)
            if not code:
                return
            told = f"pip failed: {last_words(output, errors)}"
            if attempt == ATTEMPTS or HOPELESS.search(errors):
                raise DeployError(told, "Look whether this host reaches PyPI, or name a mirror in its /etc/pip.conf.")
            self._sleep(PAUSE * attempt)

    def _must(self, words: Sequence[str], hint: str) -> None:
        try:
            code, output, errors = self._run(words)
        except OSError as error:
            raise DeployError(f"Cannot run {words[0]}: {error.strerror}.", hint) from error
        if code:
            raise DeployError(f"{words[0]} failed: {last_words(output, errors)}", hint)


def build_path(params: Mapping[str, Any]) -> Path:
    """Return where the environment of these arguments is built; another wish is built elsewhere."""
    wish = {name: params[name] for name in ("python", "requirements", "constraints", "samples_from_source")}
    digest = hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()[:8]
    version = params["requirements"][0].rpartition("==")[2]
    return Path(f"{params['path']}-{version}-{digest}")


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Build the environment and put it into use.

    Raises:
        DeployError: It could not be built; the one in use stays.
    """
    link = Path(params["path"])
    builder = Builder(params, context.run)
    build = (
        None if builder.is_complete else Step("build", f"environment {builder.home}", after=params["requirements"][0])
    )
    use = plan_link(link, builder.home.name)
    if not context.check_mode:
        if build:
            # The service's account reads it, whatever root keeps to itself elsewhere.
            umask = os.umask(0o022)
            try:
                builder.build()
            finally:
                os.umask(umask)
        if use:
            set_link(link, builder.home.name)
    context.touched += [str(link)] if use else []
    return Outcome(plan(build, *use.steps))


def _unpack_samples(archive: Path, target: Path) -> None:
    """Write the plain files right below etc/ of a source archive, and nothing else of it."""
    with tarfile.open(archive) as source:
        for member in source:
            parts = Path(member.name).parts
            is_sample = member.isfile() and len(parts) == 3 and parts[1] == "etc"  # noqa: PLR2004  # NAME/etc/FILE
            content = source.extractfile(member) if is_sample else None
            if content:
                (target / parts[-1]).write_bytes(content.read())


KIND = Kind(SPEC, bring)
