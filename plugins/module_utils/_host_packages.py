# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether apt or dnf can install what is needed, found out without changing anything."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import subprocess
import tempfile
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Callable

from ._dnf import PROVIDED, uses_dnf
from ._host_network import Question, answers
from ._host_preflight import Problem

LISTS = Path("/var/lib/apt/lists")
# No retry, and a time that lets several mirrors fail within the deadline of all questions.
BOUNDS = ("Acquire::Retries=0", "Acquire::http::Timeout=6", "Acquire::https::Timeout=6", "APT::Sandbox::User=root")
SECONDS = 12
CANDIDATE = re.compile(r"^(\S+):\n(?:  .*\n)*?  Candidate: (.+)$", re.MULTILINE)
# Keeps apt from storing its caches: this is a look, not a change.
LOOK = ("-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=")
DNF_SETTINGS = Path("/etc/dnf/dnf.conf")
REPOSITORIES = Path("/etc/yum.repos.d")
# Whoever answers in any way is there: a mirror may want a certificate, or not have this very file.
CURL = ("curl", "--silent", "--show-error", "--insecure", "--globoff", "--max-time", "6", "--output", "/dev/null", "--")
# What curl ends with when there was no answer: no such proxy, no such host, refused, too late, no such file.
UNANSWERED = frozenset({5, 6, 7, 28, 37})

# Runs a command and returns its exit code and everything it said.
Run = Callable[[Sequence[str]], "tuple[int, str]"]


def environment(proxy: str | None) -> dict[str, str]:
    """Return the environment for apt and dnf: messages in English, and the proxy where no argument list shows it."""
    return {**os.environ, "LC_ALL": "C", **({"http_proxy": proxy, "https_proxy": proxy} if proxy else {})}


def run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command for a bounded time and return its exit code and everything it said."""
    try:
        done = subprocess.run(
            words, env=dict(environment), timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {SECONDS} s"
    except OSError as error:
        return 127, str(error.strerror)
    return done.returncode, done.stdout.decode(errors="replace")


def check_packages(packages: Sequence[str], run: Run) -> list[Problem]:
    """Return what stands against installing the packages that are not installed yet.

    Args:
        packages: Names; NAME=MAJOR for one whose version has to begin with that number.
        run: Runs a command.
    """
    return check_dnf(packages, run) if uses_dnf() else check_apt(packages, run)


def check_apt(packages: Sequence[str], run: Run, lists: Path = LISTS) -> list[Problem]:
    """Return what stands against apt installing the packages."""
    names = _majors(packages)
    missing = sorted(set(names) - installed(run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n"])[1]))
    if not missing:
        return []
    silent = check_mirrors(mirrors(run(["apt-get", *LOOK, "--print-uris", "update"])[1]), run)
    # Without lists apt knows no package at all, and without a mirror it may know old ones only.
    if silent or not any(lists.glob("*_Packages*")):
        return silent
    policy = run(["apt-cache", *LOOK, "policy", "--", *missing])[1]
    return not_offered(missing, policy) or other_versions(names, dict(CANDIDATE.findall(policy)))


def installed(listing: str) -> set[str]:
    """Return the packages that `dpkg-query` lists as installed."""
    rows = (line.split() for line in listing.splitlines())
    return {row[0] for row in rows if row[1:] == ["installed"]}


def not_offered(missing: Iterable[str], policy: str) -> list[Problem]:
    """Return the packages that no source offers, from the output of `apt-cache policy`."""
    candidates = dict(CANDIDATE.findall(policy))
    wanted = [name for name in missing if candidates.get(name, "(none)") == "(none)"]
    return _lacking(wanted, "Run apt-get update, and see what /etc/apt/sources.list and sources.list.d name.")


def other_versions(names: Mapping[str, str], offered: Mapping[str, str]) -> list[Problem]:
    """Return the packages that are on offer as another major version than is expected."""
    found = {name: offered[name].rpartition(":")[2] for name, major in names.items() if major and name in offered}
    return [
        Problem(
            f"the package {name} on offer is of version {version}, and {names[name]} is expected of this system",
            "packages",
            "Set glance_release (openstack_release) to the release of that version, or pin the package to the other.",
        )
        for name, version in found.items()
        if version.partition(".")[0] != names[name]
    ]


def _majors(packages: Sequence[str]) -> dict[str, str]:
    return {name: major for name, _, major in (package.partition("=") for package in packages)}


def _lacking(wanted: Sequence[str], mend: str) -> list[Problem]:
    what = f"not offered by this host's package sources: {', '.join(wanted)}"
    return [Problem(what, "packages", mend)] if wanted else []


def mirrors(uris: str) -> list[str]:
    """Return one address for each server, from the output of `apt-get --print-uris update`."""
    found: dict[tuple[str, str], str] = {}
    for uri in re.findall(r"^'([^']+InRelease)'", uris, re.MULTILINE):
        # An address that cannot be read has no mirror; apt itself says so when it matters.
        with contextlib.suppress(ValueError):
            parts = urllib.parse.urlsplit(uri)
            found.setdefault((parts.scheme, parts.netloc), uri)
    return list(found.values())


def check_mirrors(addresses: Sequence[str], run: Run) -> list[Problem]:
    """Return whether no mirror answers at all; a single one that sleeps does not stop apt."""
    mend = "Check the network and /etc/apt/sources.list; behind a proxy, set openstack_package_proxy."
    if not addresses:
        return [Problem("apt has no package sources", "packages", "Fill /etc/apt/sources.list.")]
    with tempfile.TemporaryDirectory() as directory:
        questions = [_mirror_question(uri, f"{directory}/{number}", run) for number, uri in enumerate(addresses)]
        silent = answers(questions)
    if len(silent) < len(addresses):
        return []
    return [
        Problem(f"no package mirror answers: {'; '.join(f'{p.where}: {p.what}' for p in silent)}", "packages", mend)
    ]


def _mirror_question(uri: str, target: str, run: Run) -> Question:
    def ask() -> str:
        options = [word for bound in BOUNDS for word in ("-o", bound)]
        code, said = run(["/usr/lib/apt/apt-helper", *options, "download-file", uri, target])
        # A mirror that lacks this file is there nevertheless: apt asks for others then.
        if not code or re.search(r"\b40[34]\b|File not found", said):
            return ""
        errors = [line[2:].strip() for line in said.splitlines() if line.startswith("E:")]
        return errors[0] if errors else " ".join(said.split()) or f"code {code}"

    return Question(_server(uri), "", ask)


def _server(uri: str) -> str:
    parts = urllib.parse.urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname or parts.path}"


def check_dnf(packages: Sequence[str], run: Run, directory: Path = REPOSITORIES) -> list[Problem]:
    """Return what stands against dnf installing the packages."""
    names = _majors(packages)
    missing = sorted(set(names) - set(run([*PROVIDED, *names])[1].splitlines()))
    if not missing:
        return []
    paths = [path for path in (DNF_SETTINGS, *sorted(directory.glob("*.repo"))) if path.is_file()]
    silent = check_repositories(repositories(path.read_text(errors="replace") for path in paths), run)
    # dnf is asked for what it knows already: to ask the repositories anew would write that down, and take minutes.
    look = ["dnf", "--quiet", "--cacheonly", "repoquery", "--provides", "--whatprovides", ",".join(missing)]
    code, offer = (1, "") if silent else run(look)
    # An error says that it knows nothing yet.
    if code:
        return silent
    offered = {name: version.lstrip("= ") for name, _, version in (line.partition(" ") for line in offer.splitlines())}
    mend = "See what the host's repositories are: dnf repolist. Those of OpenStack are RDO's."
    return _lacking([name for name in missing if name not in offered], mend) or other_versions(
        {name: names[name] for name in missing}, offered
    )


def check_repositories(addresses: Sequence[str], run: Run) -> list[Problem]:
    """Return the servers that do not answer: unlike apt, dnf stops at a single one."""
    if not addresses:
        return [Problem("dnf has no repositories", "packages", f"Fill {REPOSITORIES}.")]
    mend = f"Check the network, or switch it off in {REPOSITORIES}; behind a proxy, set openstack_package_proxy."
    return [
        Problem(f"{silent.where} does not answer: {silent.what}", "packages", mend)
        for silent in answers([_repository_question(uri, run) for uri in addresses if uri])
    ]


def repositories(files: Iterable[str]) -> list[str]:
    """Return one address for each server of the repositories that are switched on, from what dnf's files say.

    It is empty where they name a proxy, with passwords and rules that are left to dnf.
    """
    parser = configparser.RawConfigParser(strict=False)
    for text in files:
        # From a file that is no such file dnf takes nothing either.
        with contextlib.suppress(configparser.Error):
            parser.read_string(text)
    found: dict[str, str] = {}
    for name in parser.sections():
        uri = _address(parser[name])
        if uri and parser.get(name, "enabled", fallback="1").strip().lower() in {"1", "yes", "true", "on"}:
            proxy = parser[name].get("proxy", parser.get("main", "proxy", fallback=""))
            # An address that cannot be read has no server.
            with contextlib.suppress(ValueError):
                found.setdefault(_server(uri), "" if proxy not in {"", "_none_"} else uri)
    return list(found.values())


def _address(repository: Mapping[str, str]) -> str:
    """Return what is asked of a repository first: its list of mirrors, or itself; nothing when it says neither."""
    listed = repository.get("metalink") or repository.get("mirrorlist") or ""
    base = re.split(r"[\s,]+", repository.get("baseurl", "").strip())[0]
    return listed or (base and f"{base.rstrip('/')}/repodata/repomd.xml")


def _repository_question(uri: str, run: Run) -> Question:
    def ask() -> str:
        code, said = run([*CURL, uri])
        return (" ".join(said.split()) or f"code {code}") if code in UNANSWERED else ""

    return Question(_server(uri), "", ask)
