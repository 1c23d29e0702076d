"""What a delivery service remembers of its own past. Work functions for `dm3.store.Database`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, func, insert, select

from .delivery_tables import mailbox, reader, service_state


def read_state(connection: Connection) -> dict[str, str]:
    """Everything that is remembered, by key."""
    rows = connection.execute(select(service_state.c.key, service_state.c.value))
    return {key: value for key, value in rows}  # noqa: C416  # rows are no tuples to mypy


def remember(connection: Connection, values: Mapping[str, str]) -> None:
    """Remember these values, in place of earlier ones with the same keys."""
    connection.execute(delete(service_state).where(service_state.c.key.in_(values)))
    connection.execute(insert(service_state), [{"key": key, "value": text} for key, text in values.items()])


def last_visit(connection: Connection) -> int | None:
    """When a reader was last seen (UNIX seconds); None where there never was one."""
    found = connection.execute(select(func.max(reader.c.seen))).scalar()
    return None if found is None else int(found)


def has_mailboxes(connection: Connection) -> bool:
    """Whether anybody is registered."""
    return connection.execute(select(mailbox.c.id).limit(1)).first() is not None
