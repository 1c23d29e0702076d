"""An overall deadline that only progress moves: small answers come within seconds, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

SLOWEST: Final = 16_384
"""Bytes a second; whoever sends or takes less than that is not waited for."""

Moved = Callable[[int], None]
"""Tells how many further bytes have come."""


@asynccontextmanager
async def moving_deadline(seconds: float, longest: float, moved: int = 0) -> AsyncIterator[Moved]:
    """Raise `TimeoutError` after ``seconds``, and a second more for every `SLOWEST` bytes.

    ``longest`` in seconds, however much moves; ``moved`` are the bytes that are to be sent first. A peer that
    drips a byte now and then, each in time for itself, is not waited for.
    """
    started = asyncio.get_running_loop().time()
    bytes_ = moved

    def until() -> float:
        return started + min(seconds + bytes_ / SLOWEST, max(longest, seconds))

    async with asyncio.timeout_at(until()) as limit:

        def more(count: int) -> None:
            nonlocal bytes_
            bytes_ += count
            limit.reschedule(until())

        yield more
