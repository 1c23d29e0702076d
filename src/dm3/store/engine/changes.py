"""Whether a database was changed, told without looking at what is in it."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine


class Changes:
    """A look at a SQLite file's change counter, on a connection of its own; other databases have none.

    One query of a few microseconds, whatever is in the database, sees what this and all other processes
    have committed. Not for several threads at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._seen: int | None = None
        self._lock = threading.Lock()

    def any(self) -> bool:
        """Whether something may have been committed since the last call; True the first time.

        Raises `sqlite3.Error`; the next call begins anew.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        with self._lock:
            try:
                found = self._version()
            except sqlite3.Error:
                self._drop()
                raise
            changed = found != self._seen
            self._seen = found
            return changed

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection, self._seen = self._connection, None, None
        if connection is not None:
            connection.invalidate()  # closes it: nobody else gets one that failed

    def _version(self) -> int:
        # The driver's own connection: a transaction would go on seeing the state of its start.
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        cursor = self._connection.cursor()
        try:
            return int(cursor.execute("PRAGMA data_version").fetchone()[0])
        finally:
            cursor.close()
