"""What is wrong with a resolver, told at start, in the log and by ``/health``: the truth, not "ok"."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from typing import Final

import structlog

from dm3.service import StoreClock, Trouble, clock_troubles, in_rounds
from dm3.store import Database
from dm3.store.resolver import name_outside

log = structlog.get_logger("dm3.resolver")

LOOK_SECONDS: Final = 10.0
"""How often the store is looked at."""
SMALLEST_ROOM: Final = 64 * 1024 * 1024
"""Bytes on the disk below which the operator is told."""


class Condition:
    """Everything that ``/health`` of a resolver for these ``domains`` tells."""

    def __init__(self, domains: Sequence[str], database: Database, clock: StoreClock) -> None:
        self._domains = domains
        self._database = database
        self._clock = clock
        self._left: Trouble | None = None
        self._room: Trouble | None = None

    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong now."""
        found = [self._left, self._room]
        told = clock_troubles(
            self._clock,
            jumped="Claims that are valid may be refused",
            set_back="Claims that are valid may be refused",
            unwritable="The store cannot be written, and no claim is taken",
        )
        return (*(one for one in found if one is not None), *told)

    async def compare_domains(self) -> None:
        """Remark on names that were registered below domains that are not served now. Raises `StoreError`."""
        outside = await self._database.read(lambda connection: name_outside(connection, self._domains))
        if outside is not None:
            domain = outside.partition(".addr.")[2] or outside
            self._left = Trouble(
                "another-domain",
                f"Names below {domain} are registered in these data, and the resolver serves "
                f"{' and '.join(self._domains)} now: those names do not resolve any more.",
            )
            log.warning(self._left.sentence)

    async def look(self) -> None:
        """Look at clock, store and disk, now."""
        await self._clock.look()
        free = await asyncio.to_thread(self._free)
        before, self._room = self._room, None
        if free is not None and free < SMALLEST_ROOM:
            self._room = Trouble(
                "store-nearly-full", "The disk is nearly full: soon no claims can be stored. Make room on it."
            )
            if before is None:
                log.warning(self._room.sentence)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        await in_rounds(self.look, LOOK_SECONDS, log, "looking at the store failed", at_once=False)

    def _free(self) -> int | None:
        file = self._database.file
        try:
            return None if file is None else shutil.disk_usage(file.parent).free
        except OSError:
            return None
