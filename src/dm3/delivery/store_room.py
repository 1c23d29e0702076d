"""Is there room in the store? Looked at once a second, so that no message has to wait for it.

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
        self.fullness = Fullness.ROOM

    def takes(self, *, verified: bool) -> bool:
        """Whether another message of such a sender is taken."""
        return self.fullness is Fullness.ROOM or (verified and self.fullness is Fullness.VERIFIED_ONLY)

    async def look(self) -> None:
        """Measure, now."""
        used, unused = await self._database.read(_sizes)
        free = await asyncio.to_thread(_free, self._database.file)
        measured = Measured(used, None if free is None else free + unused)
        before, self.fullness = self.fullness, judge(measured, most=self._most, kept_free=self._kept_free)
        if self.fullness is not before:
            log.warning("the room in the store has changed", fullness=self.fullness.value, used=used)

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
