"""A disk on which others write, for trying whether the tests hold: ``DM3_TEST_HOLD_COMMIT=6 make test``.

The first commit of each test is held for as many seconds. It is a switch and no fixture: every test has to
pass with it and without.
"""

from __future__ import annotations

import os
import time
from typing import Any, Final

import pytest

from dm3.store.engine.database import Database

VARIABLE: Final = "DM3_TEST_HOLD_COMMIT"


class SlowDisk:
    """A plugin of pytest that holds the first commit of each test."""

    def __init__(self, seconds: float, patch: pytest.MonkeyPatch) -> None:
        self._holds = False
        commit = Database._commit

        def held(database: Database, batch: list[Any]) -> None:
            if self._holds:
                self._holds = False
                time.sleep(seconds)  # this is the writer's own thread
            commit(database, batch)

        patch.setattr(Database, "_commit", held)

    def pytest_runtest_call(self) -> None:
        """Have the next commit held."""
        self._holds = True


def slow_disk(patch: pytest.MonkeyPatch) -> SlowDisk | None:
    """The plugin, where the environment asks for it."""
    seconds = float(os.environ.get(VARIABLE, "0"))
    return SlowDisk(seconds, patch) if seconds else None
