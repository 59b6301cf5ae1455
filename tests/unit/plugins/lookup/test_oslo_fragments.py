"""Files of users' options become options, or are refused with the line to mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible_collections.glance_deploy.openstack.plugins.lookup.oslo_fragments import fragments


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "10-all.conf").write_text(
        "# all hosts\n[DEFAULT]\nworkers = 3\ndebug=true\n\n[cors]\nallowed_origin = a,\n  b\n"
    )
    (tmp_path / "20-one.conf").write_text("[DEFAULT]\nworkers : 5\npassword = a$$b\nname = ' x '\nmany = 1\nmany = 2\n")
    return tmp_path


def test_the_later_file_wins_and_values_are_literal(directory: Path) -> None:
    assert fragments([f"{directory}/*.conf"]) == {
        "DEFAULT": {
            "workers": "5",
            "debug": "true",
            "password": "a$b",
            "name": " x ",
            "many": {"multi": ["1", "2"]},
        },
        "cors": {"allowed_origin": "a, b"},
    }


def test_the_order_is_the_callers(directory: Path) -> None:
    found = fragments([str(directory / "20-one.conf"), str(directory / "10-all.conf")])
    assert found["DEFAULT"]["workers"] == "3"


def test_a_pattern_without_files_is_nothing(tmp_path: Path) -> None:
    assert fragments([f"{tmp_path}/*.conf"]) == {}


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match=r"cannot read .*gone\.conf .*No such file"):
        fragments([str(tmp_path / "gone.conf")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workers = 3\n", r"line 1: not inside a \[section\]"),
        ("[DEFAULT]\nworkers\n", "line 2: neither a"),
        ("[DEFAULT]\n\n  = 3\n", "line 3: neither a"),
        ("[DEFAULT\nworkers = 3\n", "line 1: not inside"),
        ("[DEFAULT]\nlog_file = $log_dir/api.log\n", r"\[DEFAULT\] log_file refers to another option"),
    ],
)
def test_what_oslo_config_would_stumble_over_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.conf"
    path.write_text(text)
    with pytest.raises(AnsibleError, match=words):
        fragments([str(path)])
