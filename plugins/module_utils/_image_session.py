# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The way to a Glance: credentials, a token, and its address out of the catalogue."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ._deadline import Deadline
from ._image_gateway import Glance, NotThereError, one_line
from ._keystone_session import NONSENSE, UnusableError, cloud_session, keystoneauth, password_session
from ._library import Library
from ._plan import DeployError

keystone_errors = Library("keystoneauth1.exceptions")


@dataclasses.dataclass(frozen=True)
class Cloud:
    """Where Glance is found and who asks.

    Attributes:
        auth: Credentials for Keystone; never printed. Empty when `name` says where they are.
        name: Entry of clouds.yaml, empty for none.
        region: Region of the catalogue, empty for the only one.
        interface: Which of the endpoints.
        endpoint: Address to use instead of the one in the catalogue.
        ca_file: Certificates that vouch for the endpoints.
        verify: Whether certificates are checked.
    """

    auth: Mapping[str, str] = dataclasses.field(repr=False)
    name: str = ""
    region: str = ""
    interface: str = "public"
    endpoint: str = ""
    ca_file: str = ""
    verify: bool = True


def cloud_from(params: Mapping[str, Any]) -> Cloud:
    """Return the cloud that module parameters name."""
    auth = {name: value for name, value in (params["auth"] or {}).items() if value}
    region = auth.pop("region_name", "")
    return Cloud(
        auth=auth,
        name=params["cloud"] or "",
        region=params["region"] or region,
        interface=params["interface"],
        endpoint=params["endpoint_override"] or "",
        ca_file=params["ca_file"] or "",
        verify=params["verify"],
    )


def connect(cloud: Cloud, deadline: Deadline) -> Glance:
    """Return the Glance of a cloud, signed in.

    Raises:
        NotThereError: openstacksdk, Keystone or the endpoint is missing.
        DeployError: Keystone refuses the credentials.
    """
    if not keystoneauth.is_there:
        raise NotThereError("openstacksdk is missing on this host.", "Install it: apt install python3-openstacksdk")
    where = cloud.auth.get("auth_url") or f"cloud {cloud.name}"
    try:
        session = _session(cloud)
        project_id = session.get_project_id() or ""
        endpoint = cloud.endpoint or _endpoint(session, cloud)
    except keystone_errors.Unauthorized as error:
        raise DeployError(
            f"Keystone at {where} refused the credentials.", "Try them: openstack token issue; see the option auth."
        ) from error
    # OSError: a file with certificates that is not there.
    except (keystone_errors.ClientException, OSError) as error:
        raise NotThereError(
            f"Keystone at {where} gave no token: {one_line(error)}",
            "Is auth_url right, and Keystone running? systemctl status keystone",
        ) from error
    except NONSENSE as error:
        mend = f"Is that Keystone? Correct auth_url, see: curl {where}"
        raise NotThereError(f"Keystone at {where} gave no token, but nonsense.", mend) from error
    return Glance(session, endpoint, project_id, deadline)


def _endpoint(session: Any, cloud: Cloud) -> str:
    try:
        found = session.get_endpoint(service_type="image", interface=cloud.interface, region_name=cloud.region or None)
    except keystone_errors.CatalogException:
        found = None
    if not found:
        raise NotThereError(
            f"The catalogue has no {cloud.interface} image endpoint in region {cloud.region or '(any)'}.",
            "Run: openstack endpoint list --service image; names of regions are case-sensitive.",
        )
    return str(found)


def _session(cloud: Cloud) -> Any:
    try:
        session = password_session(cloud.auth, cloud.ca_file, cloud.verify) if cloud.auth else _named(cloud)
    except UnusableError as error:
        raise DeployError(
            f"The credentials cannot be used: {one_line(error)}", "See the options auth and cloud."
        ) from error
    session.get_token()
    return session


def _named(cloud: Cloud) -> Any:
    session, _ = cloud_session(
        cloud=cloud.name,
        region_name=cloud.region or None,
        interface=cloud.interface,
        verify=cloud.verify,
        cacert=cloud.ca_file or None,
    )
    return session
