"""No test writes where a host keeps what it had before."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _file_run, _known_good


@pytest.fixture(autouse=True)
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of old files, which is the host's own otherwise."""
    path = tmp_path / "backups"
    for module in (_file_run, _known_good):
        monkeypatch.setattr(module, "BACKUPS", str(path))
    return path
