"""Fixtures for tests against the published TypeScript reference libraries."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.interop.reference_peer import ReferencePeer, ReferenceUnavailable


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "reference" in getattr(item, "fixturenames", ()):
            item.add_marker("interop")


@pytest.fixture(scope="session")
def reference() -> Iterator[ReferencePeer]:
    """The running reference; skips where it cannot run, but fails in CI where Node is present."""
    try:
        peer = ReferencePeer()
    except ReferenceUnavailable as error:
        # In CI a silent skip would hide that interoperability is no longer tested at all.
        if os.environ.get("CI") and shutil.which("node"):
            pytest.fail(f"reference libraries unavailable: {error}")
        pytest.skip(f"reference libraries unavailable: {error}")
    with peer:
        yield peer
