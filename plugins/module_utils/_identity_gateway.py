# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The gateway to Keystone: reads what the plan needs, and sends the plan's requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._identity import Actual, Registration, Thing
from ._identity_faults import BrokenError, ConflictError, ForbiddenError, MissingError, UnauthorizedError
from ._identity_limits import KIND as LIMIT
from ._identity_plan import New
from ._identity_session import FIRST_PAUSE, Session
from ._identity_trial import REFUSED
from ._plan import DeployError, Plan

Planner = Callable[[Actual, Registration], Plan]


class Keystone:
    """One Keystone, as an administrator sees it.

    Args:
        session: A session that is signed in.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, desired: Registration) -> Actual:
        """Return the actual state of everything that the wish names."""
        domains = {name: self._domain(name) for name in (desired.project_domain, desired.user_domain)}
        project = self._named("project", desired.project["name"], domains[desired.project_domain])
        user = self._named("user", desired.user["name"], domains[desired.user_domain])
        endpoints = self._session.list("endpoint")
        return Actual(
            domains=domains,
            project=project,
            user=user,
            roles={role["name"]: role["id"] for role in self._session.list("role")},
            granted=self._granted(user, project) if user and project else frozenset(),
            system_granted=self._system_granted(user) if user and desired.system_roles else frozenset(),
            services=tuple(self._session.list("service")),
            endpoints=tuple(endpoints),
            regions=self._regions(endpoints, desired.region),
            limits=() if desired.limits is None else self._limits(is_needed=bool(desired.limits)),
            # Last: the attempt that is under way goes on beside the lists.
            password_works=self._opens(user, desired, domains),
        )

    def apply(self, plan: Plan, desired: Registration, planner: Planner) -> Actual:
        """Send the plan's requests in their order, and return the state afterwards.

        When the connection breaks, nobody knows whether the last request was done: what is left is planned anew.
        So it is when another run made the same thing meanwhile.
        """
        while True:
            try:
                self._send(plan)
                return self.read(desired)
            except BrokenError:
                if not self._session.deadline.left():
                    raise
                self._session.deadline.pause(FIRST_PAUSE)
            except ConflictError:
                if len(planner(self.read(desired), desired).steps) >= len(plan.steps):
                    raise
            plan = planner(self.read(desired), desired)

    def _send(self, plan: Plan) -> None:
        made: dict[New, str] = {}
        for step in plan.steps:
            known = {key: _filled(value, made) for key, value in step.arguments.items() if key != "new"}
            answer = self._sent(f"{step.action} {step.subject}", step.action, known)
            if "new" in step.arguments:
                made[step.arguments["new"]] = _id_of(answer.get(known["kind"]), step.subject)

    def _sent(self, doing: str, action: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
        request = _request(action, known)
        try:
            return self._session.send(doing, *request)
        except ForbiddenError as error:
            if known["kind"] != LIMIT:
                raise
            refused = error
        try:
            # Before Zed, only the roles on the system count for limits.
            return self._session.send(doing, *request, as_system=True)
        except (ForbiddenError, UnauthorizedError) as error:
            mend = "Use one who has the role admin on the system: openstack role add --system all --user NAME admin"
            raise DeployError(str(refused), mend) from error

    def _domain(self, name: str) -> str:
        own = self._session.own_domains()
        domains = (
            own if name in {*own, *own.values()} else {one["id"]: one["name"] for one in self._session.list("domain")}
        )
        for found, called in domains.items():
            if name in (found, called):
                return str(found)
        raise DeployError(
            f"Keystone has no domain {name!r}; it has {', '.join(sorted(domains.values()))}.",
            "Set the domain of project and user to one of these.",
        )

    def _named(self, kind: str, name: str, domain: str) -> Thing | None:
        # Whether "Glance" is "glance" depends on Keystone's database, so its own answer counts.
        return next(iter(self._session.list(kind, name=name, domain_id=domain)), None)

    def _opens(self, user: Thing | None, desired: Registration, domains: Mapping[str, str]) -> bool:
        tried = self._session.tried()
        if not user or not desired.password:
            return False
        # The attempt took the domain for a name. Where it is an id, a refusal says nothing.
        named = domains[desired.user_domain] != desired.user_domain
        if tried == user["id"] or (tried == REFUSED and named):
            return tried != REFUSED
        return self._session.opens(user, desired.password)

    def _granted(self, user: Thing, project: Thing) -> frozenset[str]:
        query = {"user.id": user["id"], "scope.project.id": project["id"]}
        found = self._session.list("role_assignment", **query)
        # What a project hands down is for its children, not for itself.
        return frozenset(str(one["role"].get("id")) for one in found if "OS-INHERIT:inherited_to" not in one["scope"])

    def _system_granted(self, user: Thing) -> frozenset[str]:
        # Not from the assignments: Keystone remembers those for ten minutes, whatever is granted on the system.
        return frozenset(role["id"] for role in self._session.list("role", within=f"/system/users/{user['id']}"))

    def _limits(self, *, is_needed: bool) -> tuple[Thing, ...]:
        try:
            return tuple(self._session.list("registered_limit"))
        except MissingError as error:
            # Before Queens there are none to remove.
            if not is_needed:
                return ()
            mend = "They came with Queens: upgrade Keystone, or do without registered limits."
            raise DeployError("This Keystone has no registered limits.", mend) from error

    def _regions(self, endpoints: Iterable[Thing], region: str) -> tuple[str, ...]:
        # A region with endpoints is known already; the others are asked for only when it matters.
        used = {endpoint["region_id"] for endpoint in endpoints if endpoint.get("region_id")}
        listed = set() if region in used else {found["id"] for found in self._session.list("region")}
        return tuple(sorted(used | listed))


def _request(action: str, known: Mapping[str, Any]) -> tuple[str, str, Any]:
    """Return method, path and body."""
    kind = known["kind"]
    body: Any = {kind: known["body"]} if "body" in known else None
    if action == "create":
        # Keystone takes a list of these.
        return "POST", f"/{kind}s", {f"{kind}s": [known["body"]]} if kind == LIMIT else body
    if action == "grant":
        place = f"/projects/{known['project']}" if "project" in known else "/system"
        return "PUT", f"{place}/users/{known['user']}/roles/{known['role']}", None
    return {"update": "PATCH", "delete": "DELETE"}[action], f"/{kind}s/{known['id']}", body


def _id_of(thing: Any, subject: str) -> str:
    if isinstance(thing, dict) and isinstance(thing.get("id"), str):
        return str(thing["id"])
    raise DeployError(
        f"Keystone did not say which id {subject} has now.", "Run again; its log says more: /var/log/keystone/."
    )


def _filled(value: Any, made: Mapping[New, str]) -> Any:
    """Return the value with the ids of things that were made meanwhile."""
    if isinstance(value, dict):
        return {key: _filled(item, made) for key, item in value.items()}
    return made[value] if isinstance(value, New) else value
