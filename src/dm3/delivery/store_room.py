"""Is there room in the store? Measured once a second, so that no message has to wait for it; what comes in
between counts until then.

Room is kept free for what must go on when messages no longer fit: logging in, fetching, acknowledging and
removing. Strangers stop first, so that they never use up what verified senders have.
"""

from __future__ import annotations

import asyncio
import shutil
from enum import Enum
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from dm3.service import in_rounds
from dm3.store import Database

log = structlog.get_logger("dm3.delivery")

LOOK_SECONDS: Final = 1.0
STRANGERS_PART: Final = 0.8
"""The part of the room that messages of unverified senders may fill."""


class Fullness(Enum):
    """What the store still takes."""

    ROOM = "room"
    VERIFIED_ONLY = "verified-only"
    FULL = "full"


class Measured(Struct, frozen=True):
    """Bytes: what the database holds, and what the disk has left (None where that is not known)."""

    used: int
    free: int | None


def grown(measured: Measured, size: int) -> Measured:
    """What will be measured when ``size`` more bytes are in the store."""
    free = measured.free
    return Measured(measured.used + size, None if free is None else max(0, free - size))


def judge(measured: Measured, *, most: int, kept_free: int) -> Fullness:
    """How full the store is: at most ``most`` bytes (0: any), and ``kept_free`` bytes left on the disk."""
    bounds = [] if not most else [most]
    if measured.free is not None:
        bounds.append(max(0, measured.used + measured.free - kept_free))
    if not bounds:
        return Fullness.ROOM
    room = min(bounds)
    if measured.used >= room:
        return Fullness.FULL
    return Fullness.VERIFIED_ONLY if measured.used >= room * STRANGERS_PART else Fullness.ROOM


class StoreRoom:
    """How full the store of a service is."""

    def __init__(self, database: Database, *, most: int, kept_free: int) -> None:
        self._database = database
        self._most = most
        self._kept_free = kept_free
        self._measured: Measured | None = None
        self._since = 0
        self.fullness = Fullness.ROOM
        """As it was measured."""

    def takes(self, *, verified: bool) -> bool:
        """Whether another message of such a sender is taken."""
        fullness = (
            self.fullness if self._measured is None else self._judged(grown(self._measured, self._since))
        )
        return fullness is Fullness.ROOM or (verified and fullness is Fullness.VERIFIED_ONLY)

    def count(self, size: int) -> None:
        """So many bytes are taken in."""
        self._since += size

    async def look(self) -> None:
        """Measure, now."""
        counted = self._since
        used, unused = await self._database.read(_sizes)
        free = await asyncio.to_thread(_free, self._database.file)
        self._measured = Measured(used, None if free is None else free + unused)
        self._since -= counted
        before, self.fullness = self.fullness, self._judged(self._measured)
        if self.fullness is not before:
            log.warning("the room in the store has changed", fullness=self.fullness.value, used=used)

    def _judged(self, measured: Measured) -> Fullness:
        return judge(measured, most=self._most, kept_free=self._kept_free)

    async def run(self) -> None:
        """Measure again and again, until cancelled."""
        await in_rounds(self.look, LOOK_SECONDS, log, "looking for room in the store failed")


def _sizes(connection: Connection) -> tuple[int, int]:
    """Bytes in use, and bytes of the file that may be used again."""
    if connection.dialect.name != "sqlite":
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() or 0), 0
    page, pages, unused = (
        int(connection.exec_driver_sql(f"PRAGMA {what}").scalar() or 0)
        for what in ("page_size", "page_count", "freelist_count")
    )
    return (pages - unused) * page, unused * page


def _free(file: Path | None) -> int | None:
    if file is None:
        return None
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return None
