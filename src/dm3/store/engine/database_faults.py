"""What a database's error means, and what to do: a lock is no full disk."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

from dm3.base.errors import StoreError

_HINTS: Final = {
    sqlite3.SQLITE_BUSY: "Another program holds it. Nothing was changed: end that program, or try again.",
    sqlite3.SQLITE_LOCKED: "Another program holds it. Nothing was changed: end that program, or try again.",
    sqlite3.SQLITE_FULL: "The disk, or the space that you may use on it, is full. Make room, then try again.",
    sqlite3.SQLITE_READONLY: "It may not be written: check whose the file and its folder are. "
    "To look at it as it is, open a copy in a folder of yours.",
    sqlite3.SQLITE_CANTOPEN: "Check that the folder is there, and that you may read and write it.",
    sqlite3.SQLITE_NOTADB: "This is no database: check that the file is the right one.",
    sqlite3.SQLITE_CORRUPT: "It is damaged: use a copy that you have of it.",
    sqlite3.SQLITE_IOERR: "The disk cannot be read or written: check it, and that it is not full.",
}
_PRIMARY: Final = 0xFF
"""The rest of SQLite's codes says more exactly what it was."""


def explained(error: DBAPIError, where: str = "") -> StoreError:
    """The error as a sentence that says whose fault it is; ``where`` begins it."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY
    return StoreError(f"{where}{error.orig}", hint=_HINTS.get(code))
