"""Long work in small pages with pauses, so that the only writer is never held for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

from sqlalchemy import Connection

from dm3.store import Database

T = TypeVar("T")

HELD_SECONDS: Final = 0.015
"""How long a page should hold the writer; the pages' size follows what the last ones took."""
REST: Final = 4.0
"""The pause after a page, in times of what it took: messages that come in have most of the writer."""
FIRST_PAGE: Final = 16
LARGEST_PAGE: Final = 500
SMALLEST_PAGE: Final = 8


class Pace:
    """How large the next page is: begun small, it follows the time for which the last ones held the writer.

    A page that alone was slow waited for the disk, or for a turn of the processor, as anything does now and
    then; a smaller one would have waited as long. So of the last two the faster one counts.
    """

    def __init__(self) -> None:
        self.size = FIRST_PAGE
        self._before: float | None = None

    def held(self, seconds: float) -> None:
        """The page just done held the writer for so long."""
        for_each = seconds / self.size
        counts = for_each if self._before is None else min(for_each, self._before)
        self._before = for_each
        fitting = int(HELD_SECONDS / max(counts, 0.000_001))
        self.size = max(SMALLEST_PAGE, min(fitting, 2 * self.size, LARGEST_PAGE))


async def page_by_page(
    database: Database, work: Callable[[Connection, int], tuple[T, bool]]
) -> AsyncIterator[T]:
    """Run ``work``, which gets a page's size and says whether there is more, until there is none.

    Yields what each page gave, after its commit.
    """
    pace, more = Pace(), True
    while more:
        at_most = pace.size

        def page(connection: Connection, at_most: int = at_most) -> tuple[T, bool]:
            return work(connection, at_most)

        (result, more), held = await database.write_timed(page)
        yield result
        if more:
            pace.held(held)
            await asyncio.sleep(held * REST)
