"""A library that comes in while we are at work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._library import Library


def test_what_is_not_there_is_found_once_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    late = Library("came_late")
    assert not late.is_there
    with pytest.raises(ModuleNotFoundError):
        _ = late.ANSWER
    (tmp_path / "came_late.py").write_text("ANSWER = 42\n")
    assert late.is_there
    assert late.ANSWER == 42


WHOLE = """try:
    import optional_part
except ImportError:
    optional_part = None
"""


def test_a_library_can_be_kept_out_of_sight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "optional_part.py").write_text("")
    (tmp_path / "whole.py").write_text(WHOLE)
    assert Library("whole", without="optional_part").optional_part is None
    assert "optional_part" not in sys.modules
