"""How a database is opened: SQLite's file and settings, or another database behind its URL."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from dm3.base.errors import StoreError

from .revisions import MIGRATING

READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 10_000
LONGEST_LOG: Final = 16_000
"""Pages of the log from which on the writer itself takes in what is left, so that it never grows further."""
WRITER: Final = "dm3-write"
"""The name of the thread that writes: its transactions take the lock at once."""


def open_engine(url: str, *, erasing: bool) -> Engine:
    """An engine for a SQLAlchemy ``url``; ``erasing``: what is removed is overwritten in the file, too.

    Raises `StoreError` where the file's folder cannot be used.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_size=READERS + 1, max_overflow=2)
    in_memory = parsed.database in (None, "", ":memory:")
    if in_memory:
        engine = create_engine(parsed, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        _make_file(Path(str(parsed.database)))
        engine = create_engine(
            parsed,
            pool_size=READERS + 1,
            max_overflow=2,
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        )

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions are ours, below, not the driver's
        cursor = raw.cursor()
        if not in_memory:
            _use_wal(cursor)
            cursor.execute(f"PRAGMA wal_autocheckpoint = {LONGEST_LOG}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA secure_delete = {'ON' if erasing else 'FAST'}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Taking the lock at once avoids upgrades that fail late.
        writing = threading.current_thread().name == WRITER or connection.get_execution_options().get(
            MIGRATING
        )
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _make_file(path: Path) -> None:
    """Make a file, and its folder, for their owner alone, where they are not there. Raises `StoreError`.

    What SQLite puts beside it has the same permissions.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} cannot be used: {error.strerror}") from None
    with contextlib.suppress(OSError):  # SQLite will say what is wrong with it
        path.touch(mode=0o600, exist_ok=True)
        mode = path.stat().st_mode
        for beside in (path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            # Left from when the file could only be read, and so could they.
            if beside.exists() and mode & ~beside.stat().st_mode & 0o200:
                beside.chmod(mode & 0o777)


def _use_wal(cursor: Any) -> None:
    """Turn the write-ahead log on. SQLite itself does not wait for a lock in its way, so we do."""
    ends = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ends:
                raise
            time.sleep(0.01)
