from __future__ import annotations

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo import Texts
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo_diff import diff, mask_urls

GIVEN = {("keystone_authtoken", "pin")}


@pytest.mark.parametrize(
    ("before", "after", "old_lines", "new_lines"),
    [
        ({}, {"DEFAULT": {"workers": ["2"]}}, [], ["[DEFAULT] workers = 2"]),
        (
            {"b": {"y": ["1"], "x": ["1"]}, "a": {"z": ["1"]}},
            {"a": {"z": ["2"]}, "b": {"x": ["1"]}},
            ["[a] z = 1", "[b] x = 1", "[b] y = 1"],
            ["[a] z = 2", "[b] x = 1"],
        ),
        (
            {"s": {"password": ["one"], "x": ["1"]}},
            {"s": {"password": ["one"], "x": ["2"]}},
            ["[s] password = (secret)", "[s] x = 1"],
            ["[s] password = (secret)", "[s] x = 2"],
        ),
        (
            {"s": {"Admin_Password": ["one"]}},
            {"s": {"Admin_Password": ["two"]}},
            ["[s] Admin_Password = (secret)"],
            ["[s] Admin_Password = (secret, changed)"],
        ),
        (
            {},
            {"keystone_authtoken": {"pin": ["1234"]}},
            [],
            ["[keystone_authtoken] pin = (secret)"],
        ),
        (
            {"keystone_authtoken": {"pin": ["1", "2"]}},
            {},
            ["[keystone_authtoken] pin = (secret)"],
            [],
        ),
        (
            {"s": {"url": ["amqp://user:p:/@host:1/"], "list": ["a,\nb"]}},
            {"s": {"url": ["amqp://user@host"]}},
            ["[s] list = a, b", "[s] url = amqp://user:(secret)@host:1/"],
            ["[s] url = amqp://user@host"],
        ),
    ],
    ids=["new", "order", "same secret", "changed secret", "given secret", "removed secret", "url"],
)
def test_diff(before: Texts, after: Texts, old_lines: list[str], new_lines: list[str]) -> None:
    shown = diff(before, after, GIVEN)
    assert shown == {"before": "".join(f"{x}\n" for x in old_lines), "after": "".join(f"{x}\n" for x in new_lines)}


def test_a_change_of_comments_alone_is_shown_too() -> None:
    shown = diff({"s": {"a": ["1"]}}, {"s": {"a": ["1"]}}, GIVEN)
    assert shown["before"] == "[s] a = 1\n(comments and layout as found)\n"
    assert shown["after"] == "[s] a = 1\n(comments and layout of glance-deploy)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mysql+pymysql://glance:p%40ss@db/glance", "mysql+pymysql://glance:(secret)@db/glance"),
        ("see http://a:b@c and https://d:e@f/", "see http://a:(secret)@c and https://d:(secret)@f/"),
        ("http://controller:5000/v3", "http://controller:5000/v3"),
        ("mysql://glance:a/b@c:d@db/glance", "mysql://glance:(secret)@db/glance"),
    ],
)
def test_mask_urls(text: str, expected: str) -> None:
    assert mask_urls(text) == expected
