"""What the end of a run means: nothing, or one error of our family."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from glance_deploy.errors import DeploymentError, GlanceDeployError, PreflightError, Problem, VerificationError
from glance_deploy.events import TaskResult
from glance_deploy.recorder import Recorder

# Plays that only look before anything is changed.
BEFORE = {"Look", "Preflight"}
VERIFY = "Verify"
SEE_LOG = "the log has all that Ansible said"
UNREACHABLE = "unreachable"
REFUSED = re.compile(r"Permission denied|verification failed|Too many authentication", re.I)
CUT_OFF = re.compile(r"time(d )?out|connect|closed|data could not be sent|reset|\bssh\b|route to host", re.I)
RECONNECT = "see that it is up and on the network, then run the same again: it goes on where this one stopped"


def judge(recorder: Recorder, code: int, reason: str) -> GlanceDeployError | None:
    """Return the error that a run ended with, or None.

    Args:
        recorder: The run.
        code: Ansible's exit code.
        reason: Ansible's last own error, for ends that no task explains.
    """
    if code == 0 and not recorder.failures:
        return None
    if not recorder.failures:
        return DeploymentError(reason or f"ansible-playbook ended with {code}", SEE_LOG)
    plays = {failure.play for failure in recorder.failures}
    # Only what truly left every host alone may be called a refusal.
    if plays <= BEFORE and not recorder.changed:
        return refusal(list(dict.fromkeys(problems(recorder.failures))))
    kind = VerificationError if plays == {VERIFY} else DeploymentError
    return _failure(kind, recorder.failures)


def refusal(problems: Sequence[Problem]) -> PreflightError:
    """Return the error for hosts that are not ready."""
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    mend = "mend it" if len(problems) == 1 else "mend them"
    return PreflightError(
        f"{count} before the start; nothing was changed", f"{mend}, then run the same again", problems
    )


def _failure(kind: type[GlanceDeployError], failures: Sequence[TaskResult]) -> GlanceDeployError:
    first = failures[0]
    if len(failures) == 1 and not first.problems:
        return kind(f"{first.play}: {first.task}, on {first.host}: {_told(first)}", _mend(first) or SEE_LOG)
    return kind(f"{first.play}: {first.task} failed", "mend it, then run the same again", list(problems(failures)))


def silent(recorder: Recorder) -> set[str]:
    """Return the hosts whose login, root or Python may be why a run failed: nothing is changed, and nobody says why.

    An answer of this machine may have been given without becoming root, so that before a change it does not count.
    """
    if recorder.changed:
        return set()
    unexplained = [failure for failure in recorder.failures if not failure.problems]
    return {failure.host for failure in unexplained if failure.play in BEFORE or failure.host not in recorder.answered}


def problems(failures: Sequence[TaskResult]) -> Iterator[Problem]:
    """Yield the findings of each host, with the host's name."""
    for failure in failures:
        for problem in failure.problems:
            where = f"{failure.host}: {problem.where}" if problem.where not in {"", failure.host} else failure.host
            yield replace(problem, where=where)
        if not failure.problems:
            yield Problem(f"{failure.task}: {_told(failure)}", failure.host, _mend(failure))


def _told(failure: TaskResult) -> str:
    """Return what is wrong; of a connection that broke, Ansible tells how it noticed, not that it broke."""
    if not _is_cut_off(failure):
        return failure.message
    return f"the host stopped answering ({failure.message.rstrip(': .')})"


def _mend(failure: TaskResult) -> str:
    return failure.hint or (RECONNECT if _is_cut_off(failure) else "")


def _is_cut_off(failure: TaskResult) -> bool:
    # Ansible calls a host unreachable also when it cannot write its files there, such as on a full disk.
    is_cut_off = CUT_OFF.search(failure.message) and not REFUSED.search(failure.message)
    return failure.outcome == UNREACHABLE and bool(is_cut_off)
