"""A copy of a service's folder is a backup: its database's own file is kept up to date."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from dm3.service import in_rounds
from dm3.store import Database

FOLD_SECONDS: Final = 60.0

log = structlog.get_logger("dm3.hosting")


class Folding:
    """Takes what the write-ahead log of ``database`` holds into its file, from now on until stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """No more of it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        failed = "the database's own file cannot be brought up to date"
        await in_rounds(self._database.fold_in, FOLD_SECONDS, log, failed, at_once=False)
