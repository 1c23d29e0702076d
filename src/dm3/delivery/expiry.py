"""Clean-up: what has expired goes, and what follows its name is moved, in small pieces.

Nobody waits for it: each piece is small, and most of the time belongs to the messages that come in.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from sqlalchemy import Connection

from dm3.service import page_by_page
from dm3.store import Database
from dm3.store.delivery import (
    RELEASES_TOLD,
    Move,
    move_page,
    moves_left,
    remove_expired,
    remove_lost_readers,
    remove_old_releases,
    remove_used_nonces,
)

from .fetch import Fetching
from .metrics import Metrics
from .store_clock import StoreClock

log = structlog.get_logger("dm3.delivery")

INTERVAL_SECONDS: Final = 60.0
MOVES_AT_ONCE: Final = 100


class Cleaning:
    """Removes expired messages, readers unseen for ``keep`` seconds, used challenges and old
    releases; moves messages."""

    def __init__(
        self, database: Database, fetching: Fetching, metrics: Metrics, clock: StoreClock, *, keep: int
    ) -> None:
        self._database = database
        self._fetching = fetching
        self._metrics = metrics
        self._clock = clock
        self._keep = keep
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Clean now, every minute and when woken, until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.once()
            except Exception:  # the next round may succeed; without it, the disk fills up
                log.exception("clean-up failed")
            try:
                async with asyncio.timeout(INTERVAL_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def wake(self) -> None:
        """There is something to move."""
        self._woken.set()

    async def once(self) -> None:
        """Clean until nothing is left to do."""
        await self._clock.look()
        await self._move()
        now = self._clock.deleting_now()

        def expired(connection: Connection, most: int) -> tuple[int, bool]:
            removed = remove_expired(connection, now, most)
            return removed, removed > 0

        async for removed in page_by_page(self._database, expired):
            self._metrics.expired.inc(removed)

        def lost(connection: Connection, most: int) -> tuple[tuple[str, ...], bool]:
            return remove_lost_readers(connection, now - self._keep, most)

        async for boxes in page_by_page(self._database, lost):
            for box in boxes:
                await self._fetching.release(box)

        def used(connection: Connection, most: int) -> tuple[int, bool]:
            removed = remove_used_nonces(connection, now, most)
            return removed, removed >= most

        def told(connection: Connection, most: int) -> tuple[int, bool]:
            removed = remove_old_releases(connection, now - RELEASES_TOLD, most)
            return removed, removed >= most

        for forgotten in (used, told):
            async for _ in page_by_page(self._database, forgotten):
                pass
        # So that the database's own file is up to date, and a copy of the folder is a backup.
        await self._database.fold_in()

    async def _move(self) -> None:
        """Move what is left behind in mailboxes that its name has left."""
        while moves := await self._database.read(lambda connection: moves_left(connection, MOVES_AT_ONCE)):
            for move in moves:
                await self._carry_out(move)

    async def _carry_out(self, move: Move) -> None:
        position = 0

        def moved(connection: Connection, most: int) -> tuple[int | None, bool]:
            onward = move_page(connection, move, position, most)
            return onward, onward is not None

        async for onward in page_by_page(self._database, moved):
            position = onward or 0
