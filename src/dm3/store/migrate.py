"""Bringing a database to the schema of this program: upgrade, never guess, never go back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from dm3.base.errors import StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"

MIGRATING: Final = "dm3_migrating"
"""Execution option of the connection that upgrades: it takes the write lock from the beginning."""


def migrate(engine: Engine, schema: str) -> None:
    """Upgrade the database to the newest revision of ``schema`` in one transaction.

    An older SQLite file is copied first, to ``<file>.before-<revision>``. Raises `StoreError` when the
    file was written by a newer version of the program.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS / schema))
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.connect() as connection:
        if _revision(connection) == head:
            return
    with (
        EnvironmentContext(
            config,
            scripts,
            fn=lambda revision, _: scripts._upgrade_revs("head", revision),
        ) as environment,
        engine.connect().execution_options(**{MIGRATING: True}) as connection,
        connection.begin(),
    ):
        current = _revision(connection)  # under the lock: another process may have been faster
        if current not in (None, head):
            _require_known(scripts, current, engine)
            _back_up(engine, current)
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_known(scripts: ScriptDirectory, revision: str, engine: Engine) -> None:
    try:
        scripts.get_revision(revision)
    except CommandError:
        raise StoreError(
            f"{engine.url.render_as_string()} has schema {revision}, which this version does not know",
            hint="Install the newer version of dm3 that wrote it, or start with an empty data directory.",
        ) from None


def _back_up(engine: Engine, revision: str) -> None:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return
    kept = Path(f"{path}.before-{revision}")
    kept.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(kept)) as copy:
        source.backup(copy)
