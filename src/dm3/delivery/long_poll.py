"""Fetches that wait for a message, and what wakes them.

A message stored by this process wakes them at once. One stored by another process over the same database
is noticed by `watch`, which asks once a second whether the database was changed, and looks at the mailboxes
that somebody waits at only then: while nothing happens, those who wait cost nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from litestar import Request

from dm3.service import TooManyRequests
from dm3.store import Database
from dm3.store.delivery import last_seqs

from .metrics import Metrics

log = structlog.get_logger("dm3.delivery")

LOOK_SECONDS: Final = 1.0
MAILBOXES_AT_ONCE: Final = 200
MAX_WAITERS: Final = 10_000
"""Mailboxes that may be waited at in this process, for each fetch; each costs a few kilobytes."""


class Waiter:
    """One fetch that waits; ``seen`` are the numbers of the last messages it knows of, by mailbox."""

    __slots__ = ("_woken", "seen")

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.seen: dict[str, int] = {}

    def wake(self) -> None:
        """End the waiting."""
        self._woken.set()

    async def woken(self) -> None:
        """Wait until woken; a call that came since the last time counts."""
        await self._woken.wait()
        self._woken.clear()


class LongPoll:
    """All fetches that wait in this process, by mailbox."""

    def __init__(self, database: Database, most_per_mailbox: int, metrics: Metrics) -> None:
        self._database = database
        self._most = most_per_mailbox
        self._metrics = metrics
        self._waiters: dict[str, set[Waiter]] = {}
        self._count = 0
        self.closed = False
        self.looks = 0
        """How often the database was looked at for others' messages."""

    @contextmanager
    def subscribe(self, boxes: Collection[str]) -> Iterator[Waiter]:
        """Wait at mailboxes. Raises `TooManyRequests` when too many do already at all of them.

        What comes into one where too many wait is seen when the waiting ends.
        """
        free = {box for box in boxes if len(self._waiters.get(box, ())) < self._most}
        if not free or self._count + len(free) > MAX_WAITERS:
            raise TooManyRequests("too many fetches wait at this mailbox")
        waiter = Waiter()
        for box in free:
            self._waiters.setdefault(box, set()).add(waiter)
        self._count += len(free)
        self._metrics.waiting.inc()
        try:
            yield waiter
        finally:
            self._count -= len(free)
            self._metrics.waiting.dec()
            for box in free:
                self._leave(box, waiter)

    def notify(self, box: str) -> None:
        """Something came into the mailbox."""
        for waiter in self._waiters.get(box, ()):
            waiter.wake()

    def close(self) -> None:
        """Let all go, and none wait from now on: the service is about to stop."""
        self.closed = True
        for box in self._waiters:
            self.notify(box)

    async def watch(self) -> None:
        """Notice what other processes store; runs until cancelled."""
        due = True
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._waiters:
                due = True  # whoever comes next may have missed something meanwhile
                continue
            try:
                due = await self._database.changed() or due
                if due:
                    await self._look_at_all()
                    due = False
            except Exception:  # the next look may succeed
                log.exception("looking for messages of other processes failed")

    async def _look_at_all(self) -> None:
        boxes = list(self._waiters)
        self.looks += 1
        for first in range(0, len(boxes), MAILBOXES_AT_ONCE):
            await self._look(boxes[first : first + MAILBOXES_AT_ONCE])

    async def _look(self, boxes: list[str]) -> None:
        found = await self._database.read(lambda connection: last_seqs(connection, boxes))
        for box, newest in found.items():
            for waiter in self._waiters.get(box, ()):
                if newest > waiter.seen.get(box, 0):
                    waiter.wake()

    def _leave(self, box: str, waiter: Waiter) -> None:
        here = self._waiters[box]
        here.discard(waiter)
        if not here:
            del self._waiters[box]


async def client_gone(request: Request[Any, Any, Any]) -> None:
    """Return when the client has gone (the request itself was read before)."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
