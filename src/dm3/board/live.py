"""Readers who wait for what is new, and what wakes them: this process, or an operator's command beside it."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from dm3.base.errors import StoreError
from dm3.service import TooManyRequests
from dm3.store import Database

LOOK_SECONDS: Final = 1.0
MOST_WAITING: Final = 1_000

log = structlog.get_logger("dm3.board")


class Live:
    """Everybody who waits at one board."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news = asyncio.Event()
        self.waiting = 0
        self.closed = False

    @property
    def news(self) -> asyncio.Event:
        """Set when something has changed; take it before looking, so that nothing is missed."""
        return self._news

    def tell(self) -> None:
        """Wake all who wait."""
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Let all go, and none wait from now on."""
        self.closed = True
        self.tell()

    async def wait(self, news: asyncio.Event, seconds: float) -> None:
        """Wait for something new. Raises `TooManyRequests` when too many do already."""
        if self.closed or news.is_set():
            return
        self.require_place()
        self.waiting += 1
        try:
            await asyncio.wait_for(news.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self.waiting -= 1

    def require_place(self) -> None:
        """Raises `TooManyRequests` when as many wait as may."""
        if self.waiting >= MOST_WAITING:
            raise TooManyRequests("too many readers wait at this board")

    async def watch(self) -> None:
        """Notice what other processes change; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if await self._database.changed():
                    self.tell()  # also where nobody waits: somebody may have looked, and be about to
            except StoreError as error:
                log.warning("changes by other processes cannot be seen", reason=error.code)
