"""What the glance role states, for tests that set its variables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.unit.render.test_render import Renderer
from tests.unit.variables.stating import Stated


@pytest.fixture(scope="session")
def stated() -> Iterator[Stated]:
    """Render for all tests with one process."""
    with contextlib.closing(Renderer()) as renderer:
        yield Stated(renderer)
