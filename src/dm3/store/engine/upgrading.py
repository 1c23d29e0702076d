"""Upgrading a database with Alembic: copied first, in one transaction, by one program at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from dm3.base.errors import StoreError

from .revisions import MIGRATING


def upgrade(engine: Engine, folder: Path) -> None:
    """Bring the database to the newest revision in ``folder``; see `dm3.store.engine.migrate.migrate`."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    with (
        EnvironmentContext(
            config,
            scripts,
            fn=lambda revision, _: scripts._upgrade_revs("head", revision),
        ) as environment,
        engine.connect().execution_options(**{MIGRATING: True}) as connection,
        connection.begin(),
    ):
        # Asked under the lock: another program may have been faster.
        current = MigrationContext.configure(connection).get_current_revision()
        if current not in (None, scripts.get_current_head()):
            _require_known(scripts, current, engine)
            _back_up(engine, current)
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
    kept = Path(f"{path}.before-{revision}")
    kept.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(kept)) as copy:
        source.backup(copy)
