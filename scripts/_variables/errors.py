"""What can go wrong, in words for whoever ran the command."""

from __future__ import annotations


class VariablesError(Exception):
    """The roles could not be read; the text says where, why, and what to do."""
