"""Variables of the glance role, each set to another value: what the role states of a host changes accordingly.

That a host then becomes so is for the modules' own tests, and for those on hosts.
"""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.unit.render.test_render import Case
from tests.unit.variables.stating import Scene, Stated, check, variable

row = pytest.param
variables = pytest.mark.variables
CONF = "glance-api.conf: options."
PROOF = "https://images.example/tiny.raw"
TOLD = {"service": {"workers": 7}}
DISKS = [{"name": "one", "type": "file", "directory": "/srv/1"}, {"name": "two", "type": "file", "directory": "/srv/2"}]

EPOXY: Case = ("debian-13", "epoxy", "package")
STEIN: Case = ("debian-11", "stein", "venv")
PLAIN, OTHER, SOURCE, LOCAL, LEGACY, ELSEWHERE = (Scene(EPOXY) for _ in range(6))
SECOND = Scene(EPOXY, {"glance_public_url": "http://controller:9292"})
UWSGI = Scene(EPOXY, {"glance_server": "uwsgi"})
STORES = Scene(EPOXY, {"glance_stores": DISKS})
SEVERAL = Scene(EPOXY, {"glance_hosts": ["controller", "other"]})
VENV = Scene(("debian-13", "hibiscus", "venv"))
REGISTRY, NO_REGISTRY = Scene(STEIN), Scene(STEIN)
CLOUD_ARCHIVE = Scene(("ubuntu-24.04", "epoxy", "package"))

EFFECTS: list[ParameterSet] = [
    # --- How it comes in
    row(PLAIN, True, "no environment in use: when", True, marks=variables("glance_install_switch")),
    row(VENV, "/srv/glance", "environment: path", "/srv/glance", marks=variables("glance_venv_directory")),
    row(CLOUD_ARCHIVE, False, "Ubuntu Cloud Archive: path", None, marks=variables("glance_repositories_manage")),
    row(PLAIN, "http://proxy:8", "packages: proxy", "http://proxy:8", marks=variables("glance_package_proxy")),
    # --- Hosts
    row(SECOND, "other", "catalogue: when", False, marks=variables("glance_primary_host")),
    row(PLAIN, ["controller", "b"], "store file: shared", True, marks=variables("glance_hosts")),
    # --- API
    row(PLAIN, "10.0.0.9", CONF + "DEFAULT.bind_host", "10.0.0.9", marks=variables("glance_bind_host")),
    row(PLAIN, 9393, CONF + "DEFAULT.bind_port", 9393, marks=variables("glance_bind_port")),
    row(PLAIN, 5, CONF + "DEFAULT.workers", 5, marks=variables("glance_workers")),
    row(
        OTHER,
        "uwsgi",
        "drop-in that starts uWSGI: content",
        "ExecStart=/usr/bin/uwsgi --ini /etc/glance/glance-api-uwsgi.ini",
        marks=variables("glance_server"),
    ),
    row(UWSGI, 33, "uWSGI's configuration: content", "threads = 33", marks=variables("glance_threads")),
    row(PLAIN, "http://p:1", "catalogue: endpoints.public", "http://p:1", marks=variables("glance_public_url")),
    row(PLAIN, "http://i:1", "catalogue: endpoints.internal", "http://i:1", marks=variables("glance_internal_url")),
    row(PLAIN, "http://a:1", "catalogue: endpoints.admin", "http://a:1", marks=variables("glance_admin_url")),
    row(PLAIN, False, "firewall: when", False, marks=variables("glance_firewall_manage")),
    row(PLAIN, 77, "service: health_timeout", 77, marks=variables("glance_start_timeout")),
    row(PLAIN, False, "drop-in that confines the API: when", False, marks=variables("glance_hardening")),
    row(
        PLAIN,
        {"DEFAULT": {"image_tag_quota": 4096}},
        CONF + "DEFAULT.image_tag_quota",
        4096,
        marks=variables("glance_config_overrides"),
    ),
    # --- Registry
    row(NO_REGISTRY, "absent", "registry: name", None, marks=variables("glance_registry")),
    row(REGISTRY, "10.0.0.8", CONF + "DEFAULT.registry_host", "10.0.0.8", marks=variables("glance_registry_host")),
    row(REGISTRY, 9292, CONF + "DEFAULT.registry_port", 9292, marks=variables("glance_registry_port")),
    # --- Stores
    row(OTHER, DISKS, CONF + "DEFAULT.enabled_backends", ["one:file", "two:file"], marks=variables("glance_stores")),
    row(STORES, "two", CONF + "glance_store.default_backend", "two", marks=variables("glance_default_store")),
    row(LEGACY, "legacy", CONF + "glance_store.stores", ["file", "http"], marks=variables("glance_store_mode")),
    row(SEVERAL, True, "store file: shared", False, marks=variables("glance_stores_unshared")),
    row(PLAIN, ["old"], "stores that hold images: abandoned", ["old"], marks=variables("glance_stores_abandoned")),
    row(PLAIN, 4321, "store file: min_free_mb", 4321, marks=variables("glance_store_min_free_mb")),
    row(
        PLAIN,
        "/srv/images",
        CONF + "file.filesystem_store_datadir",
        "/srv/images",
        marks=variables("glance_image_directory"),
    ),
    row(
        PLAIN,
        "/srv/staging",
        CONF + "os_glance_staging_store.filesystem_store_datadir",
        "/srv/staging",
        marks=variables("glance_staging_directory"),
    ),
    row(
        PLAIN,
        "/srv/tasks",
        CONF + "os_glance_tasks_store.filesystem_store_datadir",
        "/srv/tasks",
        marks=variables("glance_tasks_directory"),
    ),
    row(
        PLAIN,
        ["glance-direct", "copy-image"],
        CONF + "DEFAULT.enabled_import_methods",
        "[glance-direct,copy-image]",
        marks=variables("glance_import_methods"),
    ),
    # --- Database
    row(PLAIN, False, "database: when", False, marks=variables("glance_database_manage")),
    row(PLAIN, "db.example", "schema: host", "db.example", marks=variables("glance_database_host")),
    row(PLAIN, 3307, "schema: port", 3307, marks=variables("glance_database_port")),
    row(PLAIN, "images", "database: name", "images", marks=variables("glance_database_name")),
    row(PLAIN, "owner", "database: accounts.0.name", "owner", marks=variables("glance_database_user")),
    row(PLAIN, "open", "database: accounts.0.password", "open", marks=variables("glance_database_password")),
    row(PLAIN, ["10.%"], "database: accounts.0.hosts", ["10.%"], marks=variables("glance_database_account_hosts")),
    row(ELSEWHERE, "db", "database: name", None, marks=variables("glance_database_admin_host")),
    row(PLAIN, "/run/my", "database: login_unix_socket", "/run/my", marks=variables("glance_database_admin_socket")),
    row(OTHER, "dba", "database: login_user", "dba", marks=variables("glance_database_admin_user")),
    row(OTHER, "word", "database: login_password", "word", marks=variables("glance_database_admin_password")),
    # --- Identity
    row(PLAIN, False, "catalogue: when", False, marks=variables("glance_identity_manage")),
    row(
        PLAIN,
        {"auth_url": "http://k:1"},
        "catalogue: auth",
        {"auth_url": "http://k:1"},
        marks=variables("glance_identity_auth"),
    ),
    row(
        PLAIN, "http://k:2", CONF + "keystone_authtoken.auth_url", "http://k:2", marks=variables("glance_identity_url")
    ),
    row(
        PLAIN,
        "http://k:3",
        CONF + "keystone_authtoken.www_authenticate_uri",
        "http://k:3",
        marks=variables("glance_identity_public_url"),
    ),
    row(PLAIN, "north", "catalogue: region", "north", marks=variables("glance_region")),
    row(PLAIN, True, "catalogue: create_region", True, marks=variables("glance_region_create")),
    row(PLAIN, "pictures", "catalogue: service.name", "pictures", marks=variables("glance_service_name")),
    row(PLAIN, "Pictures", "catalogue: service.description", "Pictures", marks=variables("glance_service_description")),
    row(PLAIN, "painter", "catalogue: user.name", "painter", marks=variables("glance_service_user")),
    row(PLAIN, "open too", "catalogue: user.password", "open too", marks=variables("glance_service_password")),
    row(PLAIN, "a@b.example", "catalogue: user.email", "a@b.example", marks=variables("glance_service_email")),
    row(PLAIN, "services", "catalogue: project.name", "services", marks=variables("glance_service_project")),
    row(PLAIN, "Heat", "catalogue: user.domain", "Heat", marks=variables("glance_service_domain")),
    row(PLAIN, ["admin"], "catalogue: roles", ["admin"], marks=variables("glance_service_roles")),
    row(
        PLAIN,
        ["10.0.0.7:11211"],
        CONF + "keystone_authtoken.memcached_servers",
        ["10.0.0.7:11211"],
        marks=variables("glance_memcached_servers"),
    ),
    row(
        PLAIN,
        "a key",
        "glance-api.conf: secret_options.keystone_authtoken.memcache_secret_key",
        "a key",
        marks=variables("glance_memcached_secret"),
    ),
    # --- Verification
    row(PLAIN, [PROOF], "image: urls", [PROOF], marks=variables("glance_image_urls")),
    row(PLAIN, "md5:1", "image: checksum", "md5:1", marks=variables("glance_image_urls_checksum")),
    row(SOURCE, PROOF, "image: urls", [PROOF], marks=variables("glance_image_source")),
    row(
        LOCAL,
        "/root/own.img",
        "image: path",
        "/var/cache/glance-deploy/own.img",
        marks=variables("glance_image_source"),
    ),
    row(SOURCE, "md5:2", "image: checksum", "md5:2", marks=variables("glance_image_checksum")),
    row(PLAIN, True, "image: checksum_waived", True, marks=variables("glance_image_checksum_waived")),
    row(PLAIN, "proof", "image: name", "proof", marks=variables("glance_image_name")),
    row(PLAIN, "raw", "image: disk_format", "raw", marks=variables("glance_image_disk_format")),
    row(PLAIN, "private", "image: visibility", "private", marks=variables("glance_image_visibility")),
    row(PLAIN, False, "image: fallback_builtin", False, marks=variables("glance_image_builtin")),
    row(PLAIN, True, "image: remove", True, marks=variables("glance_image_remove")),
    row(PLAIN, 55, "image: deadline", 55, marks=variables("glance_image_timeout")),
    row(PLAIN, TOLD, "report: units.0.workers", 7, marks=variables("glance_look_results")),
]


@pytest.mark.parametrize(("scene", "value", "place", "wanted"), EFFECTS, ids=map(variable, EFFECTS))
def test_it_takes_effect(stated: Stated, scene: Scene, value: Any, place: str, wanted: Any) -> None:
    del value
    check(stated, EFFECTS, scene, place, wanted)
