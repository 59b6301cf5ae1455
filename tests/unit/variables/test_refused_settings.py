"""Settings that cannot work are refused before anything is changed, each with the line to mend."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.render.test_render import ROLE, Case, Renderer

EPOXY: Case = ("debian-13", "epoxy", "package")
VICTORIA: Case = ("debian-11", "victoria", "package")
PIKE: Case = ("debian-11", "pike", "venv")
LIMITS = {"image_size_total": 1, "image_stage_total": 1, "image_count_total": 1, "image_count_uploading": 1}

REFUSED: list[tuple[Case, dict[str, Any], str]] = [
    (
        EPOXY,
        {"glance_import_methods": ["web-upload"]},
        "has web-upload, which Epoxy does not know. Take some of glance-direct",
    ),
    (VICTORIA, {"glance_import_methods": ["glance-download"]}, "Take some of glance-direct, web-download, copy-image."),
    (EPOXY, {"glance_import_methods": ["web-download"]}, "Name the hosts that images come from"),
    (
        EPOXY,
        {"glance_import_methods": ["web-download"], "glance_web_download_hosts": ["http://mirror.example"]},
        "takes names and addresses",
    ),
    (EPOXY, {"glance_web_download_schemes": ["file"]}, "glance_web_download_schemes http and https"),
    (EPOXY, {"glance_web_download_ports": [0]}, "glance_web_download_ports numbers"),
    (EPOXY, {"glance_import_convert_to": "vdi"}, "glance_import_convert_to is vdi; write raw, qcow2 or vmdk"),
    (EPOXY, {"glance_import_properties": {"a": "b,c"}}, "glance_import_properties has a comma"),
    (EPOXY, {"glance_import_properties": {"a:b": "c"}}, "a name with a colon"),
    (EPOXY, {"glance_cache_driver": "redis"}, "glance_cache_driver is redis; write sqlite"),
    (VICTORIA, {"glance_cache_driver": "centralized_db"}, "centralized_db (since 2024.1)"),
    (EPOXY, {"glance_cache_interval": "often"}, "glance_cache_interval is often"),
    (EPOXY, {"glance_cache_directory": "cache"}, "has to be an absolute path"),
    (EPOXY, {"glance_cache": True, "glance_cache_directory": "/var/lib/glance/images"}, "where nothing else is kept"),
    (EPOXY, {"glance_paste_overrides": {"filter:nothere": {"x": 1}}}, "has no section filter:nothere"),
    (EPOXY, {"glance_disk_formats": ["qcow2", "qcow3"]}, "There is no format qcow3. glance_disk_formats takes ami"),
    (EPOXY, {"glance_container_formats": ["bare", "zip"]}, "There is no format zip."),
    (EPOXY, {"glance_disk_formats": ["raw"]}, "The image that proves the service is qcow2 in bare"),
    (EPOXY, {"glance_database_pool_size": 1, "glance_database_pool_overflow": 0}, "needs two connections at once"),
    (EPOXY, {"glance_limits": {"image_size_total": 5}}, "glance_limits needs image_size_total, image_stage_total"),
    (EPOXY, {"glance_limits": LIMITS | {"image_sizes": 5}}, "Write all four"),
    (
        EPOXY,
        {"glance_config_overrides": {"DEFAULT": {"use_keystone_limits": True}}},
        "Set glance_limits in place of it",
    ),
    (EPOXY, {"glance_limits": LIMITS | {"image_size_total": "5 GB"}}, "glance_limits takes whole numbers"),
    (EPOXY, {"glance_cors_allowed_origins": ["https://a.example/path"]}, "correct https://a.example/path."),
    (EPOXY, {"glance_notifications": True}, "Set glance_transport_url=rabbit://"),
    (EPOXY, {"glance_uwsgi_overrides": {"threads": 3}}, "is served by eventlet"),
    (EPOXY, {"glance_registry_config_overrides": {"DEFAULT": {"debug": True}}}, "There is no glance-registry here"),
    (
        EPOXY,
        {
            "glance_hosts": ["controller", "second"],
            "hostvars": {
                name: {"openstack_host_address": name, "glance_worker_self_reference_url": "http://one:9292"}
                for name in ("controller", "second")
            },
        },
        "glance_worker_self_reference_url is the same for several hosts",
    ),
]
# What came with a later release.
UNKNOWN: list[tuple[Case, dict[str, Any], str]] = [
    (VICTORIA, {"glance_limits": LIMITS}, "[DEFAULT] use_keystone_limits: came with Xena, and this is Victoria"),
    (PIKE, {"glance_import_convert_to": "raw"}, "[image_conversion] output_format: came with Rocky, and this is Pike"),
]
FAULTS = """__glance_chosen_options | glance_deploy.openstack.option_faults(
    (lookup('ansible.builtin.file', options_file) | from_yaml)['glance-api.conf'], __glance.release,
    __glance_releases | list, __glance_option_aliases)"""


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with contextlib.closing(Renderer()) as process:
        yield process


UNREADABLE: list[tuple[dict[str, Any], str]] = [
    ({"glance_policies": {"get_images": "role:admin or"}}, "does not parse"),
    ({"glance_policies": {"cache_prune": "role:x"}}, "Glance asks no policy cache_prune"),
    ({"glance_policies": {"get_imags": "role:x"}}, "did you mean get_image"),
    ({"glance_property_protections": [{"property": "("}]}, "is no regular expression"),
    ({"glance_property_protection_format": "users"}, "write roles or policies"),
]


def told(renderer: Renderer, case: Case, given: dict[str, Any]) -> str:
    """Return what the role refuses with."""
    (settled,) = renderer.ask(case, "__glance_settled", **given)
    (lines,) = renderer.ask(
        case, "__glance_refusals | rejectattr('that') | map(attribute='mend') | list", **given, __glance=settled
    )
    return " ".join(lines)


@pytest.mark.parametrize(
    ("case", "given", "words"), REFUSED, ids=[f"{list(row[1])[-1]}-{n}" for n, row in enumerate(REFUSED)]
)
def test_it_is_refused_with_the_line_to_mend(renderer: Renderer, case: Case, given: dict[str, Any], words: str) -> None:
    found = told(renderer, case, given)
    assert words in found, found


@pytest.mark.parametrize(("case", "given", "words"), UNKNOWN)
def test_what_a_release_does_not_have_is_named(
    renderer: Renderer, case: Case, given: dict[str, Any], words: str
) -> None:
    (settled,) = renderer.ask(case, "__glance_settled", **given)
    where = {"options_file": str(ROLE / "files" / "options.yml")}
    (faults,) = renderer.ask(case, FAULTS, **given, **where, __glance=settled)
    assert words in " ".join(faults)


@pytest.mark.parametrize(("given", "words"), UNREADABLE)
def test_what_could_not_even_be_looked_at_is_refused_first(
    renderer: Renderer, given: dict[str, Any], words: str
) -> None:
    (faults,) = renderer.ask(EPOXY, "__glance_unknown", **given)
    assert words in " ".join(faults)


def test_by_default_nothing_is_refused(renderer: Renderer) -> None:
    for case in (EPOXY, VICTORIA, PIKE):
        assert told(renderer, case, {}) == ""
