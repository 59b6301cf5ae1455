"""Options to the INI files that oslo.config reads: any value comes back exactly, and none makes another option."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.glance_deploy.openstack.plugins.filter.oslo import oslo_escape, to_oslo_ini
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo import parse, render, texts
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile, oslo_model

UNWRITABLE = ("\n", "\r", "\0")
ITEMS = hostile.texts(control=False, max_parts=3)
SCALARS = st.booleans() | st.integers() | st.floats() | hostile.texts(control=False)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.fixed_dictionaries({"multi": st.lists(SCALARS, max_size=3)})
ANYTHING = st.recursive(
    st.none() | hostile.broken_texts() | st.floats() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(hostile.broken_texts(), inner, max_size=2),
)


def read_back(value: Any) -> list[str]:
    """Return what oslo.config reads for a value, and see that its neighbours are as they were."""
    options = {"s": {"before": "1", "o": value, "after": "2"}, "last": {"o": "3"}}
    found = oslo_model.read(render(options))
    values = found["s"].pop("o", [])
    assert found == {"s": {"before": ["1"], "after": ["2"]}, "last": {"o": ["3"]}}
    return values


@settings(max_examples=500)
@given(hostile.texts() | hostile.broken_texts())
def test_a_text_comes_back_or_is_refused(value: str) -> None:
    if any(char in value for char in UNWRITABLE) or value.encode(errors="ignore").decode() != value:
        with pytest.raises(DeployError) as caught:
            render({"s": {"o": value}})
        assert value not in f"{caught.value} {caught.value.hint}" or len(value) == 1
    else:
        assert read_back(value) == [value]


@settings(max_examples=150)
@given(st.lists(hostile.texts(control=False), max_size=4))
def test_an_option_that_stands_several_times_comes_back(values: list[str]) -> None:
    assert read_back({"multi": values}) == values


@settings(max_examples=200)
@given(st.lists(ITEMS, max_size=4))
def test_the_items_of_a_list_come_back_or_are_refused(items: list[str]) -> None:
    if any(not item or "," in item or item != item.strip() for item in items):
        with pytest.raises(DeployError):
            read_back(items)
    else:
        (text,) = read_back(items)
        assert oslo_model.items(text) == items


@settings(max_examples=250)
@given(hostile.texts(max_parts=3), hostile.texts(max_parts=3), hostile.texts(control=False, max_parts=2))
def test_a_name_comes_back_or_is_refused(section: str, option: str, value: str) -> None:
    try:
        text = render({section: {option: value}})
    except DeployError:
        return
    assert oslo_model.read(text) == {section: {option: [value]}}


@settings(max_examples=150)
@given(st.from_regex(r"[A-Za-z0-9_.:-]{1,12}", fullmatch=True), st.from_regex(r"[A-Za-z0-9_.:-]{1,12}", fullmatch=True))
def test_a_likely_name_comes_back_or_is_refused(section: str, option: str) -> None:
    try:
        text = render({section: {option: "x"}})
    except DeployError:
        return
    assert oslo_model.read(text) == {section: {option: ["x"]}}


@settings(max_examples=200)
@given(st.dictionaries(hostile.texts(max_parts=2) | st.sampled_from("abc"), ANYTHING, max_size=3) | ANYTHING)
def test_whatever_else_is_given_is_refused_in_our_own_words(options: Any) -> None:
    try:
        text = to_oslo_ini(options)
    except AnsibleFilterError:
        return
    oslo_model.read(text).keys()
    text.encode()


@settings(max_examples=150)
@given(hostile.texts(), hostile.texts(control=False))
def test_a_header_stays_a_comment(header: str, value: str) -> None:
    assert oslo_model.read(to_oslo_ini({"s": {"o": value}}, header)) == {"s": {"o": [value]}}


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3), max_size=3))
def test_what_we_wrote_is_read_as_we_wrote_it(options: dict[str, dict[str, Any]]) -> None:
    try:
        wanted = texts(options)
    except DeployError:
        return
    given = {name: {option: lines for option, lines in entries.items() if lines} for name, entries in wanted.items()}
    assert parse(render(options)) == {name: entries for name, entries in given.items() if entries}


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["[s]", "o = 1", "  more", "o: '2'", "# x", ""]) | hostile.texts(), max_size=6))
def test_a_file_of_somebody_else_is_read_as_oslo_config_reads_it(lines: list[str]) -> None:
    text = "\n".join(lines).replace("\r", "")
    found = parse(text)
    try:
        known = oslo_model.read(text.replace("$", "").replace("'", "").replace('"', ""))
    except ValueError:
        return
    plain = parse(text.replace("$", "").replace("'", "").replace('"', ""))
    assert plain == {section: entries for section, entries in known.items() if entries}
    assert all(isinstance(line, str) for entries in found.values() for values in entries.values() for line in values)


@settings(max_examples=150)
@given(hostile.texts())
def test_an_escaped_text_is_never_taken_for_a_reference(text: str) -> None:
    assert oslo_model.substituted(oslo_escape(text)) == text
