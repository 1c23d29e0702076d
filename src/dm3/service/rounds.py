"""What a service does again and again beside its requests: a failure ends one round, never the rounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from structlog.typing import FilteringBoundLogger


async def in_rounds(
    step: Callable[[], Awaitable[object]],
    seconds: float,
    log: FilteringBoundLogger,
    failed: str,
    *,
    at_once: bool = True,
) -> None:
    """Take ``step`` every so many ``seconds``, until cancelled.

    What it raises is logged as ``failed``: the next round may succeed. Without ``at_once`` it begins with a
    pause, where the first step was taken at the start.
    """
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await step()
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)
