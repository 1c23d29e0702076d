"""A database without threads: for stories in which thousands of small steps wait for one another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from sqlalchemy import Connection

from dm3.base.errors import StoreError
from dm3.store import Database

T = TypeVar("T")


class AtOnce(Database):
    """The real database, in memory, whose work is done where it is asked for, each in a transaction.

    Handing a step to the writer's thread and back takes longer than the step. Others have their turn before
    each, as they have with the thread, and the same story goes the same way each time.
    """

    async def _hand_over(
        self, work: Callable[[Connection], T], ended: Callable[[Future[T]], None] | None = None
    ) -> T:
        if self._closed:
            raise StoreError("the database is closed")
        await asyncio.sleep(0)
        done: Future[T] = Future()
        if ended is not None:
            done.add_done_callback(ended)
        self._commit([(work, done)])
        return done.result()
