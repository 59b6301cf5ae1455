"""Variables from the command line and from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glance_deploy.errors import UsageError
from glance_deploy.variables import Names, check_file, known_names, parse_assignment

NAMES = Names(frozenset({"glance_workers", "glance_public_url"}), frozenset({"glance_service_password"}))

ASSIGNMENTS: dict[str, Any] = {
    "glance_workers=4": 4,
    "glance_workers=yes": True,
    "glance_workers=": None,
    "glance_workers=[1, 2]": [1, 2],
    "glance_workers={a: b}": {"a": "b"},
    "glance_public_url=http://c:9292/?a=b": "http://c:9292/?a=b",
    "glance_public_url='5'": "5",
}


@pytest.mark.parametrize(("text", "value"), ASSIGNMENTS.items(), ids=ASSIGNMENTS)
def test_a_value_is_yaml(text: str, value: object) -> None:
    assert parse_assignment(text, NAMES) == (text.partition("=")[0], value)


def test_an_unknown_variable_is_refused_and_the_nearest_named() -> None:
    with pytest.raises(UsageError, match="unknown variable 'glance_worker' in --set") as caught:
        parse_assignment("glance_worker=4", NAMES)
    assert caught.value.hint == "did you mean glance_workers?"


def test_an_unknown_variable_with_no_neighbour_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown variable 'x'") as caught:
        parse_assignment("x=4", NAMES)
    assert "README" in caught.value.hint


def test_a_secret_on_the_command_line_is_refused() -> None:
    with pytest.raises(UsageError, match="glance_service_password is a secret") as caught:
        parse_assignment("glance_service_password=hunter2", NAMES)
    assert "--vars-file" in caught.value.hint
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("text", ["glance_workers", "=4", ""])
def test_an_assignment_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="has no value"):
        parse_assignment(text, NAMES)


def test_a_value_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(UsageError, match="is not YAML"):
        parse_assignment("glance_workers=[1", NAMES)


GOOD_FILES = {
    "plain": "glance_workers: 4\nglance_service_password: 'p@ss/w:rd%$#\"'\n",
    "tags": "glance_service_password: !unsafe 'a{{b'\nglance_public_url: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n",
}
BAD_FILES = {
    "unknown": ("glance_wrokers: 4\n", "unknown variable 'glance_wrokers'"),
    "broken": ("a: [hunter2\nb: 1\n", "is not YAML: line 2"),
    "list": ("- a\n", "does not hold variables"),
    "empty": ("", "does not hold variables"),
    "encrypted": ("$ANSIBLE_VAULT;1.1;AES256\n61\n", "is encrypted"),
}


@pytest.mark.parametrize("text", GOOD_FILES.values(), ids=GOOD_FILES)
def test_a_file_of_known_names_is_accepted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vars.yml"
    path.write_text(text)
    check_file(path, NAMES, {})


@pytest.mark.parametrize(("text", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "vars.yml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words) as caught:
        check_file(path, NAMES, {})
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_an_encrypted_file_is_left_to_ansible_when_it_has_the_password(tmp_path: Path) -> None:
    path = tmp_path / "vars.yml"
    path.write_text("$ANSIBLE_VAULT;1.1;AES256\n61\n")
    check_file(path, NAMES, {"ANSIBLE_VAULT_PASSWORD_FILE": "/key"})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        check_file(tmp_path / "none.yml", NAMES, {})


def test_names_come_from_the_roles_and_from_group_vars(root: Path) -> None:
    names = known_names(root)
    assert {"glance_workers", "openstack_region"} <= names.public
    assert "glance_service_password" in names.secret
    assert "target" not in names.public


def test_the_names_of_this_repository_are_known() -> None:
    names = known_names(Path(__file__).resolve().parents[3])
    assert {"glance_workers", "openstack_region", "openstack_release", "glance_image_source"} <= names.public
    assert "glance_service_password" in names.secret
    assert not names.public & names.secret
