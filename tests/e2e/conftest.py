"""Fixtures for tests with real services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.ens_scene import EnsScene, scene_or_skip


@pytest.fixture(scope="module")
def ens() -> Iterator[EnsScene]:
    """ENS on a development chain, one for all tests of a module."""
    yield from scene_or_skip()
