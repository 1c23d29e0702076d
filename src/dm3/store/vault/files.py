"""The file that a vault lies in."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from ..engine.database import Database


def is_vault(path: Path) -> bool:
    """Whether something is kept there. An empty file is left by what was broken off, and no vault."""
    try:
        return path.stat().st_size > 0
    except OSError:  # opening it says what is wrong
        return False


def open_vault_database(path: Path) -> Database:
    """Open the database of a vault, or make one. Raises `StoreError`."""
    return Database.open(URL.create("sqlite", database=str(path)).render_as_string(), "vault")
