"""The one error of the bench."""

from __future__ import annotations


class BenchError(Exception):
    """A measurement that does not count; the message says which and why."""
