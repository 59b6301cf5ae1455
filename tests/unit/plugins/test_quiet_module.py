from __future__ import annotations

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.glance_deploy.openstack.plugins.module_utils._quiet_module import QuietModule

SPEC = {"users": {"type": "list", "elements": "dict", "options": {"password": {"type": "str", "no_log": True}}}}


class Recorded(QuietModule):
    """Keeps what would go to the system log."""

    lines: tuple[str, ...] = ()

    def log(self, msg: str, log_args: object = None) -> None:
        del log_args
        self.lines = (*self.lines, msg)


@pytest.mark.parametrize("password", ["plain", "p@ss/w:rd%$#'\"\\ é"])
def test_parameters_are_not_logged(password: str) -> None:
    with patch_module_args({"users": [{"password": password}]}):
        module = Recorded(SPEC)
    assert module.params["users"][0]["password"] == password
    assert module.lines == ("Invoked",)
