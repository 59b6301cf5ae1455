"""Options that a release does not know are found, each with what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.glance_deploy.openstack.plugins.filter.option_faults import option_faults

RELEASES = ["pike", "queens", "rocky", "stein"]
KNOWN: dict[str, dict[str, dict[str, str]]] = {
    "DEFAULT": {
        "workers": {},
        "bind_host": {"last": "queens"},
        "registry_host": {"last": "rocky", "why": "the registry was removed"},
        "hashing_algorithm": {"first": "rocky"},
    },
    "keystone_authtoken": {
        "auth_uri": {"last": "rocky", "now": "keystone_authtoken.www_authenticate_uri"},
        "www_authenticate_uri": {"first": "queens"},
    },
    "glance_store": {"filesystem_store_datadir": {}},
}


@pytest.mark.parametrize(
    ("release", "wished", "faults"),
    [
        ("pike", {"DEFAULT": {"workers": 2, "bind_host": "::"}}, []),
        (
            "rocky",
            {"DEFAULT": {"bind_host": "::"}},
            ["[DEFAULT] bind_host: gone after Queens, and this is Rocky; leave it out."],
        ),
        (
            "stein",
            {"DEFAULT": {"registry_host": "h"}},
            ["[DEFAULT] registry_host: gone after Rocky, and this is Stein: the registry was removed; leave it out."],
        ),
        (
            "stein",
            {"keystone_authtoken": {"auth_uri": "u"}},
            [
                "[keystone_authtoken] auth_uri: gone after Rocky, and this is Stein;"
                " write [keystone_authtoken] www_authenticate_uri instead."
            ],
        ),
        (
            "queens",
            {"DEFAULT": {"hashing_algorithm": "sha512"}},
            ["[DEFAULT] hashing_algorithm: came with Rocky, and this is Queens; leave it out."],
        ),
        ("pike", {"DEFAULT": {"worker": 2}}, ["[DEFAULT] worker: no release knows it; did you mean workers?."]),
        (
            "pike",
            {"glance_stores": {}},
            ["[glance_stores]: no release has such a section; did you mean glance_store?."],
        ),
        ("pike", {"nas": {"filesystem_store_datadir": "/nas"}}, []),
        ("pike", {"nas": {"rados": 1}}, ["[nas] rados: no release knows it."]),
    ],
    ids=["known", "gone", "gone with a reason", "renamed", "to come", "mistyped", "section", "store", "not of a store"],
)
def test_faults(release: str, wished: dict[str, Any], faults: list[str]) -> None:
    # A question mark ends its sentence itself.
    expected = [fault.replace("?.", "?") for fault in faults]
    assert option_faults(wished, KNOWN, release, RELEASES, {"nas": "glance_store"}) == expected


def test_an_unknown_release_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(AnsibleFilterError, match="no release 'zed'"):
        option_faults({}, KNOWN, "zed", RELEASES)
