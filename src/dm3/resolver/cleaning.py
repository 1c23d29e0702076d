"""Clean-up: used nonces that cannot count any more go, in small pages, and not by a clock that has jumped."""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy import Connection

from dm3.service import StoreClock, in_rounds, page_by_page
from dm3.store import Database
from dm3.store.resolver import remove_used_nonces

log = structlog.get_logger("dm3.resolver")

INTERVAL_SECONDS: Final = 60.0


class Cleaning:
    """Removes what is over, by the store's ``clock``."""

    def __init__(self, database: Database, clock: StoreClock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Clean now and every minute, until cancelled."""
        await in_rounds(self.once, INTERVAL_SECONDS, log, "clean-up failed")

    async def once(self) -> None:
        """Clean until nothing is left to do."""
        await self._clock.look()
        now = self._clock.deleting_now()

        def over(connection: Connection, most: int) -> tuple[int, bool]:
            removed = remove_used_nonces(connection, now, most)
            return removed, removed >= most

        async for _ in page_by_page(self._database, over):
            pass
