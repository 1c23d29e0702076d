"""What is wrong with a board, told at start, in the log and by ``/health``: the truth, not "ok"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from dm3.base.errors import Dm3Error
from dm3.service import StoreClock, Trouble, clock_troubles

log = structlog.get_logger("dm3.board")

LOOK_SECONDS: Final = 10.0
"""How often the store is looked at."""


class Condition:
    """What ``/health`` of a board tells; ``errors`` gives what keeps statements from being read."""

    def __init__(self, clock: StoreClock, errors: Callable[[], Sequence[Dm3Error]]) -> None:
        self._clock = clock
        self._errors = errors

    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong now."""
        told = clock_troubles(
            self._clock,
            jumped="Nothing is deleted, and statements that seem to be old wait",
            set_back="Statements that come now get wrong times",
            unwritable="The store cannot be written, and no statement is taken in",
        )
        errors = self._errors()
        if not errors:
            return told
        return (*told, Trouble("statements-not-read", f"New statements cannot be picked up now: {errors[0]}"))

    async def watch(self) -> None:
        """Look at clock and store again and again, until cancelled."""
        while True:
            try:
                await self._clock.look()
            except Exception:  # the next look may succeed
                log.exception("looking at the store failed")
            await asyncio.sleep(LOOK_SECONDS)
