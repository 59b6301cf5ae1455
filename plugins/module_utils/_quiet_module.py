# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""For modules that take secrets within mappings or lists."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule


class QuietModule(AnsibleModule):  # type: ignore[misc]  # ansible-core publishes no types
    """An Ansible module that keeps its parameters out of the host's system log.

    Ansible logs every call there. It looks for nested secrets in Python's notation of the parameters, in which a
    quote or a backslash is written in another way, so that a password with one of them would stand there in full.
    """

    def _log_invocation(self) -> None:
        self.log("Invoked")
