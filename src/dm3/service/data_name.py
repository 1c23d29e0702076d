"""The name under which a service's data were written, beside the one that it has now."""

from __future__ import annotations

from typing import Final

from dm3.store import Database
from dm3.store.engine import ServiceState

from .store_clock import StoreClock

_KEY: Final = "name"


async def former_name(database: Database, state: ServiceState, name: str, clock: StoreClock) -> str | None:
    """The other name under which the data were written, if there is one; data without a name get this one.

    Raises `StoreError`.
    """
    before = (await database.read(state.read)).get(_KEY)
    if before is None and not clock.unwritable:
        await database.write(lambda connection: state.remember(connection, {_KEY: name}))
    return before if before != name else None
