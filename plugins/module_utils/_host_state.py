# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Bringing a host to a wished state, resource by resource, and looking whether it is there already.

Both go through the same code of each kind: to look is to bring without changing anything.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ._plan import DeployError, RefusedError
from ._resource import Context, Outcome, Resource

AGAIN = "Run site.yml (deploy.py) again."


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look at a set of resources found.

    Attributes:
        due: What is not as wished, one line each; empty when all is.
        reports: What each resource told, by its name.
        refused: Why nothing may be changed, with what to do; empty when it may.
    """

    due: tuple[str, ...] = ()
    reports: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    refused: str = ""


class Bringing:
    """One pass over resources, and how far it came.

    Args:
        context: The host.

    Attributes:
        done: The outcomes so far, by name, in the order of the resources that ended.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.done: dict[str, Outcome] = {}
        self._background: list[tuple[Resource, Future[Outcome]]] = []

    @property
    def steps(self) -> list[str]:
        """What was done so far."""
        return [title for outcome in self.done.values() for title in outcome.plan.titles()]

    def bring(self, wanted: Sequence[Resource]) -> None:
        """Bring all resources about.

        Raises:
            DeployError: One failed; those after it were not begun, and one in the background has ended.
        """
        self._prepare(wanted)
        with ThreadPoolExecutor(max_workers=1) as pool:
            try:
                for resource in wanted:
                    self._begin(resource, pool)
                self._join()
            except DeployError:
                # What was at work meanwhile has ended by then, and is told too; the first failure is the one to tell.
                with contextlib.suppress(DeployError):
                    self._join()
                raise

    def _begin(self, resource: Resource, pool: ThreadPoolExecutor) -> None:
        if not resource.beside:
            self._join()
        if resource.background and not self._context.check_mode:
            self._background.append((resource, pool.submit(one, resource, self._context)))
        else:
            self._keep(resource, one(resource, self._context))

    def _prepare(self, wanted: Sequence[Resource]) -> None:
        for resource in wanted:
            if resource.kind.prepare and not (resource.expected or self._context.check_mode):
                resource.kind.prepare(resource.params, self._context)

    def _join(self) -> None:
        while self._background:
            resource, future = self._background.pop(0)
            self._keep(resource, future.result())

    def _keep(self, resource: Resource, outcome: Outcome) -> None:
        self.done[resource.name] = outcome
        # In check mode it comes about by what was not done before it.
        if resource.expected and outcome.plan and not self._context.check_mode:
            due = "; ".join(outcome.plan.titles())
            raise DeployError(f"{resource.name} is not as it should be, due: {due}.", AGAIN)


def one(resource: Resource, context: Context) -> Outcome:
    """Bring one resource about, or look at it when it is only expected."""
    is_changed = not resource.expected or context.check_mode
    return resource.kind.bring(resource.params, context if is_changed else context.reading())


def look(wanted: Sequence[Resource], context: Context) -> Look:
    """Look at resources until one of them is not as wished; what comes after that has to wait anyway."""
    reports: dict[str, Any] = {}
    for resource in wanted:
        try:
            outcome = one(resource, context.reading())
        except RefusedError as error:
            return Look((f"{resource.name}: {error}",), reports, f"{error} {error.hint}")
        except DeployError as error:
            return Look((f"{resource.name}: {error}",), reports)
        if outcome.plan:
            return Look(tuple(outcome.plan.titles()), reports)
        reports[resource.name] = outcome.report
    return Look((), reports)
