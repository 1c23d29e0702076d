"""Statements as a board keeps them: taken in, published, withheld, gone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection

from ..engine.database import Database
from ..engine.service_state import ServiceState
from .tables import StatementState, service_state, statement

KEPT_MS: Final = 14 * 86_400_000
"""For how long the hash of a statement that is gone is kept: it does not come back meanwhile."""
MOST_REFUSED: Final = 10_000
"""Of how many refused messages it is kept why: authors ask soon, and a flood is not to be remembered."""
STATE: Final = ServiceState(service_state)
_PAGE: Final = 500
_ENDED: Final = (StatementState.GONE, StatementState.REFUSED)
_columns = statement.c


class StoredStatement(Struct, frozen=True, kw_only=True):
    """A statement.

    ``hash``: its message's.
    ``author``: the name that it is from.
    ``message``: the message's JSON text; "" of one that is gone or refused.
    ``profile``: the author's signed profile, JSON text; "" of one that is gone or refused.
    ``received_at``: when it came, in milliseconds.
    ``state``: where it stands.
    ``reason``: why it is gone or refused; "" before.
    ``position``: where the feed tells it; None before it was ever published.
    """

    hash: str
    author: str
    message: str
    profile: str
    received_at: int
    state: StatementState
    reason: str = ""
    position: int | None = None


class Counts(Struct, frozen=True, kw_only=True):
    """How many statements there are.

    ``by_author``: of one author since a time.
    ``in_all``: of all since that time.
    ``waiting``: that wait to be published.
    """

    by_author: int
    in_all: int
    waiting: int


class Statements:
    """The statements in an open database of the schema ``board``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, added: StoredStatement) -> bool:
        """Keep a new statement; False where it is known already, also as one that is gone."""

        def work(connection: Connection) -> bool:
            if _find(connection, added.hash) is not None:
                return False
            place = _next(connection) if added.state is StatementState.PUBLISHED else None
            row = {name: getattr(added, name) for name in added.__struct_fields__}
            connection.execute(statement.insert().values(**{**row, "position": place}))
            return True

        return await self._database.write(work)

    async def refuse(self, hash: str, author: str, reason: str, now: int) -> None:
        """Keep that a message was refused, and why: it stays so. ``now`` in milliseconds.

        What is known already stays as it is. Beyond `MOST_REFUSED` the oldest ones are forgotten.
        """

        def work(connection: Connection) -> None:
            if _find(connection, hash) is not None:
                return
            refused = _columns.state == StatementState.REFUSED
            oldest = sa.select(_columns.hash).where(refused).order_by(_columns.received_at.desc())
            surplus = oldest.offset(MOST_REFUSED - 1).limit(_PAGE)
            connection.execute(statement.delete().where(_columns.hash.in_(surplus)))
            row = {"hash": hash, "author": author[:255], "message": "", "profile": "", "received_at": now}
            kept = {**row, "state": StatementState.REFUSED, "reason": reason, "position": None}
            connection.execute(statement.insert().values(**kept))

        await self._database.write(work)

    async def get(self, hash: str) -> StoredStatement | None:
        """The statement of that hash; None where there is none."""
        return await self._database.read(lambda connection: _find(connection, hash))

    async def beginning(self, start: str) -> list[StoredStatement]:
        """The statements whose hash begins so, two at most; ``start`` without wildcards."""
        where = _columns.hash.startswith(start, autoescape=True)
        return await self._select(sa.select(statement).where(where).limit(2))

    async def of_state(self, state: StatementState, limit: int) -> list[StoredStatement]:
        """The newest ``limit`` statements of a state, oldest first."""
        query = sa.select(statement).where(_columns.state == state)
        newest = await self._select(query.order_by(_columns.received_at.desc()).limit(limit))
        return newest[::-1]

    async def counts(self, author: str, since: int, now: int) -> Counts:
        """How many came from ``since`` to ``now`` (milliseconds), of this author and in all; how many wait.

        What came while the clock was ahead does not count until then.
        """

        def work(connection: Connection) -> Counts:
            taken = _columns.state != StatementState.REFUSED
            new = sa.select(sa.func.count()).where(_columns.received_at.between(since, now), taken)
            waits = sa.select(sa.func.count()).where(_columns.state == StatementState.WAITING)
            return Counts(
                by_author=connection.execute(new.where(_columns.author == author)).scalar_one(),
                in_all=connection.execute(new).scalar_one(),
                waiting=connection.execute(waits).scalar_one(),
            )

        return await self._database.read(work)

    async def publish(self, hash: str) -> bool:
        """Publish one that waits; False where it does not wait."""
        return await self._move(hash, StatementState.WAITING, StatementState.PUBLISHED)

    async def withhold(self, hash: str) -> bool:
        """Have a published one wait again: the feed says that it is gone. False where it is not published."""
        return await self._move(hash, StatementState.PUBLISHED, StatementState.WAITING)

    async def remove(self, hash: str, reason: str, *, author: str | None = None) -> bool:
        """Have a statement be gone for ``reason``; False where there is none, or none of ``author``."""

        def work(connection: Connection) -> bool:
            found = _find(connection, hash)
            if found is None or found.state in _ENDED or author not in (None, found.author):
                return False
            _bury(connection, found, reason)
            return True

        return await self._database.write(work)

    async def _move(self, hash: str, start: StatementState, end: StatementState) -> bool:
        def work(connection: Connection) -> bool:
            found = _find(connection, hash)
            if found is None or found.state is not start:
                return False
            change = statement.update().where(_columns.hash == hash)
            connection.execute(change.values(state=end, position=_next(connection)))
            return True

        return await self._database.write(work)

    async def _select(self, query: sa.Select[tuple[object, ...]]) -> list[StoredStatement]:
        return await self._database.read(
            lambda connection: [stored_row(row) for row in connection.execute(query).all()]
        )


def clean(connection: Connection, most_published: int, now: int, most: int) -> tuple[int, bool]:
    """Let the oldest published ones go beyond so many; forget those gone or refused long since.

    Up to ``most`` of each kind; returns how many they were, and whether there may be more. ``now`` in
    milliseconds. A work function for `dm3.store.Database`.
    """
    published = sa.select(statement).where(_columns.state == StatementState.PUBLISHED)
    surplus = published.order_by(_columns.received_at.desc()).offset(most_published).limit(most)
    buried = connection.execute(surplus).all()
    for row in buried:
        _bury(connection, stored_row(row), "old")
    last = sa.select(sa.func.max(_columns.position)).scalar_subquery()
    over = (
        _columns.state.in_(_ENDED)
        & (_columns.received_at < now - KEPT_MS)
        # The last place stays taken: readers have been told of it.
        & (_columns.position.is_(None) | (_columns.position < last))
    )
    forgotten = _columns.hash.in_(sa.select(_columns.hash).where(over).limit(most))
    gone = connection.execute(statement.delete().where(forgotten)).rowcount
    return len(buried) + gone, len(buried) == most or gone == most


def last_use(connection: Connection) -> int | None:
    """When the last statement came (UNIX seconds); None where there never was one."""
    found = connection.execute(sa.select(sa.func.max(_columns.received_at))).scalar()
    return None if found is None else int(found) // 1_000


def _find(connection: Connection, hash: str) -> StoredStatement | None:
    row = connection.execute(sa.select(statement).where(_columns.hash == hash)).one_or_none()
    return None if row is None else stored_row(row)


def stored_row(row: sa.Row[tuple[object, ...]]) -> StoredStatement:
    """The statement in a row of the table."""
    values = dict(row._mapping)
    return StoredStatement(**{**values, "state": StatementState(values["state"])})


def _next(connection: Connection) -> int:
    """The next place in the feed."""
    return (
        int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(_columns.position), 0))).scalar_one())
        + 1
    )


def _bury(connection: Connection, found: StoredStatement, reason: str) -> None:
    told = None if found.position is None else _next(connection)
    left = {"state": StatementState.GONE, "reason": reason, "message": "", "profile": "", "position": told}
    connection.execute(statement.update().where(_columns.hash == found.hash).values(**left))
