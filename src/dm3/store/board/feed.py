"""The feed of a board, in pages: what is published, and what has changed since."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection, func, select

from ..engine.database import Database
from .statements import StoredStatement, stored_row
from .tables import StatementState, statement

_columns = statement.c


class FeedPage(Struct, frozen=True, kw_only=True):
    """A page of the feed.

    ``items``: statements in the order of the feed; those that do not stand there any more, too.
    ``next``: the place after which the feed goes on.
    ``before``: the place before which older ones are; None where there are none, or none were asked for.
    """

    items: tuple[StoredStatement, ...]
    next: int
    before: int | None = None


class Feed:
    """The feed in an open database of the schema ``board``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, limit: int, before: int | None = None) -> FeedPage:
        """The newest ``limit`` published statements, or those before a place; oldest first."""

        def work(connection: Connection) -> FeedPage:
            head = connection.execute(select(func.coalesce(func.max(_columns.position), 0))).scalar_one()
            query = select(statement).where(_columns.state == StatementState.PUBLISHED)
            if before is not None:
                query = query.where(_columns.position < before)
            rows = connection.execute(query.order_by(_columns.position.desc()).limit(limit + 1)).all()
            found = tuple(stored_row(row) for row in reversed(rows[:limit]))
            return FeedPage(items=found, next=head, before=found[0].position if len(rows) > limit else None)

        return await self._database.read(work)

    async def after(self, place: int, limit: int) -> FeedPage:
        """The first ``limit`` changes after a place: statements published since, and gone since."""

        def work(connection: Connection) -> FeedPage:
            query = select(statement).where(_columns.position > place)
            rows = connection.execute(query.order_by(_columns.position).limit(limit)).all()
            found = tuple(stored_row(row) for row in rows)
            return FeedPage(items=found, next=found[-1].position or place if found else place)

        return await self._database.read(work)
