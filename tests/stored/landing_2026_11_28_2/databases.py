"""Fills the databases of the services by what the services themselves call, every table of them.

What then stood in each row is in the JSON files beside, so that later builds are compared with what was, not
with what they would write.
"""

from __future__ import annotations

from dm3.store import Database
from dm3.store.board import Statements, StatementState, StoredStatement
from dm3.store.widget.wrapping_keys import STATE

from ..landing_2026_11_28 import databases as before
from .records import HASH, HASH_2, HASH_3, LIMITED, OWNER, SIGNED

NOW = before.NOW

__all__ = ["fill_board", "fill_delivery", "fill_resolver", "fill_widget"]

fill_delivery = before.fill_delivery
fill_resolver = before.fill_resolver


async def fill_widget(database: Database) -> None:
    """As before, and what the host knows of its own past."""
    await before.fill_widget(database)
    await database.write(lambda connection: STATE.remember(connection, {"clock": str(NOW)}))


async def fill_board(database: Database) -> None:
    """A statement that waits, one that is published, and what is left of one that was."""
    statements = Statements(database)
    states = (
        (HASH, StatementState.WAITING),
        (HASH_2, StatementState.PUBLISHED),
        (HASH_3, StatementState.PUBLISHED),
    )
    for at, (hash, state) in enumerate(states):
        added = StoredStatement(
            hash=hash,
            author=LIMITED if at else f"{OWNER.lower()}.addr.dm3.eth",
            message='{"message":"Hello, Grüße"}',
            profile=SIGNED,
            received_at=NOW * 1000 + at,
            state=state,
        )
        assert await statements.add(added)
    assert await statements.remove(HASH_3, "withdrawn")
