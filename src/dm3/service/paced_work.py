"""Long work in small pages with pauses, so that the only writer is never held for long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

from sqlalchemy import Connection

from dm3.store import Database

T = TypeVar("T")

HELD_SECONDS: Final = 0.01
"""How long a page should take; the pages' size follows what the last one took."""
REST: Final = 4.0
"""The pause after a page, in times of what it took: messages that come in have most of the writer."""
FIRST_PAGE: Final = 16
LARGEST_PAGE: Final = 500


async def page_by_page(
    database: Database, work: Callable[[Connection, int], tuple[T, bool]]
) -> AsyncIterator[T]:
    """Run ``work``, which gets a page's size and says whether there is more, until there is none.

    Yields what each page gave, after its commit.
    """
    size, more = FIRST_PAGE, True
    while more:
        at_most = size

        def timed(connection: Connection, at_most: int = at_most) -> tuple[T, bool, float]:
            started = time.perf_counter()
            return *work(connection, at_most), started

        result, more, started = await database.write(timed)
        held = time.perf_counter() - started  # with the commit, which is the larger part on a slow disk
        yield result
        if more:
            wanted = int(size * HELD_SECONDS / max(held, 0.000_1))
            size = max(1, min(wanted, 2 * size, LARGEST_PAGE))
            await asyncio.sleep(held * REST)
