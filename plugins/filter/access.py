"""Filters for who may do what: policies, and protections of properties."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

try:
    from oslo_policy.policy import Rules
except ImportError:
    HAS_OSLO_POLICY = False
else:
    HAS_OSLO_POLICY = True

from ..module_utils._oslo import HEADER

OPERATIONS = ("create", "read", "update", "delete")
# What oslo.policy makes of a check that it does not understand: nobody may.
NOBODY = "!"
# Kinds of checks that mean something to Glance: what oslo.policy has, and what a token says.
KINDS = re.compile(
    r"role|rule|https?|is_admin|is_admin_project|system|system_scope|user|user_id|tenant|project|project_id|domain_id"
    r"|user_domain_id|project_domain_id|is_public_api|token\.[\w.]+|True|None|'[^']*'|\"[^\"]*\""
)


def policy_faults(policies: Any, known: Collection[str], used: Collection[str] = ()) -> list[str]:
    """Return one line for each policy that Glance could not read, or would never ask; none when all is well.

    Args:
        policies: Name to check, as a user wrote them.
        known: Names of the policies that Glance asks.
        used: Further names that somebody asks.

    Raises:
        AnsibleFilterError: oslo.policy, which judges the checks, is not there.
    """
    if not isinstance(policies, Mapping):
        return ['glance_policies is no mapping; write {get_image_location: "role:admin"}.']
    if policies and not HAS_OSLO_POLICY:
        raise AnsibleFilterError("glance_policies needs oslo.policy on the control machine; pip install oslo.policy")
    texts = [check for check in policies.values() if isinstance(check, str)]
    asked = {*known, *used, *re.findall(r"rule:([^\s()]+)", " ".join(texts))}
    told = [*_unknown(policies, asked), *(_check_fault(name, check) for name, check in policies.items())]
    missing = set(re.findall(r"rule:([^\s()]+)", " ".join(texts))) - {*known, *policies}
    told += [f"glance_policies refers to rule:{name}, which is nowhere; add {name}." for name in sorted(missing)]
    return [line for line in told if line]


def _unknown(policies: Mapping[Any, Any], asked: Collection[str]) -> Iterator[str]:
    for name in policies:
        if name not in asked:
            near = difflib.get_close_matches(str(name), asked, n=1)
            yield f"glance_policies: Glance asks no policy {name}" + (f"; did you mean {near[0]}?" if near else ".")


def _check_fault(name: Any, check: Any) -> str:
    mend = 'write for example "role:admin or role:service"'
    if not isinstance(check, str):
        return f"glance_policies: the check of {name} is no text; {mend}."
    if check.strip() in (NOBODY, ""):
        return ""
    unknown = [kind for kind in re.findall(r"(?:^|[\s(])([^\s():]+):", check) if not KINDS.fullmatch(kind)]
    if unknown:
        return f"glance_policies: {name} checks {unknown[0]}, which no token has; {mend}."
    is_read = str(Rules.from_dict({"it": check})["it"]) != NOBODY
    return "" if is_read else f"glance_policies: {name} has a check that does not parse, {check!r}; {mend}."


def property_protection_faults(protections: Any, form: str, policies: Collection[str]) -> list[str]:
    """Return one line for each protection that Glance would not start with; none when all is well.

    Args:
        protections: As a user wrote them: each with `property`, a regular expression, and who may create, read, update
            and delete it.
        form: `roles` or `policies`: what those lists name.
        policies: Names of the policies that the second form may refer to.
    """
    if form not in ("roles", "policies"):
        return [f"glance_property_protection_format is {form}; write roles or policies."]
    if not isinstance(protections, Sequence) or isinstance(protections, str):
        return ['glance_property_protections is no list; write [{property: "^x_", create: [admin], ...}].']
    return [
        f"Protection {number} of glance_property_protections{line}"
        for number, entry in enumerate(protections, 1)
        for line in _protection_faults(entry, form, policies)
    ]


def _protection_faults(entry: Any, form: str, policies: Collection[str]) -> Iterator[str]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("property"), str) or not entry["property"].strip():
        yield " needs a property: a regular expression, in quotes."
        return
    what = f" ({entry['property']})"
    try:
        re.compile(entry["property"])
    except re.error as error:
        yield f"{what} is no regular expression: {error}."
    if "]" in entry["property"] or not entry["property"].isprintable() or entry["property"] == "DEFAULT":
        yield f"{what} cannot be written as a section's name; leave out the ], and DEFAULT."
    if unknown := sorted(map(str, entry.keys() - {"property", *OPERATIONS})):
        yield f"{what} has {', '.join(unknown)}; it takes property, {', '.join(OPERATIONS)}."
    for operation in OPERATIONS:
        yield from (f"{what}, {operation},{line}" for line in _who_faults(entry.get(operation), form, policies))


def _who_faults(who: Any, form: str, policies: Collection[str]) -> Iterator[str]:
    if not isinstance(who, Sequence) or isinstance(who, str) or not who or not all(_is_name(one) for one in who):
        yield " has to list who may: roles, or @ for everybody, or ! for nobody, in quotes."
        return
    if len(who) > 1 and {"@", "!"} & set(who):
        yield " says everybody or nobody, and names others besides; leave one out."
    if form == "policies":
        if len(who) > 1:
            yield " names several policies; join them in one of glance_policies."
        missing = [one for one in who if one not in {"@", "!", *policies}]
        yield from (f" names the policy {one}, which is nowhere; add it to glance_policies." for one in missing)


def _is_name(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.isprintable()
        and value.strip() == value
        and not set(value) & set(",%")
        and value != ""
    )


def property_protections(protections: Sequence[Mapping[str, Any]]) -> str:
    """Return the file that Glance reads; what no protection is about stays everybody's, which Glance has to be told."""
    rest = {"property": ".*", **{operation: ["@"] for operation in OPERATIONS}}
    blocks = [
        f"[{entry['property']}]\n"
        + "".join(f"{operation} = {','.join(entry[operation])}\n" for operation in OPERATIONS)
        for entry in _first_of_each([*protections, rest])
    ]
    return "\n".join([f"# {HEADER}\n", *blocks])


def _first_of_each(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    # One section twice is an error; the first one counts.
    seen: set[str] = set()
    for entry in entries:
        if entry["property"] not in seen:
            yield entry
        seen.add(entry["property"])


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "policy_faults": policy_faults,
            "property_protection_faults": property_protection_faults,
            "property_protections": property_protections,
        }
