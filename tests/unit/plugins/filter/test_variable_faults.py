"""Values of another type than a role says are told before anything is made of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.filter.variable_faults import variable_faults

SPEC = {
    "flag": {"type": "bool"},
    "number": {"type": "int"},
    "glance_database_pool_overflow": {"type": "int"},
    "names": {"type": "list"},
    "map": {"type": "dict"},
    "glance_config_overrides": {"type": "dict"},
    "text": {"type": "str"},
}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"flag": True, "number": 3, "names": [], "map": {}, "text": None, "else": None}, []),
        ({"number": "3", "glance_database_pool_overflow": 0, "names": ("a",)}, []),
        ({"glance_config_overrides": {"DEFAULT": {"a": 1}}}, []),
        (
            {"flag": "no"},
            ["flag has to be true or false, without quotes; with -e or --set as JSON: '{\"flag\": false}'."],
        ),
        ({"flag": None}, ["true or false"]),
        ({"number": 0}, ["number has to be a whole number of 1 or more."]),
        ({"number": -3}, ["of 1 or more"]),
        ({"number": True}, ["of 1 or more"]),
        ({"number": "3 GB"}, ["of 1 or more"]),
        ({"glance_database_pool_overflow": -1}, ["of 0 or more"]),
        ({"names": "a"}, ["names has to be a list."]),
        ({"names": None}, ["a list"]),
        ({"map": None}, ["map has to be a mapping."]),
        ({"map": "a=b"}, ["a mapping"]),
        ({"glance_config_overrides": {"cors": "hello"}}, ["[cors] has to map options to values."]),
    ],
)
def test_faults(values: dict[str, Any], words: list[str]) -> None:
    faults = variable_faults(values, SPEC)
    assert len(faults) == len(words), faults
    assert all(word in fault for word, fault in zip(words, faults, strict=True)), faults
