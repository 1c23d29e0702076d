"""Clean-up: what has expired goes, in small pieces, so that nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from dm3.store import Database
from dm3.store.delivery_cleaning import remove_expired, remove_lost_readers, remove_used_nonces

from .fetching import Fetching
from .metrics import Metrics

log = structlog.get_logger("dm3.delivery")

INTERVAL_SECONDS: Final = 60.0
AT_ONCE: Final = 500


class Cleaning:
    """Removes expired messages, readers unseen for ``keep`` seconds and used challenges."""

    def __init__(
        self,
        database: Database,
        fetching: Fetching,
        metrics: Metrics,
        *,
        keep: int,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._fetching = fetching
        self._metrics = metrics
        self._keep = keep
        self._clock = clock

    async def run(self) -> None:
        """Clean now and every minute, until cancelled."""
        while True:
            try:
                await self.once()
            except Exception:  # the next round may succeed; without it, the disk fills up
                log.exception("clean-up failed")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def once(self) -> None:
        """Clean until nothing is left to do."""
        now = int(self._clock())
        removed = AT_ONCE
        while removed >= AT_ONCE:
            removed = await self._database.write(lambda connection: remove_expired(connection, now, AT_ONCE))
            self._metrics.expired.inc(removed)
        boxes: tuple[str, ...] | None = None
        while boxes is None or boxes:
            boxes = await self._database.write(
                lambda connection: remove_lost_readers(connection, now - self._keep, AT_ONCE)
            )
            for box in boxes:
                await self._fetching.release(box)
        await self._database.write(lambda connection: remove_used_nonces(connection, now))
