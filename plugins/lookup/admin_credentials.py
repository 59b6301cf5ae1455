"""The administrator of an existing Keystone, from the environment that the user already has."""

from __future__ import annotations

DOCUMENTATION = r"""
name: admin_credentials
author: glance-deploy contributors
version_added: 0.1.0
short_description: Credentials of an existing Keystone from a sourced openrc or from clouds.yaml
description:
  - Reads, on the control machine, what the OpenStack client would use, namely the entry of C(clouds.yaml) that
    E(OS_CLOUD) names, or the variables E(OS_AUTH_URL), E(OS_USERNAME), E(OS_PASSWORD) and so on of a sourced openrc.
  - Only a user with a password and a project is accepted. Nothing is sent anywhere, and nothing is written.
requirements:
  - openstacksdk on the control machine
"""

EXAMPLES = r"""
# group_vars/all.yml of a site whose Keystone is not ours
glance_identity_auth: "{{ lookup('glance_deploy.openstack.admin_credentials') }}"
"""

RETURN = r"""
_raw:
  description:
    - One mapping with C(auth_url), C(username), C(password), C(project_name), C(user_domain_name) and
      C(project_domain_name), and C(region_name) where the environment names a region.
    - A domain that is given by an id other than C(default) is returned as C(user_domain_id) or C(project_domain_id),
      and a project given only by its id as C(project_id).
  type: list
  elements: dict
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

try:
    import openstack.config
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import ConfigException
except ImportError:
    HAS_SDK = False
else:
    HAS_SDK = True

MEND = "source an openrc, set OS_CLOUD, or set glance_identity_auth"


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Entry point for Ansible."""

    def run(
        self, terms: Sequence[str], variables: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[dict[str, str]]:
        """Return the credentials; there are no terms and no options."""
        del variables
        if terms or kwargs:
            raise AnsibleError("the lookup admin_credentials takes no arguments; it reads the environment")
        return [credentials(os.environ.get("OS_CLOUD"), os.environ.get("OS_AUTH_URL"))]


def credentials(cloud: str | None, auth_url: str | None) -> dict[str, str]:
    """Return the credentials that the environment names.

    Args:
        cloud: Value of OS_CLOUD.
        auth_url: Value of OS_AUTH_URL; says that an openrc was sourced.

    Raises:
        AnsibleError: Nothing is named, or what is named cannot be used.
    """
    if not HAS_SDK:
        raise AnsibleError("openstacksdk is missing on the control machine; run: pip install openstacksdk")
    if not cloud and not auth_url:
        raise AnsibleError(f"no credentials for Keystone in the environment; {MEND}")
    source = f"cloud {cloud!r} of clouds.yaml" if cloud else "the openrc in the environment"
    try:
        config = openstack.config.OpenStackConfig()
        if cloud and cloud not in config.get_cloud_names():
            raise AnsibleError(f"{source} does not exist; known: {_known(config)}; {MEND}")
        region = config.get_one(cloud=cloud or config.envvar_key)
    except (ClientException, ConfigException) as error:
        raise AnsibleError(f"{source} cannot be used: {str(error).splitlines()[0]}; {MEND}") from None
    return complete(region.config["auth"], region.config.get("region_name"), source)


def complete(auth: Mapping[str, Any], region_name: str | None, source: str) -> dict[str, str]:
    """Return the credentials in the form that our modules take, refusing what they cannot use."""
    found = {name: str(value) for name, value in auth.items() if value not in (None, "")}
    missing = [name for name in ("auth_url", "username", "password") if name not in found]
    if not {"project_name", "project_id"} & found.keys():
        missing.append("project_name")
    if missing:
        raise AnsibleError(
            f"{source} does not give {', '.join(missing)} (a user with a password and a project); {MEND}"
        )
    for owner in ("user", "project"):
        # The domain that every Keystone starts with has the id "default" and the name "Default".
        if found.get(f"{owner}_domain_id", "default") == "default":
            found.pop(f"{owner}_domain_id", None)
            found.setdefault(f"{owner}_domain_name", "Default")
    if region_name:
        found["region_name"] = str(region_name)
    return found


def _known(config: Any) -> str:
    return ", ".join(sorted(config.get_cloud_names())) or "none"
