# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Text of oslo.config files: how a value has to be written so that oslo.config reads back exactly that value.

The rules, all of them seen in oslo.config's own parser and tried against it:

- `$name` is replaced by another option; `$$` stands for a dollar sign. After a backslash a dollar sign has to be
  written as backslash and dollar sign, because oslo.config turns every such pair into a dollar sign first.
- `%` is ordinary. `#` and `;` begin a comment at the start of a line only.
- Blanks around a value are dropped, then one pair of equal quotes around it.
- A line that begins with a blank continues the value above, but loses its blanks: line breaks cannot be kept.
- The items of a list are separated by commas, and there is no way to write a comma inside an item.
- An option that stands several times is a list for a MultiOpt; for other options the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ._plan import DeployError

HEADER = (
    "Written by glance-deploy. Changes made here are lost with its next run; set the variables of the role instead."
)
MULTI = "multi"

Options = Mapping[str, Mapping[str, Any]]
# Values as they stand in the file, one a line, by section and option.
Texts = dict[str, dict[str, list[str]]]


def escape(value: str) -> str:
    r"""Return the text that oslo.config's substitution turns back into the value: `a$b` for `a$$b`, `\$` for `\\$`."""
    return re.sub(r"(\\?)\$", lambda found: r"\\$" if found[1] else "$$", value)


def texts(options: Options) -> Texts:
    """Return what stands in the file for each option, leaving out options that are None.

    Args:
        options: Section to option to value: text, number, truth value, list, `{"multi": [...]}` for an option that is
            to stand several times, or None.

    Raises:
        DeployError: A name or value cannot be written.
    """
    result: Texts = {}
    for section, entries in options.items():
        _check_name(section, section)
        if not isinstance(entries, Mapping):
            raise DeployError(f"[{section}] is not a mapping of options.", "Write it as section: {option: value}.")
        given = {name: value for name, value in entries.items() if value is not None}
        lines = {name: _lines(f"[{section}] {name}", name, value) for name, value in given.items()}
        if lines:
            result[section] = lines
    return result


def render(options: Options, header: str = HEADER) -> str:
    """Return the whole file: the header as a comment, then the sections in the order given."""
    blocks = ["".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())]
    for section, entries in texts(options).items():
        lines = [f"{name} = {text}".rstrip() + "\n" for name, values in entries.items() for text in values]
        blocks.append(f"[{section}]\n" + "".join(lines))
    return "\n".join(block for block in blocks if block)


def parse(text: str) -> Texts:
    """Return the options of a file that anybody may have written; lines that oslo.config would refuse are skipped."""
    result: Texts = {}
    section, last = "", None
    # Not splitlines(): oslo.config knows no line ends but this one, and a password may hold the others.
    for line in (raw.rstrip() for raw in text.split("\n")):
        if line.startswith((" ", "\t")):
            if last:
                last[-1] += f"\n{line.lstrip()}"
            continue
        last = None
        header = re.fullmatch(r"\[(.+)\]", line)
        option = re.match(r"([^=:]+?)\s*[=:]\s*(.*)", line)
        if header:
            section = header[1]
        elif option and not line.startswith(("#", ";", "[")):
            last = result.setdefault(section, {}).setdefault(option[1], [])
            last.append(option[2])
    return result


def _lines(where: str, name: str, value: Any) -> list[str]:
    _check_name(where, name)
    if ":" in name:
        raise DeployError(f"{where!r} is no name for an option: the colon ends it.", "Use letters, digits, _ and -.")
    if not isinstance(value, Mapping):
        return [_text(where, value)]
    if set(value) != {MULTI} or not _is_list(value[MULTI]):
        raise DeployError(f"{where} is a mapping.", f"Write an option that stands several times as {{{MULTI}: [...]}}.")
    return [_text(where, item) for item in value[MULTI]]


def _text(where: str, value: Any) -> str:
    plain = ",".join(_item(where, item) for item in value) if _is_list(value) else _scalar(where, value)
    text = escape(plain)
    # Quotes are dropped in equal pairs only, so one pair around whatever could be taken for blanks or quotes is enough.
    return f'"{text}"' if text != text.strip() or text.startswith(('"', "'")) else text


def _item(where: str, value: Any) -> str:
    text = _scalar(where, value)
    if not text or "," in text or text != text.strip():
        raise DeployError(
            f"{where} has an item that a list in an oslo.config file cannot hold.",
            "Leave out empty items, commas, and blanks around an item.",
        )
    return text


def _scalar(where: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise DeployError(f"{where} is neither text, number, truth value nor a list of them.", "Put it in quotes.")
    text = str(value)
    if re.search(r"[\r\n\0]", text):
        raise DeployError(f"{where} has a line break, which oslo.config cannot read back.", "Take it out of the value.")
    if re.search(r"[\ud800-\udfff]", text):
        raise DeployError(f"{where} is not text in UTF-8.", "Save the file that it comes from in UTF-8.")
    return text


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _check_name(where: str, name: Any) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*", name):
        raise DeployError(f"{where!r} is no name for a section or an option.", "Use letters, digits, _ and -.")
