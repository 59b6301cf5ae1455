"""What cannot be collected: what other sources say of the oldest releases, and why options went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .merge import Place

API, REGISTRY = "glance-api.conf", "glance-registry.conf"


def _places(section: str, names: str, file: str = API) -> tuple[Place, ...]:
    return tuple((file, section, name) for name in names.split())


# os-brick's privileged helper, which the cinder store needs: for Python 2.7 it is not installed.
_PRIVSEP = tuple(
    place
    for section in ("privsep", "privsep_osbrick")
    for place in _places(section, "capabilities group helper_command user")
)
# Glance's notes and change log: what came with Queens, or went with Rocky.
_QUEENS = (
    *_places("DEFAULT", "enable_v1_api enable_image_import enabled_import_methods"),
    *_places("DEFAULT", "enable_v1_api enable_image_import enabled_import_methods", REGISTRY),
    *_places("image_import_opts", "image_import_plugins"),
    *_places("inject_metadata_properties", "ignore_user_roles inject"),
    *_places(
        "import_filtering_opts",
        "allowed_hosts allowed_ports allowed_schemes disallowed_hosts disallowed_ports disallowed_schemes",
    ),
)
KNOWN: Mapping[str, Sequence[Place]] = {
    "pike": _PRIVSEP,
    "queens": (*_QUEENS, *_PRIVSEP),
    "rocky": _PRIVSEP,
    "stein": (*_PRIVSEP, *_places("privsep", "thread_pool_size"), *_places("privsep_osbrick", "thread_pool_size")),
}

# From the release notes, and from the reasons that the options themselves gave.
REASONS: Mapping[str, Sequence[Place]] = {
    "the registry was removed in Victoria": _places(
        "DEFAULT",
        "admin_password admin_tenant_name admin_user allowed_rpc_exception_modules auth_region auth_strategy auth_url"
        " data_api enable_v1_registry enable_v2_registry registry_client_ca_file registry_client_cert_file"
        " registry_client_insecure registry_client_key_file registry_client_protocol registry_client_timeout"
        " registry_host registry_port send_identity_headers use_user_token",
    ),
    "the v1 API was removed in Rocky": _places("DEFAULT", "enable_v1_api"),
    "the v2 API is always on": _places("DEFAULT", "enable_v2_api"),
    "image import is always on": _places("DEFAULT", "enable_image_import"),
    "since 2026.2 the WSGI server's own configuration says this": _places(
        "DEFAULT",
        "backlog bind_host bind_port client_socket_timeout http_keepalive max_header_line tcp_keepidle workers",
    ),
    "Glance serves no TLS since Ussuri; a proxy in front does": _places("DEFAULT", "ca_file cert_file key_file"),
    "use [oslo_middleware] enable_proxy_headers_parsing": _places("DEFAULT", "secure_proxy_ssl_header"),
    "use [oslo_policy] enforce_new_defaults": _places("DEFAULT", "enforce_secure_rbac"),
    "scope is always enforced since 2026.2": _places("oslo_policy", "enforce_scope"),
    "the policy file says who is an administrator": _places("DEFAULT", "admin_role"),
    "images always belong to projects": _places("DEFAULT", "owner_is_tenant"),
    "use image_property_quota": _places("DEFAULT", "allow_additional_image_properties"),
    "use the weight of each store": (
        *_places("DEFAULT", "location_strategy"),
        *_places("store_type_location_strategy", "store_type_preference"),
    ),
    "images are cached at once since Zed": _places("DEFAULT", "cache_prefetcher_interval"),
    "use transport_url": _places("DEFAULT", "rpc_backend"),
    "Windows is no longer supported": _places("DEFAULT", "pipe_handle use_eventlog"),
    "use auth_type=password and its options": _places(
        "keystone_authtoken",
        "admin_password admin_tenant_name admin_token admin_user auth_admin_prefix auth_host auth_port auth_protocol"
        " identity_uri",
    ),
    "Keystone has no PKI tokens any more": _places(
        "keystone_authtoken", "check_revocations_for_cached hash_algorithms revocation_cache_time signing_dir"
    ),
    "the section's name was a mistake; use [glance_download_properties]": _places(
        "glance_download_opts", "extra_properties"
    ),
    "the sheepdog store was removed in Ussuri": (
        *_places("glance_store", "sheepdog_store_address sheepdog_store_chunk_size sheepdog_store_port"),
        *_places("sheepdog", "sheepdog_store_address sheepdog_store_chunk_size sheepdog_store_port store_description"),
    ),
}


def reasons() -> dict[Place, str]:
    """Return the word on each option."""
    return {place: text for text, places in REASONS.items() for place in places}
