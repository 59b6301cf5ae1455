#!/usr/bin/env python3
"""Deploys OpenStack Glance: `python3 deploy.py --controller HOST`, or `--lab` for a trial on this machine.

Needs nothing but Python: what it works with is installed into `.venv`, pinned by requirements.lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
LOCK = "requirements.lock"
# A developer's environment holds everything that the product needs, and more.
ACCEPTED = (LOCK, "requirements-dev.lock")
STAMP = "glance-deploy.lock"
EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
TICK = 0.2


class SetupError(Exception):
    """The environment cannot be made: what went wrong, and what mends it."""

    def __init__(self, message: str, hint: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = exit_code


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Make the environment when it is missing, then hand over to it."""
    try:
        check_python(sys.version_info[:2])
        if Path(sys.prefix) == root / ".venv":
            from glance_deploy.cli import main as run  # noqa: PLC0415  # only here is everything installed

            return run(argv)
        if not is_ready(root):
            from glance_deploy.cli import refusal  # noqa: PLC0415  # an old Python could not read it

            # Help and wrong usage are answered before anything is installed.
            code = refusal(argv)
            if code is not None:
                return code
            ensure_environment(root, LOCK)
        python = str(root / ".venv" / "bin" / "python")
        os.execv(python, [python, str(root / "deploy.py"), *argv])  # noqa: S606  # the arguments are a list
    except SetupError as error:
        return tell(error, as_json="--output=json" in argv or " --output json" in " ".join(["", *argv]))
    except KeyboardInterrupt:
        return tell(
            SetupError("stopped before the end", "the same command starts over", EXIT_INTERRUPTED), as_json=False
        )


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old for Ansible's control side."""
    if version < OLDEST_PYTHON:
        wanted, found = (".".join(str(part) for part in parts) for parts in (OLDEST_PYTHON, version))
        hint = "run it with a newer one, for example: python3.12 deploy.py ... (Debian 12 and 13 have one)"
        raise SetupError(f"Python {wanted} or newer is needed, this is {found}", hint, EXIT_USAGE)


def is_ready(root: Path) -> bool:
    """Whether the environment was made, to its end, from one of the locks as they are now."""
    try:
        stamp = (root / ".venv" / STAMP).read_text().strip()
    except OSError:
        return False
    return stamp in {digest(root / name) for name in ACCEPTED if (root / name).is_file()}


def ensure_environment(root: Path, lock: str) -> None:
    """Make `.venv` from a lock, or wait for another run that does.

    Raises:
        SetupError: A tool, the network or the disk is in the way.
    """
    try:
        with only_one(root / lock):
            if not is_ready(root):
                make_environment(root, lock)
    except OSError as error:
        where = error.filename or root
        raise SetupError(f"cannot write {where}: {error.strerror}", f"ls -ld {root}; df -h {root}") from None


def make_environment(root: Path, lock: str) -> None:
    """Make `.venv` anew. The stamp comes last: what was interrupted has none, and is made again."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError("python3-venv is missing on this machine", "apt install python3-venv")
    venv = root / ".venv"
    if venv.exists():
        shutil.rmtree(venv)
    run_step([sys.executable, "-m", "venv", str(venv)], "creating .venv")
    options = ["--require-hashes", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    run_step([str(venv / "bin" / "pip"), "install", *options, "-r", str(root / lock)], "installing", count(root / lock))
    (venv / STAMP).write_text(digest(root / lock) + "\n")


def run_step(argv: Sequence[str], title: str, total: int = 0) -> None:
    """Run a program, showing how long it has taken and which package it is at."""
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        progress = Progress(title, total)
        reader = threading.Thread(target=progress.read, args=(child.stdout,), daemon=True)
        reader.start()
        try:
            while reader.is_alive():
                reader.join(TICK)
                progress.show()
        except KeyboardInterrupt:
            child.terminate()
            raise
        finally:
            progress.clear()
    if child.returncode:
        raise SetupError(f"{title} failed: {progress.error}", progress.hint)
    progress.done()


class Progress:
    """One live line on a terminal; a line at the end elsewhere."""

    def __init__(self, title: str, total: int) -> None:
        self.title = title
        self.total = total
        self.began = time.monotonic()
        self.packages = 0
        self.package = ""
        self.error = "no reason given"
        self.is_told = False
        self.is_live = sys.stderr.isatty()

    def read(self, lines: Iterator[str]) -> None:
        """Follow the output of the program."""
        for line in lines:
            found = re.match(r"(?:Collecting |Processing \S*/)([\w.]+(?:-[a-z][\w.]*)*)", line)
            if found:
                self.packages, self.package = self.packages + 1, found[1]
            elif line.startswith("Installing collected"):
                self.package = "unpacking all of them"
            elif line.strip() and not self.is_told:
                # Its last word, unless it says in so many words what the error is.
                self.is_told = line.lower().startswith("error:")
                self.error = re.sub("^error: ", "", line.strip(), flags=re.IGNORECASE)[:300]

    def show(self) -> None:
        """Draw the line again."""
        if self.is_live:
            at = f" {self.packages}/{self.total} {self.package}" if self.package else ""
            print(f"\r\033[K  {self.title}{at}  {self.seconds} s", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self.is_live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        """Leave a line behind."""
        what = f"{self.packages} packages" if self.packages else ""
        print(f"{self.title} {what}: {self.seconds} s".replace(" :", ":"), file=sys.stderr)

    @property
    def seconds(self) -> int:
        """Time since the start."""
        return int(time.monotonic() - self.began)

    @property
    def hint(self) -> str:
        """What usually mends it."""
        if "hash" in self.error.lower():
            return f"the package index offers other files than {LOCK} was made from; use another index (PIP_INDEX_URL)"
        return "is a Python package index within reach? pip heeds PIP_INDEX_URL, HTTPS_PROXY and ~/.config/pip/pip.conf"


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Let one process at a time through; the others wait."""
    with path.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another run that is making .venv", file=sys.stderr)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def digest(path: Path) -> str:
    """Return what the stamp of an environment says about its lock."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def count(lock: Path) -> int:
    """Return how many packages a lock names."""
    return len(re.findall(r"^[\w.-]+==", lock.read_text(), re.MULTILINE))


def tell(error: SetupError, *, as_json: bool) -> int:
    """Print an error, in the form that every other result of deploy.py has."""
    if as_json:
        fault = {"message": str(error), "hint": error.hint, "problems": []}
        envelope = {
            "version": 1,
            "command": "",
            "ok": False,
            "exit_code": error.exit_code,
            "error": fault,
            "report": {},
        }
        print(json.dumps(envelope, indent=2, ensure_ascii=False))
    else:
        print(f"deploy.py: {error}\n  {error.hint}", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
