"""What systemctl says: any words are read, and whatever a unit is, a second run has nothing to do."""

from __future__ import annotations

import dataclasses

from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import (
    PROPERTIES,
    Files,
    Record,
    Unit,
    Wish,
    parse_unit,
    plan_unit,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile
from tests.property.trying import tried

STATES = st.sampled_from(
    [
        ("active", "running"),
        ("inactive", "dead"),
        ("failed", "failed"),
        ("activating", "auto-restart"),
        ("activating", "start"),
    ]
)
ENABLED = st.sampled_from(["enabled", "enabled-runtime", "disabled", "static", "", "masked", "alias"])
UNITS = st.builds(
    lambda states, **rest: Unit("x.service", active=states[0], sub=states[1], invocation="one", **rest),
    STATES,
    enabled=ENABLED,
    load=st.sampled_from(["loaded", "loaded", "loaded", "not-found", "masked", "error"]),
    needs_reload=st.booleans(),
    started=st.none() | st.sampled_from([5.0, 15.0]),
)
FILES = st.builds(Files, st.just(("/etc/x",)), st.sampled_from(["old", "new"]), st.sampled_from([0.0, 10.0]))
RECORDS = st.none() | st.builds(
    Record, st.sampled_from(["one", "other"]), st.just(("/etc/x",)), st.sampled_from(["old", "new"])
)
LINES = st.tuples(
    st.sampled_from([*PROPERTIES, "Other"]), hostile.texts(max_parts=2) | st.sampled_from(["²", "٣", "-1", "yes"])
)


def done(plan: Plan, unit: Unit) -> Unit:
    """Return the unit as systemd has it after the steps."""
    for step in plan.steps:
        running: dict[str, object] = {"active": "active", "sub": "running", "invocation": "two", "started": 20.0}
        after: dict[str, dict[str, object]] = {
            "daemon_reload": {"needs_reload": False},
            "enable": {"enabled": "enabled"},
            "disable": {"enabled": "disabled"},
            "start": running,
            "restart": running,
            "stop": {"active": "inactive", "sub": "dead"},
        }
        unit = dataclasses.replace(unit, **after[step.action])  # type: ignore[arg-type]  # of the types that the fields have
    return unit


@settings(max_examples=300)
@given(UNITS, st.builds(Wish, st.booleans(), st.booleans()), FILES, RECORDS)
def test_a_unit_becomes_as_wished_and_a_second_run_has_nothing_to_do(
    unit: Unit, wish: Wish, files: Files, record: Record | None
) -> None:
    plan = tried(lambda: plan_unit(unit, wish, files, record), DeployError)
    if isinstance(plan, DeployError):
        assert plan.hint
        return
    after = done(plan, unit)
    assert after.load != "loaded" or after.running == wish.started
    known = Record(after.invocation, files.patterns, files.digest) if after.running else record
    assert not plan_unit(after, wish, files, known)
    check = plan_unit(unit, wish, files, record, tentative=True)
    assert check == plan


@settings(max_examples=300)
@given(st.lists(LINES, max_size=8))
def test_any_words_of_systemctl_are_read(lines: list[tuple[str, str]]) -> None:
    unit = parse_unit("x.service", "".join(f"{name}={value}\n" for name, value in lines))
    assert unit.main_pid >= 0
    assert unit.restarts >= 0


@settings(max_examples=100)
@given(STATES, ENABLED, st.integers(0, 2**22), st.lists(st.from_regex(r"/[a-z/.-]{1,20}", fullmatch=True), max_size=3))
def test_a_unit_is_read_as_it_was_shown(states: tuple[str, str], enabled: str, pid: int, drop_ins: list[str]) -> None:
    shown = f"LoadState=loaded\nActiveState={states[0]}\nSubState={states[1]}\nUnitFileState={enabled}\nMainPID={pid}\n"
    unit = parse_unit("x.service", shown + f"DropInPaths={' '.join(drop_ins)}\n")
    assert (unit.active, unit.sub, unit.enabled, unit.main_pid) == (*states, enabled, pid)
    assert unit.definition == tuple(sorted(path for path in drop_ins if not path.startswith("/run/systemd/generator")))
