"""A host on which every setting that operators ask for has another value than its default, and what it talks to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.conftest import Lab, Outcome, labs

from .cloud import Cloud, Person

WEB_PORT = 8099
BUS_PASSWORD = "bus-p4ss-in-no-output"
CACHE = "/srv/glance-cache"
PROTECTION: dict[str, Any] = {
    "property": "^x_billing_",
    "create": ["admin", "billing"],
    "read": ["@"],
    "update": ["admin"],
    "delete": ["admin"],
}
# What the tests are about. Small numbers: what is too large is sent for real.
WISHES: dict[str, Any] = {
    "glance_import_methods": ["glance-direct", "web-download"],
    "glance_web_download_schemes": ["http"],
    "glance_web_download_ports": [WEB_PORT],
    "glance_import_convert_to": "raw",
    "glance_import_decompress": True,
    "glance_import_properties": {"imported_by": "glance-deploy", "site": "lab"},
    "glance_import_properties_exempt_roles": ["auditor"],
    "glance_cache": True,
    "glance_cache_directory": CACHE,
    "glance_cache_max_mb": 4,
    "glance_cache_stall_timeout": 4242,
    "glance_cache_driver": "sqlite",
    "glance_cache_interval": "17min",
    "glance_disk_formats": ["qcow2", "raw"],
    "glance_container_formats": ["bare", "ovf"],
    "glance_image_max_mb": 25,
    "glance_limits": {
        "image_size_total": 30,
        "image_stage_total": 60,
        "image_count_total": 30,
        "image_count_uploading": 5,
    },
    "glance_policies": {"communitize_image": "role:admin"},
    "glance_property_protections": [PROTECTION],
    "glance_cors_allowed_origins": ["https://dashboard.example.org"],
    "glance_service_token_required": False,
    "glance_copy_on_write": True,
    "glance_service_roles": ["service", "member"],
    "glance_database_pool_size": 2,
    "glance_database_pool_overflow": 1,
    "glance_database_recycle_time": 1,
    "glance_metadefs": False,
    "glance_notifications": True,
    "glance_notification_topics": ["audit"],
    "glance_debug": True,
    "glance_syslog": True,
    "glance_healthcheck_detailed": True,
    "glance_paste_overrides": {"filter:cors": {"max_age": 77}},
    "glance_config_overrides": {"DEFAULT": {"limit_param_default": 1}},
}


@dataclass(frozen=True)
class Site:
    """The hosts, and who uses them.

    Attributes:
        lab: The hosts `image`, with Glance, and `other`, with a web server and RabbitMQ.
        directory: For files of ours.
        wishes: The variables of the first deploy.
        first: That deploy.
    """

    lab: Lab
    directory: Path
    wishes: dict[str, Any]
    first: Outcome

    @property
    def api(self) -> str:
        """The image service's address."""
        return f"http://{self.lab.hosts['image']}:9292"

    @property
    def web(self) -> str:
        """The web server's address."""
        return f"http://{self.lab.hosts['other']}:{WEB_PORT}"

    def read(self, command: str) -> str:
        """Return what a command prints on Glance's host."""
        return self.lab.read("image", command)


def deploy(lab: Lab, directory: Path, **variables: Any) -> Outcome:
    """Deploy with these variables, which may hold secrets."""
    path = directory / "variables.yml"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(variables))
    return lab.deploy("image", "--vars-file", str(path))


def start_bus(lab: Lab) -> str:
    """Start RabbitMQ and return how it is reached."""
    install = "DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends rabbitmq-server"
    lab.read("other", f"apt-get update --quiet=2 && {install} > /dev/null")
    account = f"rabbitmqctl --quiet add_user glance {BUS_PASSWORD}"
    lab.read("other", f"{account} && rabbitmqctl --quiet set_permissions glance '.*' '.*' '.*'")
    return f"rabbit://glance:{BUS_PASSWORD}@{lab.hosts['other']}:5672/"


def start_web(lab: Lab) -> None:
    """Serve an image, packed and not, and redirections."""
    make = "apt-get install --yes --quiet=2 --no-install-recommends qemu-utils > /dev/null"
    image = "qemu-img create -q -f qcow2 image.qcow2 3M && gzip --keep image.qcow2"
    unit = f"systemd-run --quiet --unit=web --working-directory=/srv/web python3 -m http.server {WEB_PORT}"
    lab.read("other", f"{make} && mkdir -p /srv/web && cd /srv/web && {image} && {unit}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Bring the hosts up and deploy."""
    directory = tmp_path_factory.mktemp("variables")
    fragment = directory / "fragments" / "one.conf"
    fragment.parent.mkdir()
    fragment.write_text("# two tags an image\n[DEFAULT]\nimage_tag_quota = 2\nlimit_param_default = 9\n")
    with labs() as up:
        lab = up("variables", "--baked", "--host", "image=trixie", "--host", "other=bookworm")
        transport = start_bus(lab)
        start_web(lab)
        wishes = WISHES | {
            "glance_transport_url": transport,
            "glance_web_download_hosts": [lab.hosts["other"]],
            "glance_config_fragments": [f"{fragment.parent}/*.conf"],
            "glance_worker_self_reference_url": f"http://{lab.hosts['image']}:9292",
        }
        yield Site(lab, directory, wishes, deploy(lab, directory, **wishes).expect())


@pytest.fixture(scope="session")
def cloud(site: Site) -> Cloud:
    """Return the cloud as its administrator has it."""
    openrc = site.read("cat /root/admin-openrc")
    return Cloud.of(openrc)


@pytest.fixture(scope="session")
def alice(cloud: Cloud) -> Person:
    """Return a user of a project of her own."""
    return cloud.person("alice", "red")


@pytest.fixture(scope="session")
def bob(cloud: Cloud) -> Person:
    """Return a user of another project."""
    return cloud.person("bob", "blue")


@pytest.fixture(scope="session")
def carol(cloud: Cloud) -> Person:
    """Return a user of a third project."""
    return cloud.person("carol", "green")
