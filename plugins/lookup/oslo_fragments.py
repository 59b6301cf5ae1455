"""Options of a service from files on the control machine, written as the service's own configuration is."""

from __future__ import annotations

DOCUMENTATION = r"""
name: oslo_fragments
author: glance-deploy contributors
version_added: 0.5.0
short_description: Options from files that are written as oslo.config files are
description:
  - Reads files on the control machine and returns one mapping of section to option to value, in which the later file
    wins. What stands there goes the way of every other option; it is checked, compared and shown as a variable is.
  - A path with C(*), C(?) or C([) is a pattern, whose files count in alphabetical order; none is no error.
  - Values are literal. C($$) is a dollar sign; a reference to another option (C($name)) is refused.
options:
  _terms:
    description: Paths or patterns.
    type: list
    elements: str
"""

EXAMPLES = r"""
glance_config_overrides: "{{ lookup('glance_deploy.openstack.oslo_fragments', inventory_dir ~ '/config/*.conf') }}"
"""

RETURN = r"""
_raw:
  description: One mapping. An option that stands several times in a file is a mapping with the list C(multi).
  type: list
  elements: dict
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ..module_utils._oslo import MULTI, parse

Options = dict[str, dict[str, Any]]


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Entry point for Ansible."""

    def run(self, terms: Sequence[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Options]:
        """Return the options of all files."""
        del variables
        if kwargs:
            raise AnsibleError("the lookup oslo_fragments takes paths and nothing else")
        return [fragments(terms)]


def fragments(patterns: Sequence[str]) -> Options:
    """Return the options of all files that the patterns name.

    Raises:
        AnsibleError: A file is missing, or has a line that oslo.config would not read.
    """
    merged: Options = {}
    for path in (path for pattern in patterns for path in _paths(pattern)):
        for section, entries in _options(path).items():
            merged.setdefault(section, {}).update(entries)
    return merged


def _paths(pattern: str) -> list[Path]:
    if not isinstance(pattern, str) or not pattern:
        raise AnsibleError("glance_config_fragments takes paths of files; write a list of texts")
    path = Path(pattern).expanduser()
    if not re.search(r"[*?\[]", pattern):
        return [path]
    return sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))


def _options(path: Path) -> Options:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise AnsibleError(
            f"cannot read {path} of glance_config_fragments: {why}; correct the path or the file"
        ) from None
    _refuse(path, text)
    return {
        section: {option: _value(f"{path}: [{section}] {option}", lines) for option, lines in entries.items()}
        for section, entries in parse(text).items()
    }


def _refuse(path: Path, text: str) -> None:
    """Refuse what oslo.config would stumble over, or take for something else."""
    is_inside, may_go_on = False, False
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip()
        is_header, is_option = re.fullmatch(r"\[[^\[\]]+\]", line), re.match(r"[^\s=:#;\[][^=:]*[=:]", line)
        is_inside = is_inside or bool(is_header)
        if line and not line.startswith(("#", ";")) and not is_header:
            goes_on = line[0].isspace() and may_go_on
            if not is_inside or not (is_option or goes_on):
                why = "not inside a [section]" if not is_inside else "neither a [section] nor an option = value"
                raise AnsibleError(f"{path}, line {number}: {why}; correct it")
        may_go_on = bool(is_option) or (may_go_on and line[:1].isspace())


def _value(where: str, lines: Sequence[str]) -> Any:
    values = [_literal(where, line.replace("\n", " ")) for line in lines]
    return values[0] if len(values) == 1 else {MULTI: values}


def _literal(where: str, text: str) -> str:
    if re.search(r"(?<![\\$])(?:\$\$)*\$(?!\$)", text):
        raise AnsibleError(f"{where} refers to another option; write the value, and $$ for a dollar sign")
    plain = text.replace(r"\$", "$").replace("$$", "$")
    quoted = re.fullmatch(r"""(["'])(.*)\1""", plain)
    return quoted[2] if quoted else plain
