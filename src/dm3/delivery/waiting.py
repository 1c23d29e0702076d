"""Fetches that wait for a message, and what wakes them.

A message stored by this process wakes them at once. One stored by another process over the same database
is noticed by `watch`, which looks once a second at the mailboxes somebody waits at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from dm3.service import TooManyRequests
from dm3.store import Database
from dm3.store.mailboxes import last_seq

from .metrics import Metrics

log = structlog.get_logger("dm3.delivery")

LOOK_SECONDS: Final = 1.0
MAILBOXES_AT_ONCE: Final = 200
MAX_WAITERS: Final = 10_000
"""Fetches that may wait in this process; each costs a few kilobytes."""


class Waiter:
    """One fetch that waits; ``seen`` is the number of the last message it knows of."""

    __slots__ = ("_woken", "seen")

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.seen = 0

    def wake(self) -> None:
        """End the waiting."""
        self._woken.set()

    async def woken(self) -> None:
        """Wait until woken; a call that came since the last time counts."""
        await self._woken.wait()
        self._woken.clear()


class WaitingRoom:
    """All fetches that wait in this process, by mailbox."""

    def __init__(self, database: Database, most_per_mailbox: int, metrics: Metrics) -> None:
        self._database = database
        self._most = most_per_mailbox
        self._metrics = metrics
        self._waiters: dict[str, set[Waiter]] = {}
        self._count = 0
        self.closed = False

    @contextmanager
    def seat(self, box: str) -> Iterator[Waiter]:
        """Wait at a mailbox. Raises `TooManyRequests` when too many do already."""
        here = self._waiters.setdefault(box, set())
        if len(here) >= self._most or self._count >= MAX_WAITERS:
            self._leave(box, None)
            raise TooManyRequests("too many fetches wait at this mailbox")
        waiter = Waiter()
        here.add(waiter)
        self._count += 1
        self._metrics.waiting.inc()
        try:
            yield waiter
        finally:
            self._count -= 1
            self._metrics.waiting.dec()
            self._leave(box, waiter)

    def ring(self, box: str) -> None:
        """Something came into the mailbox."""
        for waiter in self._waiters.get(box, ()):
            waiter.wake()

    def close(self) -> None:
        """Let all go, and none wait from now on: the service is about to stop."""
        self.closed = True
        for box in self._waiters:
            self.ring(box)

    async def watch(self) -> None:
        """Notice what other processes store; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            boxes = list(self._waiters)
            try:
                for first in range(0, len(boxes), MAILBOXES_AT_ONCE):
                    await self._look(boxes[first : first + MAILBOXES_AT_ONCE])
            except Exception:  # the next look may succeed
                log.exception("looking for messages of other processes failed")

    async def _look(self, boxes: list[str]) -> None:
        # One look-up for each, since no query reaches over mailboxes; one thread hop for all.
        found = await self._database.read(lambda connection: [last_seq(connection, box) for box in boxes])
        for box, newest in zip(boxes, found, strict=True):
            for waiter in self._waiters.get(box, ()):
                if newest > waiter.seen:
                    waiter.wake()

    def _leave(self, box: str, waiter: Waiter | None) -> None:
        here = self._waiters.get(box)
        if here is not None:
            if waiter is not None:
                here.discard(waiter)
            if not here:
                del self._waiters[box]
