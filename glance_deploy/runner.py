"""The only place that starts Ansible."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glance_deploy import events, process
from glance_deploy.errors import GlanceDeployError, InterruptedRunError, UsageError
from glance_deploy.process import Tail
from glance_deploy.state import FACTS

CALLBACK = "glance_deploy.openstack.events"
EVENTS_VARIABLE = "GLANCE_DEPLOY_EVENTS"
RESUME = "the same command again continues where this one stopped"
FACTS_LAST = 7 * 24 * 3600
LOG_END = 1 << 16


@dataclass(frozen=True)
class Job:
    """One run of a playbook.

    Attributes:
        root: The repository.
        playbook: Path of the playbook in it.
        inventories: Later ones win.
        variables: Files of extra variables; later ones win.
        log: Where Ansible's own output goes.
        journal: Gets the events, behind what stands in it already.
        keep_open: Open files that Ansible inherits: the lock of the environment.
    """

    root: Path
    playbook: str
    inventories: tuple[Path, ...]
    log: Path
    journal: Path
    variables: tuple[Path, ...] = ()
    login_password: Path | None = None
    become_password: Path | None = None
    check: bool = False
    verbosity: int = 0
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    keep_open: tuple[int, ...] = ()


def program(name: str) -> str:
    """Return the path of a program of Ansible, from the environment that we run in ourselves."""
    return str(Path(sys.executable).parent / name)


def playbook_argv(job: Job) -> list[str]:
    """Return the command line; secrets are behind file names only."""
    argv = [program("ansible-playbook")]
    for inventory in job.inventories:
        argv += ["--inventory", str(inventory)]
    for path in job.variables:
        argv += ["--extra-vars", f"@{path}"]
    if job.login_password:
        argv += ["--connection-password-file", str(job.login_password)]
    if job.become_password:
        argv += ["--become-password-file", str(job.become_password)]
    argv += ["--check", "--diff"] if job.check else []
    # The first -v shows Ansible's output, only the further ones make it longer.
    argv += ["-" + "v" * (job.verbosity - 1)] if job.verbosity > 1 else []
    return [*argv, str(job.root / job.playbook)]


def ansible_environment(root: Path, base: Mapping[str, str], stream: Path | None = None) -> dict[str, str]:
    """Return the environment for Ansible; what we depend on wins over what the user exported."""
    ours = {"ANSIBLE_CONFIG": str(root / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
    if stream:
        ours |= {
            # What a host is was found out by the last run, and playbooks/look.yml asks the host whether it still holds.
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(stream.parent.parent / FACTS),
            "ANSIBLE_CACHE_PLUGIN_TIMEOUT": str(FACTS_LAST),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_CALLBACKS_ENABLED": CALLBACK,
            EVENTS_VARIABLE: str(stream),
        }
    return {**base, **ours}


def run_playbook(job: Job, on_event: Callable[[events.Event], None], on_output: Callable[[str], None]) -> int:
    """Run a playbook, hand out its events while they come, and return Ansible's exit code.

    Args:
        job: What to run.
        on_event: Gets every event.
        on_output: Gets the lines of Ansible's own output.

    Raises:
        InterruptedRunError: The user stopped it; Ansible has ended by then.
    """
    with contextlib.closing(Tail(job.journal)) as reported, contextlib.closing(Tail(job.log)) as printed:

        def watch() -> None:
            for line in printed.lines():
                on_output(line)
            for line in reported.lines():
                on_event(events.parse(line))
            # A sign of life, also while a task says nothing for long.
            os.utime(job.journal)

        return _run(job, watch)


def _run(job: Job, watch: Callable[[], None]) -> int:
    try:
        return process.run(
            playbook_argv(job),
            environment=ansible_environment(job.root, job.environment, job.journal),
            directory=job.root,
            log=job.log,
            watch=watch,
            keep_open=job.keep_open,
        )
    except KeyboardInterrupt:
        raise InterruptedRunError("stopped before the end", RESUME) from None
    except (FileNotFoundError, PermissionError) as error:
        what = f"cannot start {program('ansible-playbook')}: {error.strerror}"
        raise GlanceDeployError(what, "rm -r .venv, then run the same again") from None


def read_inventory(inventories: Sequence[Path], root: Path, base: Mapping[str, str]) -> dict[str, Any]:
    """Return hosts, groups and variables as Ansible understands them.

    Raises:
        UsageError: Ansible cannot read the inventory.
    """
    # Without its directory, the current one would count as the playbook's, and group_vars there would win.
    argv = [program("ansible-inventory"), "--list", "--playbook-dir", str(root / "playbooks")]
    for inventory in inventories:
        argv += ["--inventory", str(inventory)]
    environment = {**ansible_environment(root, base), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    code, output, errors = process.capture(argv, environment=environment, directory=root)
    if code:
        reason = last_error(errors) or f"ansible-inventory ended with {code}"
        raise UsageError(
            f"{inventories[-1]} is not an inventory: {reason}", f"ansible-inventory --list -i {inventories[-1]}"
        )
    listing: dict[str, Any] = json.loads(output)
    return listing


def last_error(text: str) -> str:
    """Return the last error that Ansible printed, in one line."""
    marks = ("[ERROR]: ", "ERROR! ")
    lines = [line.partition(mark)[2] for line in text.splitlines() for mark in marks if line.startswith(mark)]
    return events.one_line(lines[-1])[:300] if lines else ""


def end_of_log(log: Path) -> str:
    """Return the last part of a log, to look for the reason of an early end."""
    with log.open("rb") as stream:
        stream.seek(max(0, os.path.getsize(log) - LOG_END))  # noqa: PTH202  # same file, no second look-up
        return stream.read().decode("utf-8", "replace")
