"""Bringing a database to the schema of this program: upgrade, never guess, never go back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from .revisions import newest_revision

_MIGRATIONS = Path(__file__).parents[1] / "migrations"


def migrate(engine: Engine, schema: str) -> None:
    """Upgrade the database to the newest revision of ``schema`` in one transaction.

    An older SQLite file is copied first, to ``<file>.before-<revision>``. Raises `StoreError` when the
    file was written by a newer version of the program.
    """
    folder = _MIGRATIONS / schema
    if _revision(engine) == newest_revision(folder):
        return
    # Importing Alembic takes a quarter of a second, which every command would wait for.
    from .upgrading import upgrade

    upgrade(engine, folder)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
