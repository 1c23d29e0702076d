"""A database without threads: for stories in which thousands of small steps wait for one another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction of its own."""
        if self._closed:
            raise StoreError("the database is closed")
        await asyncio.sleep(0)
        with self._engine.begin() as connection:
            return work(connection)
