"""Options that a release does not know, as data: each is named, with what to write instead or since when it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.glance_deploy.openstack.plugins.filter.option_faults import option_faults

ROLE = Path(__file__).resolve().parents[3] / "roles" / "glance"
TABLE: dict[str, Any] = yaml.safe_load((ROLE / "files" / "options.yml").read_text())["glance-api.conf"]
RELEASES = list(yaml.safe_load((ROLE / "vars" / "main" / "releases.yml").read_text())["__glance_releases"])

REFUSED = [
    ("victoria", "DEFAULT.registry_host", "gone after Ussuri"),
    ("victoria", "DEFAULT.registry_port", "gone after Ussuri"),
    ("zed", "DEFAULT.data_api", "gone after Ussuri"),
    ("epoxy", "DEFAULT.use_user_token", "gone after Ussuri"),
    ("rocky", "DEFAULT.enable_v1_api", "gone after Queens"),
    ("ussuri", "DEFAULT.cert_file", "gone after Train"),
    ("zed", "DEFAULT.key_file", "gone after Train"),
    ("wallaby", "DEFAULT.owner_is_tenant", "gone after Victoria"),
    ("wallaby", "DEFAULT.admin_role", "gone after Victoria"),
    ("zed", "DEFAULT.secure_proxy_ssl_header", "gone after Yoga"),
    ("zed", "DEFAULT.cache_prefetcher_interval", "gone after Yoga"),
    ("antelope", "DEFAULT.enforce_secure_rbac", "gone after Zed"),
    ("dalmatian", "DEFAULT.allow_additional_image_properties", "gone after Caracal"),
    ("dalmatian", "DEFAULT.location_strategy", "gone after Caracal"),
    ("hibiscus", "DEFAULT.bind_host", "gone after Gazpacho"),
    ("hibiscus", "DEFAULT.bind_port", "gone after Gazpacho"),
    ("hibiscus", "DEFAULT.workers", "gone after Gazpacho"),
    ("hibiscus", "DEFAULT.backlog", "gone after Gazpacho"),
    ("hibiscus", "oslo_policy.enforce_scope", "gone after Gazpacho"),
    ("hibiscus", "keystone_authtoken.auth_uri", "write [keystone_authtoken] www_authenticate_uri instead"),
    ("pike", "keystone_authtoken.www_authenticate_uri", "came with Queens"),
    ("queens", "DEFAULT.enabled_backends", "came with Rocky"),
    ("queens", "DEFAULT.hashing_algorithm", "came with Rocky"),
    ("victoria", "DEFAULT.worker_self_reference_url", "came with Wallaby"),
    ("wallaby", "DEFAULT.use_keystone_limits", "came with Xena"),
    ("dalmatian", "image_format.require_image_format_match", "came with Epoxy"),
    ("stein", "keystone_authtoken.interface", "came with Train"),
    ("epoxy", "DEFAULT.wokers", "did you mean workers?"),
    ("epoxy", "keystone_authtokens.username", "no release has such a section"),
    ("epoxy", "default.workers", "did you mean DEFAULT?"),
]


@pytest.mark.parametrize(("release", "path", "words"), REFUSED, ids=[f"{case[0]}-{case[1]}" for case in REFUSED])
def test_it_is_refused_with_what_to_do(release: str, path: str, words: str) -> None:
    section, _, option = path.partition(".")
    (told,) = option_faults({section: {option: "x"}}, TABLE, release, RELEASES)
    assert words in told


def test_each_origin_of_cors_may_have_a_section_and_nothing_else_may() -> None:
    assert option_faults({"cors.dashboard": {"allowed_origin": "x"}}, TABLE, "epoxy", RELEASES) == []
    (told,) = option_faults({"database.more": {"connection": "x"}}, TABLE, "epoxy", RELEASES)
    assert "no release has such a section" in told
