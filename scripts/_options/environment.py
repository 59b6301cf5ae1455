"""An environment with one release of Glance and libraries of its time; the only place that starts programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import OptionsError
from .releases import NAMESPACES, Release

COLLECTOR = Path(__file__).with_name("collector.py")
CONSTRAINTS = Path(__file__).resolve().parents[2] / "roles" / "glance" / "files" / "constraints"
# The last series of virtualenv that makes environments of Python 2.7.
TOOLS = ("uv", "virtualenv==20.15.1")
TOOLS_SINCE = "2020-01-01"
# What is not known of a release whose Glance is not to be had.
OWN = ("glance", "glance.api", "glance.registry", "registered")


def collect(release: Release, work: Path) -> dict[str, Any]:
    """Return what the release knows; install it first.

    Raises:
        OptionsError: It cannot be installed, or its options cannot be read.
    """
    place = work / release.name
    python = ensure(release, work, place)
    task, result = place / "task.json", place / "result.json"
    task.write_text(json.dumps({"files": NAMESPACES, "lacking": [] if release.version else OWN}))
    run([str(python), str(COLLECTOR), str(task), str(result)])
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def ensure(release: Release, work: Path, place: Path) -> Path:
    """Make the release's environment, unless a run before has; return its Python."""
    tools = ensure_tools(work / "tools")
    python, done = place / "bin" / "python", place / "installed"
    old = release.python == "2.7"
    make = [str(tools / "virtualenv"), "--quiet"] if old else [str(tools / "uv"), "venv", "--quiet"]
    install = by_pip(release, python) if old else by_uv(release, python, tools / "uv")
    if not done.is_file() or done.read_text().split() != install:
        shutil.rmtree(place, ignore_errors=True)
        run([*make, "--python", interpreter(release.python), str(place)])
        run(install)
        done.write_text("\n".join(install))
    return python


def ensure_tools(place: Path) -> Path:
    """Make the environment of the tools; return where its programs are."""
    done = place / "installed"
    if not done.is_file():
        run([sys.executable, "-m", "venv", "--clear", str(place)])
        run([str(place / "bin" / "pip"), "install", "--quiet", *TOOLS])
        done.touch()
    return place / "bin"


def by_pip(release: Release, python: Path) -> list[str]:
    """Return how a release for Python 2.7 is installed: what it needs has no date for pip, so there are constraints."""
    constraints = CONSTRAINTS / f"{release.name}.txt"
    return [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(constraints), *wanted(release)]


def by_uv(release: Release, python: Path, uv: Path) -> list[str]:
    """Return how a release is installed with the libraries of its time; a constraint may be newer than those."""
    argv = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
    argv += ["--exclude-newer", release.newest_library]
    # uv builds with nothing older than these tools; Glance's point releases are younger than its libraries.
    free = dict.fromkeys(("setuptools", "wheel"), max(TOOLS_SINCE, release.newest_library)) | {"glance": "2100-01-01"}
    argv += [word for name, day in free.items() for word in ("--exclude-newer-package", f"{name}={day}")]
    return [*argv, *wanted(release)]


def wanted(release: Release) -> Sequence[str]:
    """Return what is installed of a release."""
    glance = (f"glance=={release.version}",) if release.version else ()
    return (*glance, *release.beside)


def interpreter(version: str) -> str:
    """Find a Python: pyenv's newest of the version, or one on the path."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    own = sorted(pyenv.glob(f"{version}.*/bin/python{version}"), key=lambda path: digits(str(path)))
    found = str(own[-1]) if own else shutil.which(f"python{version}")
    if not found:
        raise OptionsError(f"There is no Python {version} here, neither on the path nor in {pyenv}.")
    return found


def digits(text: str) -> list[int]:
    """Return the numbers in a text, by which versions are in order."""
    return [int(each) for each in re.findall(r"\d+", text)]


def run(argv: Sequence[str]) -> None:
    """Run a program to its end.

    Raises:
        OptionsError: It failed; the message has the end of its complaint.
    """
    # The outcome must not depend on the user's own settings, except for where packages come from.
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        complaint = "\n  ".join(done.stderr.strip().splitlines()[-8:])
        raise OptionsError(f"{' '.join(argv[:4])} ... failed:\n  {complaint}")
