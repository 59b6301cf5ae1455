# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A resource: one thing that a host is to have, as a role's variables state it."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ._command import Run
from ._plan import DeployError, Plan

# What an entry may hold besides its kind, and what stands for what is left out.
ATTRIBUTES: Mapping[str, Any] = {
    "name": "",
    "when": True,
    "tag": "",
    "background": False,
    "beside": False,
    "expected": False,
}


@dataclasses.dataclass
class Context:
    """The host around a resource.

    Attributes:
        run: Runs a command.
        check_mode: Whether nothing may be changed.
        tentative: Whether what a resource builds on may be missing still, because it is only tried out.
        touched: Files that resources before this one changed, or would change in check mode.
    """

    run: Run
    check_mode: bool = False
    tentative: bool = False
    touched: list[str] = dataclasses.field(default_factory=list)

    def reading(self) -> Context:
        """Return the same host, on which nothing may be changed."""
        return Context(self.run, check_mode=True)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What bringing a resource to its wished state took, or would take.

    Attributes:
        plan: The steps.
        report: What else is to be told, free of secrets.
        diff: Before and after; None for those of the plan.
    """

    plan: Plan
    report: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    diff: Mapping[str, str] | None = None

    def shown(self) -> Mapping[str, str]:
        """Return before and after."""
        return self.plan.diff() if self.diff is None else self.diff


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of resource.

    Attributes:
        spec: Its arguments, as for a module.
        bring: Brings one to its wished state, or finds out what that would take.
        rules: Further rules for the arguments, as for a module.
        prepare: What is done before the first resource of a call is changed; None for nothing.
    """

    spec: Mapping[str, Any]
    bring: Callable[[Mapping[str, Any], Context], Outcome]
    rules: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    prepare: Callable[[Mapping[str, Any], Context], None] | None = None


@dataclasses.dataclass(frozen=True)
class Resource:
    """One entry.

    Attributes:
        name: What people call it.
        kind: What it is.
        params: Its checked arguments.
        background: Whether those after it need not wait for it, as far as they are `beside`.
        beside: Whether it may be brought about while one in the background is.
        expected: Whether it is only looked at, and has to be as wished already.
        secrets: The values among its arguments that nobody may see.
    """

    name: str
    kind: Kind
    params: Mapping[str, Any] = dataclasses.field(repr=False)
    background: bool = False
    beside: bool = False
    expected: bool = False
    secrets: frozenset[str] = dataclasses.field(default=frozenset(), repr=False)


def resources(entries: Sequence[Mapping[str, Any]], kinds: Mapping[str, Kind]) -> list[Resource]:
    """Return the entries whose `when` is true, with checked arguments.

    Raises:
        DeployError: An entry does not say what it is, or says it wrongly.
    """
    wanted = [_resource(entry, kinds) for entry in entries if entry.get("when", True)]
    names = [resource.name for resource in wanted]
    for name in names:
        if names.count(name) > 1:
            raise DeployError(f"More than one resource is named {name!r}.", "Give each a name of its own.")
    return wanted


def tagged(
    entries: Sequence[Mapping[str, Any]], tags: Sequence[str], skip_tags: Sequence[str] = ()
) -> list[Mapping[str, Any]]:
    """Return the entries that a run with these tags is about; one without a tag belongs to every run."""
    wanted = {"", *tags}
    is_all = bool(wanted & {"all", "tagged"})
    return [
        entry
        for entry in entries
        if (is_all or entry.get("tag", "") in wanted) and entry.get("tag", "") not in skip_tags
    ]


def _resource(entry: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Resource:
    words = sorted(entry.keys() - ATTRIBUTES.keys())
    name = str(entry.get("name") or " ".join(words))
    if len(words) != 1 or words[0] not in kinds:
        raise DeployError(
            f"The resource {name!r} has to be of one kind, and has {', '.join(words) or 'none'}.",
            f"Give it one of: {', '.join(kinds)}.",
        )
    kind, arguments = kinds[words[0]], entry[words[0]] or {}
    if not isinstance(arguments, Mapping):
        raise DeployError(f"The resource {name!r} ({words[0]}): no mapping of arguments.", "Correct its arguments.")
    # A copy, because the validator completes the defaults themselves, and the next resource would get them so.
    checked = ArgumentSpecValidator(copy.deepcopy(dict(kind.spec)), **kind.rules).validate(dict(arguments))
    if checked.error_messages:
        # A value of the wrong type is quoted there.
        told = remove_values("; ".join(checked.error_messages), checked._no_log_values)
        raise DeployError(f"The resource {name!r} ({words[0]}): {told}.", "Correct its arguments.")
    marks = {mark: bool(entry.get(mark, False)) for mark in ("background", "beside", "expected")}
    secrets = frozenset(map(str, checked._no_log_values))
    return Resource(name=name, kind=kind, params=checked.validated_parameters, secrets=secrets, **marks)
