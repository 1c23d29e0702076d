"""Handing out what waits in a mailbox, now or as soon as something comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from litestar import Request

from dm3.base.canonical import quote
from dm3.service import TooManyRequests
from dm3.store import Database
from dm3.store.delivery_readers import Readers, acknowledge, admit_reader, release, remove_reader
from dm3.store.mailboxes import Page, page

from .metrics import Metrics
from .settings import DeliverySettings
from .waiting import WaitingRoom

PAGE_BYTES: Final = 2_000_000
"""A page ends before it gets bigger than this, unless its first message alone is."""
SEEN_SECONDS: Final = 3_600
"""How exactly a reader's last visit is kept: not every fetch is to be a write."""


class TooManyReaders(TooManyRequests):
    """The mailbox has as many readers as it may have."""

    code = "too-many-readers"
    hint = "Unregister a reader that is no longer used, with DELETE /mailbox/{name}/readers/{reader}."


class Fetching:
    """Pages of messages for the readers of a mailbox. ``clock`` gives UNIX seconds."""

    def __init__(
        self,
        settings: DeliverySettings,
        database: Database,
        waiting: WaitingRoom,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._readers = Readers(settings.message_ttl, settings.max_readers)
        self._seen_seconds = min(SEEN_SECONDS, settings.message_ttl // 10)
        self._database = database
        self._waiting = waiting
        self._metrics = metrics
        self._clock = clock

    async def page(self, box: str, reader: str, after: int, limit: int) -> Page:
        """What waits for ``reader`` now. Raises `TooManyReaders` for a new reader too many."""
        now = int(self._clock())
        found = await self._database.read(
            lambda connection: page(
                connection,
                box,
                reader,
                after=after,
                limit=limit,
                max_bytes=PAGE_BYTES,
                now=now,
            )
        )
        if found.reader_seen is None or found.reader_seen < now - self._seen_seconds:
            await self.add_reader(box, reader)
        self._metrics.fetched.inc(len(found.messages))
        return found

    async def wait(
        self,
        request: Request[Any, Any, Any],
        box: str,
        reader: str,
        *,
        after: int,
        limit: int,
        seconds: float,
    ) -> Page:
        """Like `page`; if there is nothing, wait for up to ``seconds``, or until the client has gone."""
        if seconds <= 0 or self._waiting.closed:
            return await self.page(box, reader, after, limit)
        end = asyncio.get_running_loop().time() + seconds
        with self._waiting.seat(box) as seat:
            found = await self.page(box, reader, after, limit)
            if found.messages:
                return found
            gone = asyncio.create_task(_disconnected(request))
            try:
                while not (found.messages or gone.done() or self._waiting.closed):
                    seat.seen = found.last_seq
                    bell = asyncio.create_task(seat.woken())
                    left = end - asyncio.get_running_loop().time()
                    await asyncio.wait((bell, gone), timeout=left, return_when=asyncio.FIRST_COMPLETED)
                    woken = bell.done()
                    bell.cancel()
                    if not woken:
                        break
                    found = await self.page(box, reader, after, limit)
                return found
            finally:
                gone.cancel()

    async def acknowledge(
        self, box: str, reader: str, hashes: Collection[str], places: Mapping[str, Collection[int]]
    ) -> int:
        """Note what the reader has; returns how many of them were new. Raises `TooManyReaders`.

        It has those with ``hashes``, and those that have a hash of ``places`` at one of its places.
        """
        now = int(self._clock())
        count = await self._database.write(
            lambda connection: acknowledge(connection, box, reader, hashes, self._readers, now, places)
        )
        if count is None:
            raise TooManyReaders()
        self._metrics.acknowledged.inc(count)
        return count

    async def add_reader(self, box: str, reader: str) -> int:
        """Register a reader; returns how many there are. Raises `TooManyReaders`."""
        now = int(self._clock())
        count = await self._database.write(
            lambda connection: admit_reader(connection, box, reader, self._readers, now)
        )
        if count is None:
            raise TooManyReaders()
        return count

    async def remove_reader(self, box: str, reader: str) -> None:
        """Unregister a reader, and remove the messages that it alone still lacked."""
        if await self._database.write(lambda connection: remove_reader(connection, box, reader)):
            await self.release(box)

    async def release(self, box: str) -> None:
        """Remove what all readers that are left have, in short transactions."""
        position: int | None = 0
        while position is not None:
            position = await self._release_from(box, position)

    async def _release_from(self, box: str, position: int) -> int | None:
        now = int(self._clock())
        _, onward = await self._database.write(
            lambda connection: release(connection, box, self._readers, now, position)
        )
        return onward


async def _disconnected(request: Request[Any, Any, Any]) -> None:
    """Return when the client has gone (the request itself was read before)."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def page_text(found: Page, after: int) -> bytes:
    """The page as JSON; envelopes go out as the text they are stored as."""
    messages = ",".join(
        f'{{"hash":{quote(item.hash)},"cursor":"{item.seq}","envelope":{item.envelope}}}'
        for item in found.messages
    )
    cursor = found.messages[-1].seq if found.messages else after
    return f'{{"messages":[{messages}],"cursor":"{cursor}"}}'.encode()
