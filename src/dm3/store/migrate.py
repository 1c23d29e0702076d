"""Bringing a database to the schema of this program: upgrade, never guess, never go back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from dm3.base.errors import StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"


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
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None:
        _require_known(scripts, current, engine)
        _back_up(engine, current)
    with (
        EnvironmentContext(
            config,
            scripts,
            fn=lambda revision, _: scripts._upgrade_revs("head", revision),
        ) as environment,
        engine.begin() as connection,
    ):
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()


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
    with sqlite3.connect(path) as source, sqlite3.connect(f"{path}.before-{revision}") as copy:
        source.backup(copy)
    source.close()
    copy.close()
