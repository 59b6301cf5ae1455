# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A command that is due as long as a file is missing, or as long as one is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._command import last_words
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    "argv": {"type": "list", "elements": "str", "required": True},
    # The step, for people: what is made or removed.
    "subject": {"type": "str", "required": True},
    "creates": {"type": "path"},
    "removes": {"type": "path"},
}
RULES: Mapping[str, Any] = {"required_one_of": [("creates", "removes")], "mutually_exclusive": [("creates", "removes")]}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Run the command when it is due.

    Raises:
        DeployError: It failed.
    """
    creates, removes = params["creates"], params["removes"]
    is_due = not Path(creates).exists() if creates else Path(removes).exists()
    steps = plan(Step("make" if creates else "remove", params["subject"]) if is_due else None)
    if steps and not context.check_mode:
        program = " ".join(params["argv"][:2])
        try:
            code, output, errors = context.run(params["argv"])
        except OSError as error:
            raise DeployError(f"Cannot run {params['argv'][0]}: {error.strerror}.", "Install its package.") from error
        if code:
            raise DeployError(f"{program} failed: {last_words(output, errors)}", f"Run it by hand: {program}")
    context.touched += [creates or removes] if steps else []
    return Outcome(steps)


KIND = Kind(SPEC, bring, RULES)
