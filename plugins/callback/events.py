"""Writes what happens in a run as JSON lines, for programs that show progress and write reports."""

from __future__ import annotations

DOCUMENTATION = r"""
name: events
type: aggregate
author: glance-deploy contributors
version_added: 0.1.0
short_description: The run as a stream of JSON lines
description:
  - Appends one JSON object a line to a file, for each play, task, result and retry, and the statistics at the end.
  - Of a result only the outcome, the duration and what our modules write for people is taken (message, hint, steps,
    problems, and what a look found to be due). Arguments, diffs and whole results are never written, and nothing of a
    task with C(no_log).
  - Each line has left this process before the run goes on, so that the file is true also of a run that was killed.
  - Without a file the plugin does nothing.
requirements:
  - to be named in E(ANSIBLE_CALLBACKS_ENABLED) or C(callbacks_enabled)
options:
  path:
    description: The file that gets the lines.
    type: path
    env:
      - name: GLANCE_DEPLOY_EVENTS
    ini:
      - section: callback_events
        key: path
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import context
from ansible.playbook.block import Block
from ansible.plugins.callback import CallbackBase

MAX_TEXT = 2000
MAX_STEPS = 200
# What Ansible puts around the words of our own lookup, which are meant for people.
OUR_LOOKUP = re.compile(r"^Task failed: .*The lookup plugin 'glance_deploy\.openstack\.\w+' failed: ", re.DOTALL)


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Entry point for Ansible."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "glance_deploy.openstack.events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._path: Path | None = None
        self._play = ""
        self._started: dict[tuple[str, str], float] = {}

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Learn the file, or switch the plugin off where none is named."""
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        path = self.get_option("path")
        self._path = Path(path) if path else None
        self.disabled = not path

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Report what is to come."""
        self._write("run_start", plays=list(dict.fromkeys(play.get_name().strip() for play in playbook.get_plays())))

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Report a play."""
        self._play = play.get_name().strip()
        self._started.clear()
        self._write("play_start", play=self._play, time=time.time())

    def v2_playbook_on_no_hosts_matched(self) -> None:
        """Report that the play has nothing to do."""
        self._write("no_hosts", play=self._play)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Report a task, but not what only steers the run."""
        del is_conditional
        if is_meta(task):
            return
        self._write("task_start", play=self._play, time=time.time(), **_names(task))

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Report a handler, which is a task like others here."""
        self.v2_playbook_on_task_start(task, is_conditional=False)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Note when a host began."""
        self._started[host.get_name(), task._uuid] = time.monotonic()

    def v2_runner_retry(self, result: Any) -> None:
        """Report that a task is tried again."""
        found = result.result
        attempt, attempts = found.get("attempts", 0), found.get("retries", 0)
        self._write(
            "retry", host=result.host.get_name(), task=_names(result.task)["task"], attempt=attempt, attempts=attempts
        )

    def v2_runner_on_ok(self, result: Any) -> None:
        """Report success."""
        # A task that only asks what it would change (`check_mode: true`) has changed nothing in a real run.
        only_asks = result.task_fields.get("check_mode") and not context.CLIARGS.get("check")
        self._result(result, "changed" if result.is_changed() and not only_asks else "ok")

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Report a task whose condition was false."""
        if not is_meta(result.task):
            self._result(result, "skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Report a failure, and whether the play goes on in spite of it."""
        outcome = "ignored" if ignore_errors else "rescued" if is_rescued(result.task) else "failed"
        self._result(result, outcome)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Report a host that does not answer."""
        self._result(result, "ignored" if result.task.ignore_unreachable else "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Report the end."""
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._write("stats", time=time.time(), hosts=hosts, custom=stats.custom)

    def _result(self, result: Any, outcome: str) -> None:
        host = result.host.get_name()
        began = self._started.pop((host, result.task._uuid), None)
        seconds = 0.0 if began is None else time.monotonic() - began
        details = readable(result.result, outcome)
        self._write(
            "result",
            host=host,
            play=self._play,
            outcome=outcome,
            seconds=round(seconds, 3),
            **_names(result.task),
            **details,
        )

    def _write(self, event: str, **content: Any) -> None:
        if self._path:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"event": event, **content}, default=str) + "\n")


def readable(result: Mapping[str, Any], outcome: str) -> dict[str, Any]:
    """Return what a result says to people, free of arguments and data.

    Args:
        result: As Ansible gives it to callbacks: already censored where `no_log` is set.
        outcome: A message is taken from failures only; of other results it may be data.
    """
    parts = list(_parts(result))
    steps = [str(step)[:MAX_TEXT] for part in parts for step in _list(part.get("steps"))]
    found: dict[str, Any] = {"steps": steps[:MAX_STEPS]} if steps else {}
    if "due" in result:
        found["due"] = due(result["due"])
    if outcome in {"ok", "changed", "skipped"}:
        return found
    failed = next((part for part in parts if part.get("failed") or part.get("unreachable")), result)
    if "censored" in failed:
        return {"message": "the reason is hidden, because the task handles secrets (no_log)"}
    found["message"] = _message(failed)[:MAX_TEXT]
    found["hint"] = str(failed.get("hint") or "")[:MAX_TEXT]
    found["problems"] = [_problem(problem) for problem in _list(failed.get("problems")) if isinstance(problem, dict)]
    return found


def due(found: Any) -> list[str]:
    """Return what a look found to be due, one line each, from a list or from lists by service."""
    if isinstance(found, Mapping):
        lines = [f"{service}: {line}" for service, part in found.items() for line in due(part)]
    else:
        lines = [str(line)[:MAX_TEXT] for line in (found if isinstance(found, list) else [found] if found else [])]
    return lines[:MAX_STEPS]


def is_meta(task: Any) -> bool:
    """Whether a task does nothing on a host: it ends a play, or flushes handlers."""
    return str(task.action).rpartition(".")[2] == "meta"


def _message(failed: Mapping[str, Any]) -> str:
    message = str(failed.get("msg") or "")
    errors = str(failed.get("stderr") or "").strip()
    # What ansible.builtin.command says of every failure alike; the program's own last words say more.
    if errors and message in ("", "non-zero return code"):
        return errors.splitlines()[-1]
    return OUR_LOOKUP.sub("", message) or "no message"


def is_rescued(task: Any) -> bool:
    """Whether a failure of this task is caught by a `rescue` around it."""
    below, around = task, task._parent
    while around is not None:
        if isinstance(around, Block) and around.rescue and _holds(around.block, below):
            return True
        below, around = around, around._parent
    return False


def _holds(members: list[Any], wanted: Any) -> bool:
    return any(member._uuid == wanted._uuid for member in members)


def _parts(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the results of a loop, or the one result of a task without a loop."""
    items = result.get("results")
    if isinstance(items, list) and items:
        yield from (item for item in items if isinstance(item, dict))
    else:
        yield result


def _list(found: Any) -> list[Any]:
    # A host can put anything into a result.
    return found if isinstance(found, list) else []


def _problem(problem: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(problem.get(name) or "")[:MAX_TEXT] for name in ("what", "where", "mend")}


def _names(task: Any) -> dict[str, str]:
    role = task._role.get_name(include_role_fqcn=False) if task._role else ""
    return {"task": str(task.name or task.action), "role": role}
