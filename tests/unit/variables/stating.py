"""What the glance role states of a host, and tables of variables with the places where they show.

A row of such a table: the scene, the value, the place among what the role states, and what has to stand there then: of
a text, a line; None where the resource is no more. Which variable it is stands in the row's mark.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from _pytest.mark import ParameterSet
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import ATTRIBUTES

from tests.unit.render.test_render import Case, Renderer


@dataclass(frozen=True, eq=False)
class Scene:
    """A system, release and method, with what has to be set before the variables that are tried matter at all.

    All rows of a scene are rendered at once, so no two of them set the same variable to different values.
    """

    case: Case
    given: Mapping[str, Any] = field(default_factory=dict)


class Stated:
    """What the role states; rendered once for the same variables."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._known: dict[str, dict[str, Any]] = {}

    def at(self, scene: Scene, tried: Mapping[str, Any], place: str) -> Any:
        """Return what stands at a place, None when nothing does.

        Args:
            scene: Where.
            tried: Variables with their values, besides the scene's own.
            place: RESOURCE: WORD.WORD, what a resource is given; or report: WORD.WORD.
        """
        key = json.dumps([scene.case, {**scene.given, **tried}])
        if key not in self._known:
            self._known[key] = self._resources(scene.case, {**scene.given, **tried})
        name, _, path = place.partition(": ")
        return follow(self._known[key].get(name), path)

    def _resources(self, case: Case, given: Mapping[str, Any]) -> dict[str, Any]:
        # As the role's tasks/set_vars.yml does.
        (settled,) = self._renderer.ask(case, "__glance_settled", **given)
        resources, report = self._renderer.ask(case, "glance_resources", "glance_report", **given, __glance=settled)
        return {"report": report} | {resource["name"]: merged(resource) for resource in resources}


def merged(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a resource is given beside its attributes, in one mapping."""
    (kind,) = resource.keys() - ATTRIBUTES.keys()
    return {"when": True, **resource, **resource[kind]}


def follow(value: Any, path: str) -> Any:
    """Return what stands in mappings and lists where the words of a path lead, None when it is nowhere."""
    for word in path.split("."):
        if isinstance(value, list):
            value = value[int(word)] if int(word) < len(value) else None
        else:
            value = value.get(word) if isinstance(value, Mapping) else None
    return value


def variable(row: ParameterSet) -> str:
    """Return the variable that a row is about."""
    (mark,) = row.marks
    (name,) = mark.args
    return str(name)


def check(stated: Stated, rows: Sequence[ParameterSet], scene: Scene, place: str, wanted: Any) -> None:
    """Fail unless what is wanted stands at a place because the rows of a scene set their variables."""
    before = stated.at(scene, {}, place)
    now = stated.at(scene, {variable(row): row.values[1] for row in rows if row.values[0] is scene}, place)
    assert not stands(before, wanted), f"{place} is {wanted!r} anyway: the row proves nothing"
    assert stands(now, wanted), f"{place} is {now!r}"


def stands(found: Any, wanted: Any) -> bool:
    """Whether something is what is wanted, or a text with that line."""
    is_text = isinstance(found, str) and "\n" in found
    return wanted in found.splitlines() if is_text else bool(found == wanted)
