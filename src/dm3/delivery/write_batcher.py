"""The way into the store: what is accepted at the same time is committed together.

While one batch is being committed the next one gathers, so a busy service needs one hand-over to the
writer and one fsync for many messages, and an idle one answers without delay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from dm3.base.errors import StoreError
from dm3.store import Database
from dm3.store.delivery import Quota, StampedEnvelope, StoreResult, deposit

from .metrics import Metrics

log = structlog.get_logger("dm3.delivery")

MAX_BATCH: Final = 256
MAX_BATCH_BYTES: Final = 8_000_000
MAX_QUEUE: Final = 5_000
"""Messages that may wait for the store; more are refused for the moment."""

_Item = tuple[StampedEnvelope, "asyncio.Future[StoreResult]"]


class WriteBatcher:
    """Stores stamped envelopes; ``arrived`` is told the mailbox of each one that was."""

    def __init__(
        self, database: Database, quota: Quota, arrived: Callable[[str], None], metrics: Metrics
    ) -> None:
        self._database = database
        self._quota = quota
        self._arrived = arrived
        self._metrics = metrics
        self._queue: list[_Item] = []
        self._running: asyncio.Task[None] | None = None

    async def put(self, stamped: StampedEnvelope) -> StoreResult:
        """Store a stamped envelope; returns once that is durable.

        Raises `StoreError` when it cannot be done now.
        """
        if len(self._queue) >= MAX_QUEUE:
            raise StoreError("the store is busy", hint="Try again in a few seconds.")
        done: asyncio.Future[StoreResult] = asyncio.get_running_loop().create_future()
        self._queue.append((stamped, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await done

    async def drain(self) -> None:
        """Wait until everything that was handed in is stored."""
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._store(self._next_batch())
        finally:
            self._running = None

    def _next_batch(self) -> list[_Item]:
        count = size = 0
        for stamped, _ in self._queue[:MAX_BATCH]:
            size += len(stamped.envelope)
            if count and size > MAX_BATCH_BYTES:
                break
            count += 1
        batch, self._queue = self._queue[:count], self._queue[count:]
        return batch

    async def _store(self, batch: list[_Item]) -> None:
        envelopes = [stamped for stamped, _ in batch]
        try:
            outcomes = await self._database.write(
                lambda connection: deposit(connection, envelopes, self._quota)
            )
        except StoreError as error:
            # Full or locked: no fault of one message, so none is tried by itself.
            log.warning("the store took no messages", messages=len(batch), reason=error.detail)
            for _, done in batch:
                _fail(done, StoreError("the store takes no messages at the moment"))
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for item in batch:
                await self._store([item])
        else:
            self._metrics.batch_messages.observe(len(batch))
            for (stamped, done), outcome in zip(batch, outcomes, strict=True):
                if outcome is StoreResult.STORED:
                    self._arrived(stamped.mailbox)
                if not done.done():
                    done.set_result(outcome)


def _fail(done: asyncio.Future[StoreResult], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
