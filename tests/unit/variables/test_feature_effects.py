"""The same for what Glance offers besides: imports, cache, limits, policies, messages, and options of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.unit.render.test_render import Case
from tests.unit.variables.stating import Scene, Stated, check, variable

row = pytest.param
variables = pytest.mark.variables
CONF = "glance-api.conf: options."
FRAGMENT = str(Path(__file__).with_name("fragment.conf"))
QUOTAS = {"image_size_total": 5, "image_stage_total": 5, "image_count_total": 5, "image_count_uploading": 5}
PROTECTED = [{"property": "^x_", "create": ["billing"], "read": ["@"], "update": ["!"], "delete": ["!"]}]
BY_POLICY = [{"property": "^x_", **{operation: ["default"] for operation in ("create", "read", "update", "delete")}}]
BUS = "rabbit://glance:word@bus.example:5672/"

EPOXY: Case = ("debian-13", "epoxy", "package")
PLAIN, OTHER = Scene(EPOXY), Scene(EPOXY)
DOWNLOAD = Scene(EPOXY, {"glance_import_methods": ["web-download"]})
INJECT = Scene(EPOXY, {"glance_import_properties": {"from": "import"}})
CACHE = Scene(EPOXY, {"glance_cache": True})
PROTECT = Scene(EPOXY, {"glance_property_protections": BY_POLICY})
NOTIFY = Scene(EPOXY, {"glance_notifications": True})
UWSGI = Scene(EPOXY, {"glance_server": "uwsgi"})
REGISTRY = Scene(("debian-11", "stein", "venv"))

EFFECTS: list[ParameterSet] = [
    # --- Imports
    row(
        DOWNLOAD,
        ["a.example"],
        CONF + "import_filtering_opts.allowed_hosts",
        "[a.example]",
        marks=variables("glance_web_download_hosts"),
    ),
    row(
        DOWNLOAD,
        ["https"],
        CONF + "import_filtering_opts.allowed_schemes",
        "[https]",
        marks=variables("glance_web_download_schemes"),
    ),
    row(
        DOWNLOAD,
        [8443],
        CONF + "import_filtering_opts.allowed_ports",
        "[8443]",
        marks=variables("glance_web_download_ports"),
    ),
    row(PLAIN, "raw", CONF + "image_conversion.output_format", "raw", marks=variables("glance_import_convert_to")),
    row(
        OTHER,
        True,
        CONF + "image_import_opts.image_import_plugins",
        "[image_decompression]",
        marks=variables("glance_import_decompress"),
    ),
    row(
        PLAIN,
        {"by": "import"},
        CONF + "inject_metadata_properties.inject",
        "by:import",
        marks=variables("glance_import_properties"),
    ),
    row(
        INJECT,
        ["auditor"],
        CONF + "inject_metadata_properties.ignore_user_roles",
        ["auditor"],
        marks=variables("glance_import_properties_exempt_roles"),
    ),
    row(
        PLAIN,
        "http://me:1",
        CONF + "DEFAULT.worker_self_reference_url",
        "http://me:1",
        marks=variables("glance_worker_self_reference_url"),
    ),
    # --- Cache
    row(PLAIN, True, CONF + "paste_deploy.flavor", "keystone+cachemanagement", marks=variables("glance_cache")),
    row(CACHE, "/srv/cache", CONF + "DEFAULT.image_cache_dir", "/srv/cache", marks=variables("glance_cache_directory")),
    row(CACHE, 3, CONF + "DEFAULT.image_cache_max_size", 3145728, marks=variables("glance_cache_max_mb")),
    row(CACHE, 99, CONF + "DEFAULT.image_cache_stall_time", 99, marks=variables("glance_cache_stall_timeout")),
    row(CACHE, "xattr", CONF + "DEFAULT.image_cache_driver", "xattr", marks=variables("glance_cache_driver")),
    row(
        CACHE,
        "7min",
        "timer file of the cache: content",
        "OnUnitActiveSec=7min",
        marks=variables("glance_cache_interval"),
    ),
    # --- Formats and limits
    row(
        PLAIN,
        ["raw", "iso"],
        CONF + "image_format.disk_formats",
        ["raw", "iso"],
        marks=variables("glance_disk_formats"),
    ),
    row(
        PLAIN, ["bare"], CONF + "image_format.container_formats", ["bare"], marks=variables("glance_container_formats")
    ),
    row(PLAIN, False, CONF + "image_format.require_image_format_match", False, marks=variables("glance_format_match")),
    row(PLAIN, 3, CONF + "DEFAULT.image_size_cap", 3145728, marks=variables("glance_image_max_mb")),
    row(PLAIN, QUOTAS, "catalogue: registered_limits.image_count_total", 5, marks=variables("glance_limits")),
    # --- Who may what
    row(
        PLAIN,
        {"publicize_image": "role:x"},
        "policies: content",
        "publicize_image: role:x",
        marks=variables("glance_policies"),
    ),
    row(
        PLAIN,
        PROTECTED,
        "property protections: content",
        "create = billing",
        marks=variables("glance_property_protections"),
    ),
    row(
        PROTECT,
        "policies",
        CONF + "DEFAULT.property_protection_rule_format",
        "policies",
        marks=variables("glance_property_protection_format"),
    ),
    row(
        PLAIN,
        ["https://d.example"],
        CONF + "cors.allowed_origin",
        ["https://d.example"],
        marks=variables("glance_cors_allowed_origins"),
    ),
    row(
        PLAIN,
        False,
        CONF + "keystone_authtoken.service_token_roles_required",
        False,
        marks=variables("glance_service_token_required"),
    ),
    row(PLAIN, True, CONF + "DEFAULT.show_image_direct_url", True, marks=variables("glance_copy_on_write")),
    # --- Database
    row(PLAIN, 9, CONF + "database.max_pool_size", 9, marks=variables("glance_database_pool_size")),
    row(PLAIN, 8, CONF + "database.max_overflow", 8, marks=variables("glance_database_pool_overflow")),
    row(PLAIN, 600, CONF + "database.connection_recycle_time", 600, marks=variables("glance_database_recycle_time")),
    row(PLAIN, False, "metadata definitions: when", False, marks=variables("glance_metadefs")),
    # --- Messages and logs
    row(
        PLAIN,
        True,
        CONF + "oslo_messaging_notifications.driver",
        "messagingv2",
        marks=variables("glance_notifications"),
    ),
    row(
        NOTIFY,
        BUS,
        "glance-api.conf: secret_options.DEFAULT.transport_url",
        BUS,
        marks=variables("glance_transport_url"),
    ),
    row(
        NOTIFY,
        ["bills"],
        CONF + "oslo_messaging_notifications.topics",
        ["bills"],
        marks=variables("glance_notification_topics"),
    ),
    row(PLAIN, True, CONF + "DEFAULT.debug", True, marks=variables("glance_debug")),
    row(PLAIN, True, CONF + "DEFAULT.use_syslog", True, marks=variables("glance_syslog")),
    row(PLAIN, True, CONF + "healthcheck.detailed", True, marks=variables("glance_healthcheck_detailed")),
    # --- Options of one's own
    row(PLAIN, [FRAGMENT], CONF + "DEFAULT.image_tag_quota", "5", marks=variables("glance_config_fragments")),
    row(
        REGISTRY,
        {"DEFAULT": {"backlog": 9}},
        "glance-registry.conf: options.DEFAULT.backlog",
        9,
        marks=variables("glance_registry_config_overrides"),
    ),
    row(
        PLAIN,
        {"app:x": {"y": "z"}},
        "glance-api-paste.ini with glance_paste_overrides: options",
        {"app:x": {"y": "z"}},
        marks=variables("glance_paste_overrides"),
    ),
    row(
        UWSGI,
        {"harakiri": 99},
        "uWSGI's configuration: content",
        "harakiri = 99",
        marks=variables("glance_uwsgi_overrides"),
    ),
]


@pytest.mark.parametrize(("scene", "value", "place", "wanted"), EFFECTS, ids=map(variable, EFFECTS))
def test_it_takes_effect(stated: Stated, scene: Scene, value: Any, place: str, wanted: Any) -> None:
    del value
    check(stated, EFFECTS, scene, place, wanted)
