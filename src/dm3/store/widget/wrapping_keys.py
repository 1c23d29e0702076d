"""The halves of visitors' keys that a widget host keeps, each found by its cookie's hash alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection

from ..engine.database import Database
from ..engine.service_state import ServiceState
from .tables import service_state, wrapping_key

KEPT_DAYS: Final = 400
"""Days from the last use; browsers keep cookies no longer."""
STATE: Final = ServiceState(service_state)
MOST_AT_ONCE: Final = 100
"""How many keys make way for one; more are beyond a bound only where it was lowered."""
_DAY: Final = 86_400
_NEW: Final = wrapping_key.c.maker.is_not(None)
_BACK: Final = wrapping_key.c.maker.is_(None)


def last_use(connection: Connection) -> int | None:
    """When a key was last used (UNIX seconds, to the day); None where there never was one."""
    found = connection.execute(sa.select(sa.func.max(wrapping_key.c.used_on))).scalar()
    return None if found is None else int(found) * _DAY


def forget_unused(connection: Connection, today: int, most: int) -> tuple[int, bool]:
    """Forget up to ``most`` of the keys that nobody has used for too long.

    Returns how many they were, and whether there may be more.
    """
    old = sa.select(wrapping_key.c.cookie_hash).where(wrapping_key.c.used_on < today - KEPT_DAYS).limit(most)
    gone = connection.execute(wrapping_key.delete().where(wrapping_key.c.cookie_hash.in_(old))).rowcount
    return gone, gone >= most


class KeyBounds(Struct, frozen=True, kw_only=True):
    """How many keys are kept.

    ``of_one``: of one source, with which no browser has come back on a later day.
    ``new``: of all sources, with which none has.
    ``back``: with which one has.
    """

    of_one: int = 1_000
    new: int = 500_000
    back: int = 2_000_000


class WrappingKeys:
    """Locked keys by application and cookie hash; ``today`` is the number of days since 1970.

    They are bounded in number, and no new one is ever refused. Those with which no browser has come back on a
    later day are counted apart, for each source and in all: however many are made, they take the place of
    their like, first of the same source's, and never that of a key that is in use.
    """

    def __init__(self, database: Database, bounds: KeyBounds | None = None) -> None:
        self._database = database
        self._bounds = bounds or KeyBounds()
        self._counts: dict[bool, int] | None = None

    async def count_anew(self) -> None:
        """Count the keys, which other programs change, too; what is made meanwhile is counted next time."""
        self._counts = await self._database.read(_count)

    async def put(
        self, app: str, cookie_hash: bytes, locked: bytes, today: int, maker: bytes | None = None
    ) -> None:
        """Keep a new key; ``maker`` tags the source that it is made for, None for one that is in use."""

        def work(connection: Connection, counts: dict[bool, int]) -> None:
            connection.execute(
                wrapping_key.insert().values(
                    cookie_hash=cookie_hash, app=app, locked_key=locked, used_on=today, maker=maker
                )
            )
            counts[maker is None] += 1
            if maker is not None:
                same = wrapping_key.c.maker == maker
                kept = connection.execute(
                    sa.select(sa.func.count()).select_from(wrapping_key).where(same)
                ).scalar_one()
                counts[False] -= _forget(connection, same, kept - self._bounds.of_one)
            self._make_room(connection, counts)

        await self._write(work)

    async def get(self, app: str, cookie_hash: bytes, today: int) -> bytes | None:
        """The locked key, marked as used today; None when there is none."""
        its = (wrapping_key.c.cookie_hash == cookie_hash) & (wrapping_key.c.app == app)

        def find(connection: Connection) -> tuple[bytes, int] | None:
            row = connection.execute(
                sa.select(wrapping_key.c.locked_key, wrapping_key.c.used_on).where(its)
            ).one_or_none()
            return None if row is None else (row.locked_key, row.used_on)

        found = await self._database.read(find)
        if found is None:
            return None
        locked, used_on = found

        def use(connection: Connection, counts: dict[bool, int]) -> None:
            came_back = connection.execute(
                wrapping_key.update().where(its & _NEW).values(used_on=today, maker=None)
            ).rowcount
            if came_back:
                counts[False] -= came_back
                counts[True] += came_back
                self._make_room(connection, counts)
            else:
                connection.execute(wrapping_key.update().where(its).values(used_on=today))

        if used_on < today:  # once a day at most: fetching the key is no write
            await self._write(use)
        return locked

    async def remove(self, app: str, cookie_hash: bytes) -> None:
        """Forget a key."""
        its = (wrapping_key.c.cookie_hash == cookie_hash) & (wrapping_key.c.app == app)

        def work(connection: Connection, counts: dict[bool, int]) -> None:
            for back, which in ((False, _NEW), (True, _BACK)):
                counts[back] -= connection.execute(wrapping_key.delete().where(its & which)).rowcount

        await self._write(work)

    async def _write(self, work: Callable[[Connection, dict[bool, int]], None]) -> None:
        """Do ``work``, which changes the counts that it is given; they count once it is kept."""
        known = await self._known()

        def counted(connection: Connection) -> dict[bool, int]:
            counts = dict(known)  # the work may be undone, and done again
            work(connection, counts)
            return {back: counts[back] - known[back] for back in counts}

        changed = await self._database.write(counted)
        now = await self._known()
        self._counts = {back: now[back] + changed[back] for back in now}

    async def _known(self) -> dict[bool, int]:
        if self._counts is None:
            self._counts = await self._database.read(_count)
        return self._counts

    def _make_room(self, connection: Connection, counts: dict[bool, int]) -> None:
        counts[False] -= _forget(connection, _NEW, counts[False] - self._bounds.new)
        counts[True] -= _forget(connection, _BACK, counts[True] - self._bounds.back)


def _count(connection: Connection) -> dict[bool, int]:
    """How many keys there are, by whether a browser has come back with them."""
    every = sa.select(sa.func.count()).select_from(wrapping_key)
    return {
        back: connection.execute(every.where(which)).scalar_one()
        for back, which in ((False, _NEW), (True, _BACK))
    }


def _forget(connection: Connection, which: sa.ColumnElement[bool], beyond: int) -> int:
    """Forget those of these keys that were used longest ago, so many; returns how many they were."""
    if beyond <= 0:
        return 0
    longest_ago = (
        sa.select(wrapping_key.c.cookie_hash)
        .where(which)
        .order_by(wrapping_key.c.used_on)
        .limit(min(beyond, MOST_AT_ONCE))
    )
    return connection.execute(
        wrapping_key.delete().where(wrapping_key.c.cookie_hash.in_(longest_ago))
    ).rowcount
