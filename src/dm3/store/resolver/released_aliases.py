"""Reserved aliases that the operator gives to one profile each. Work functions for `dm3.store.Database`."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from .tables import alias as claimed
from .tables import released_alias


def released_for(connection: Connection, alias: str) -> str | None:
    """The address name that may claim ``alias`` though its label is reserved; None where there is none."""
    found = connection.execute(select(released_alias.c.name).where(released_alias.c.alias == alias)).scalar()
    return None if found is None else str(found)


def release_alias(connection: Connection, alias: str, name: str) -> str | None:
    """Let the profile ``name`` claim ``alias``, and nobody else from now on.

    Returns whose the alias is already, where that is another profile's; then nothing is changed.
    """
    holder = connection.execute(select(claimed.c.name).where(claimed.c.alias == alias)).scalar()
    if holder is not None and holder != name:
        return str(holder)
    withhold_alias(connection, alias)
    connection.execute(insert(released_alias).values(alias=alias, name=name))
    return None


def withhold_alias(connection: Connection, alias: str) -> bool:
    """Reserve ``alias`` again; whether it was released. Who has claimed it meanwhile keeps it."""
    return bool(connection.execute(delete(released_alias).where(released_alias.c.alias == alias)).rowcount)
