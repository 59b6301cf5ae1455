# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What a host can be asked to have: the kinds of resources, by the word that stands in a role's variables."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    _absent_files,
    _answers,
    _bootstrap,
    _command_run,
    _database_run,
    _derived_ini,
    _dnf_repository,
    _file_run,
    _firewall,
    _installation,
    _limit_endpoint,
    _oslo_run,
    _packages,
    _paths,
    _python_environment,
    _registration_run,
    _roundtrip_run,
    _schema_run,
    _selinux,
    _shipped_data,
    _store_probe,
    _store_proof,
    _stores_in_use,
    _system_account,
    _unit_run,
)
from ._resource import Kind

KINDS: Mapping[str, Kind] = {
    "packages": _packages.KIND,
    "dnf_repository": _dnf_repository.KIND,
    "installation": _installation.KIND,
    "firewall": _firewall.KIND,
    "selinux_type": _selinux.KIND,
    "system_account": _system_account.KIND,
    "python_environment": _python_environment.KIND,
    "directories": _paths.DIRECTORIES,
    "link": _paths.LINK,
    "file": _file_run.FILE,
    "lines": _file_run.LINES,
    "shipped_file": _file_run.SHIPPED,
    "absent_files": _absent_files.KIND,
    "command": _command_run.KIND,
    "oslo_config_file": _oslo_run.KIND,
    "derived_ini": _derived_ini.KIND,
    "service_database": _database_run.DATABASE,
    "no_anonymous_accounts": _database_run.ANONYMOUS,
    "schema": _schema_run.KIND,
    "shipped_data": _shipped_data.KIND,
    "service_registration": _registration_run.KIND,
    "limit_endpoint": _limit_endpoint.KIND,
    "keystone_bootstrap": _bootstrap.KIND,
    "service_unit": _unit_run.KIND,
    "answers": _answers.KIND,
    "image_roundtrip": _roundtrip_run.KIND,
    "store_probe": _store_probe.KIND,
    "store_proof": _store_proof.KIND,
    "stores_in_use": _stores_in_use.KIND,
}
