"""Configuration files to Ansible's diff, which people paste into tickets: no secret, however it is written."""

from __future__ import annotations

from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo import parse, texts
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo_diff import diff, mask_urls
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_health import clean, headline, relevant
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile

# What is not one word in a URL of a foreign file ends where the blank is.
WORDS = hostile.secrets().map(lambda text: "".join(text.split()))
USERS = hostile.texts(control=False, max_parts=2).map(
    lambda text: "".join(text.split()).replace("/", "").replace(":", "")
)
SECRET_NAMES = st.sampled_from(
    [
        "password",
        "admin_password",
        "connection",
        "transport_url",
        "memcache_secret_key",
        "credential",
        "token",
        "PASSWD",
    ]
)


def shown(found: dict[str, str]) -> str:
    return found["before"] + found["after"]


@settings(max_examples=200)
@given(hostile.secrets(), hostile.secrets(), st.sampled_from(["o", "backend", "url"]))
def test_a_value_given_as_secret_is_not_shown(old: str, new: str, name: str) -> None:
    before, after = texts({"s": {name: old}}), texts({"s": {name: new, "p": "1"}})
    found = diff(before, after, {("s", name)})
    assert "Zq7" not in shown(found)
    assert found["before"] != found["after"]


@settings(max_examples=200)
@given(hostile.secrets(), hostile.secrets(), SECRET_NAMES)
def test_an_option_that_sounds_like_a_secret_is_not_shown(old: str, new: str, name: str) -> None:
    found = diff(parse(f"[s]\n{name} = {old}\n"), texts({"s": {name: new}}), ())
    assert "Zq7" not in shown(found)


@settings(max_examples=250)
@given(
    USERS, WORDS, st.sampled_from(["", "http://a:1/, ", "see "]), st.sampled_from(["/db", ":3306/db?x=y", " and more"])
)
def test_the_password_of_a_url_is_not_shown(user: str, password: str, before: str, after: str) -> None:
    text = f"{before}mysql+pymysql://{user}:{password}@host{after}"
    assert "Zq7" not in mask_urls(text)
    assert "Zq7" not in shown(diff({"s": {"o": [text]}}, {}, ()))


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from("abc"), st.lists(hostile.texts(), min_size=1, max_size=2), max_size=3))
def test_each_value_is_one_line_that_names_its_option(entries: dict[str, list[str]]) -> None:
    found = diff({"s": entries}, {}, ())
    lines = found["before"].split("\n")[:-1]
    assert len(lines) == max(sum(map(len, entries.values())), 1)
    assert all(line.startswith(("[s] ", "(comments")) for line in lines)


@settings(max_examples=200)
@given(USERS, WORDS, st.lists(hostile.texts(), max_size=5))
def test_a_log_is_told_without_the_passwords_that_it_quotes(user: str, password: str, noise: list[str]) -> None:
    lines = [*noise, f"ERROR cannot connect to mysql://{user}:{password}@host/db", f"CRITICAL password={password}"]
    told = relevant(lines)
    assert told
    assert "Zq7" not in "\n".join(told) + headline(told) + clean(lines[-1])
