"""What a service remembers of its own past, in a table of keys and values of its database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, delete, insert, select


class ServiceState:
    """The values in ``table``. Its methods are work functions for `dm3.store.Database`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, connection: Connection) -> dict[str, str]:
        """Everything that is remembered, by key."""
        rows = connection.execute(select(self._table.c.key, self._table.c.value))
        return {key: value for key, value in rows}  # noqa: C416  # rows are no tuples to mypy

    def remember(self, connection: Connection, values: Mapping[str, str]) -> None:
        """Remember these values, in place of earlier ones with the same keys."""
        connection.execute(delete(self._table).where(self._table.c.key.in_(values)))
        rows = [{"key": key, "value": text} for key, text in values.items()]
        connection.execute(insert(self._table), rows)
