"""The halves of visitors' keys that a widget host keeps, each found by its cookie's hash alone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from ..engine.database import Database
from ..engine.service_state import ServiceState
from .tables import service_state, wrapping_key

KEPT_DAYS: Final = 400
"""Days from the last use; browsers keep cookies no longer."""
STATE: Final = ServiceState(service_state)
_DAY: Final = 86_400


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


class WrappingKeys:
    """Locked keys by application and cookie hash; ``today`` is the number of days since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, app: str, cookie_hash: bytes, locked: bytes, today: int) -> None:
        """Keep a new key."""

        def work(connection: Connection) -> None:
            connection.execute(
                wrapping_key.insert().values(
                    cookie_hash=cookie_hash, app=app, locked_key=locked, used_on=today
                )
            )

        await self._database.write(work)

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
        if used_on < today:  # once a day at most: fetching the key is no write
            await self._database.write(
                lambda connection: connection.execute(wrapping_key.update().where(its).values(used_on=today))
            )
        return locked

    async def remove(self, app: str, cookie_hash: bytes) -> None:
        """Forget a key."""
        its = (wrapping_key.c.cookie_hash == cookie_hash) & (wrapping_key.c.app == app)
        await self._database.write(lambda connection: connection.execute(wrapping_key.delete().where(its)))
