"""Handing out what waits in a mailbox, now or as soon as something comes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import structlog
from litestar import Request, Response
from sqlalchemy import Connection

from dm3.base.errors import Dm3Error, StoreError
from dm3.service import TooManyRequests, page_by_page
from dm3.store import Database
from dm3.store.delivery import (
    Page,
    Readers,
    Wanted,
    acknowledge,
    admit_reader,
    forget_notes,
    pages,
    release,
    remove_reader,
)

from .long_poll import LongPoll, client_gone
from .metrics import Metrics
from .page_answers import AT_ONCE, Part, page_answer
from .settings import DeliverySettings
from .store_clock import StoreClock

log = structlog.get_logger("dm3.delivery")

PAGE_BYTES: Final = 2_000_000
"""A page ends before it gets bigger than this, unless its first message alone is."""
SEEN_SECONDS: Final = 3_600
"""How exactly a reader's last visit is kept: not every fetch is to be a write."""


ACKNOWLEDGED_TOGETHER: Final = 100
"""Receipts that are handled in one transaction."""


class TooManyReaders(TooManyRequests):
    """The mailbox has as many readers as it may have."""

    code = "too-many-readers"
    hint = "Unregister a reader that is no longer used, with DELETE /mailbox/{name}/readers/{reader}."


class Fetching:
    """Pages of messages for the readers of a mailbox."""

    def __init__(
        self,
        settings: DeliverySettings,
        database: Database,
        long_poll: LongPoll,
        metrics: Metrics,
        clock: StoreClock,
    ) -> None:
        self._readers = Readers(settings.message_ttl, settings.max_readers)
        self._seen_seconds = min(SEEN_SECONDS, settings.message_ttl // 10)
        self._database = database
        self._long_poll = long_poll
        self._metrics = metrics
        self._clock = clock
        self._turn = 0

    async def page(self, box: str, reader: str, after: int, limit: int) -> Page:
        """What waits for ``reader`` now. Raises `TooManyReaders` for a new reader too many."""
        [found] = await self.pages([Wanted(box, reader, after)], limit)
        return _page_or_raise(found)

    async def pages(self, wanted: Sequence[Wanted], limit: int) -> list[Page | Dm3Error]:
        """What waits now in several mailboxes, in one answer of bounded size."""
        now, unexpired = self._clock.keeping_now(), self._clock.deleting_now()
        self._turn += 1
        found = await self._database.read(
            lambda connection: pages(
                connection,
                wanted,
                limit=limit,
                max_bytes=PAGE_BYTES,
                now=unexpired,
                turn=self._turn,
                at_once=AT_ONCE,
            )
        )
        refused = await self._see(
            [one for one, page in zip(wanted, found, strict=True) if self._unseen(page, now)]
        )
        answers = [
            refused.get((one.mailbox, one.reader), page) for one, page in zip(wanted, found, strict=True)
        ]
        self._metrics.fetched.inc(sum(len(page.messages) for page in answers if isinstance(page, Page)))
        return answers

    def answer(self, parts: Sequence[Part]) -> Response[Any]:
        """Pages as the answer to a request; large ones are read while it goes out."""
        return page_answer(self._database, parts)

    async def wait(
        self, request: Request[Any, Any, Any], wanted: Wanted, *, limit: int, seconds: float
    ) -> Page:
        """Like `page`; if there is nothing, wait for up to ``seconds``, or until the client has gone."""
        [found] = await self.wait_for_any(request, [wanted], limit=limit, seconds=seconds)
        return _page_or_raise(found)

    async def wait_for_any(
        self, request: Request[Any, Any, Any], wanted: Sequence[Wanted], *, limit: int, seconds: float
    ) -> list[Page | Dm3Error]:
        """Like `pages`; if there is nothing in any of them, wait as `wait` does."""
        if seconds <= 0 or self._long_poll.closed or not wanted:
            return await self.pages(wanted, limit)
        end = asyncio.get_running_loop().time() + seconds
        with self._long_poll.subscribe({one.mailbox for one in wanted}) as waiter:
            found = await self.pages(wanted, limit)
            if any(map(_something, found)):
                return found
            gone = asyncio.create_task(client_gone(request))
            try:
                while not (any(map(_something, found)) or gone.done() or self._long_poll.closed):
                    waiter.seen = {
                        one.mailbox: page.last_seq
                        for one, page in zip(wanted, found, strict=True)
                        if isinstance(page, Page)
                    }
                    bell = asyncio.create_task(waiter.woken())
                    left = end - asyncio.get_running_loop().time()
                    await asyncio.wait((bell, gone), timeout=left, return_when=asyncio.FIRST_COMPLETED)
                    woken = bell.done()
                    bell.cancel()
                    if not woken:
                        break
                    found = await self.pages(wanted, limit)
                return found
            finally:
                gone.cancel()

    def _rules(self) -> Readers:
        """The rules about readers; while the clock is not believed, nobody is lost by it."""
        behind = self._clock.keeping_now() - self._clock.deleting_now()
        return Readers(self._readers.keep + behind, self._readers.most)

    def _unseen(self, page: Page, now: int) -> bool:
        return page.reader_seen is None or page.reader_seen < now - self._seen_seconds

    async def _see(self, wanted: Sequence[Wanted]) -> dict[tuple[str, str], Dm3Error]:
        """Note that these readers were seen, or register them; returns those that are too many."""
        if not wanted:
            return {}
        now, rules = self._clock.keeping_now(), self._rules()

        def see(connection: Connection) -> list[int | None]:
            return [admit_reader(connection, one.mailbox, one.reader, rules, now) for one in wanted]

        try:
            counts = await self._database.write_unless_held(see)
        except StoreError as error:  # full, read-only or held: that keeps nobody from reading
            log.warning("a reader's visit cannot be noted", reason=error.detail)
            return {}
        return {
            (one.mailbox, one.reader): TooManyReaders()
            for one, count in zip(wanted, counts, strict=True)
            if count is None
        }

    async def acknowledge(
        self, box: str, reader: str, hashes: Collection[str], places: Mapping[str, Collection[int]]
    ) -> int:
        """Note what the reader has; returns how many of them were new. Raises `TooManyReaders`.

        It has those with ``hashes``, and those that have a hash of ``places`` at one of its places.
        """
        told = [(hash_, None) for hash_ in hashes]
        placed = [(hash_, place) for hash_, numbers in places.items() for place in numbers]
        receipts: list[tuple[str, int | None]] = [*told, *placed]
        count = 0
        # Many at once would hold the only writer; and even none is the reader's visit.
        for first in range(0, max(1, len(receipts)), ACKNOWLEDGED_TOGETHER):
            count += await self._acknowledge(box, reader, receipts[first : first + ACKNOWLEDGED_TOGETHER])
        self._metrics.acknowledged.inc(count)
        return count

    async def _acknowledge(self, box: str, reader: str, receipts: Sequence[tuple[str, int | None]]) -> int:
        hashes = [hash_ for hash_, place in receipts if place is None]
        places: dict[str, set[int]] = {}
        for hash_, place in receipts:
            if place is not None:
                places.setdefault(hash_, set()).add(place)
        now, rules = self._clock.keeping_now(), self._rules()
        count = await self._database.write(
            lambda connection: acknowledge(connection, box, reader, hashes, rules, now, places)
        )
        if count is None:
            raise TooManyReaders()
        return count

    async def add_reader(self, box: str, reader: str) -> int:
        """Register a reader; returns how many there are. Raises `TooManyReaders`."""
        now, rules = self._clock.keeping_now(), self._rules()
        count = await self._database.write(
            lambda connection: admit_reader(connection, box, reader, rules, now)
        )
        if count is None:
            raise TooManyReaders()
        return count

    async def remove_reader(self, box: str, reader: str) -> None:
        """Unregister a reader, and remove the messages that it alone still lacked."""

        def forgotten(connection: Connection, most: int) -> tuple[bool, bool]:
            if forget_notes(connection, box, reader, most) == most:
                return False, True
            return remove_reader(connection, box, reader), False

        async for removed in page_by_page(self._database, forgotten):
            if removed:
                await self.release(box)

    async def release(self, box: str) -> None:
        """Remove what all readers that are left have, in short transactions."""
        position = 0
        now = self._clock.deleting_now()

        def released(connection: Connection, most: int) -> tuple[int | None, bool]:
            _, onward = release(connection, box, self._readers, now, position, most)
            return onward, onward is not None

        async for onward in page_by_page(self._database, released):
            position = onward or 0


def _page_or_raise(found: Page | Dm3Error) -> Page:
    if isinstance(found, Dm3Error):
        raise found
    return found


def _something(found: Page | Dm3Error) -> bool:
    """Whether there is something to tell that is not to wait."""
    return isinstance(found, Dm3Error) or bool(found.messages)
