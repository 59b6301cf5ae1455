"""The one error of the table's making."""

from __future__ import annotations


class OptionsError(Exception):
    """A release whose options could not be learnt; the message says which and why."""
