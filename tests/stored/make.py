"""Writes what this build stores into a landing's folder: ``python -m tests.stored.make landing_2026_11``.

Run once for each landing, with the build that lands, and never again: later builds have to open what *that*
build wrote. For the next landing copy the newest folder's Python files, add what is new to each record and
table, and run it; ``forms.json`` is copied beside, so that the forms are frozen from then on.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from dm3.crypto import Passphrase
from dm3.store import Database
from dm3.store.vault.export import export_vault
from dm3.store.vault.vault import Vault

HERE = Path(__file__).parent


async def make(folder: Path) -> None:
    """Write vault, exported vault, service keys and databases. None of them may be there yet."""
    name = f"{__package__}.{folder.name}"
    records = importlib.import_module(f"{name}.records")
    databases = importlib.import_module(f"{name}.databases")
    vault = await _vault(folder / "vault.db", records.VAULT_PASSPHRASE, records.RECORDS)
    await export_vault(vault, folder / "exported.vault", records.EXPORT_PASSPHRASE, os.urandom)
    await vault.close()
    passphrase = os.urandom(32).hex().encode()
    (folder / "service-keys.pass").write_bytes(passphrase)
    keys = await _vault(folder / "service-keys.vault", Passphrase(passphrase), records.SERVICE_RECORDS)
    await keys.close()
    for schema in ("board", "delivery", "resolver", "widget"):
        database = Database.open(f"sqlite:///{folder / schema}.db", schema)
        await getattr(databases, f"fill_{schema}")(database)
        await database.close()
        rows = json.dumps(tables(folder / f"{schema}.db"), indent=1, sort_keys=True)
        (folder / f"{schema}.json").write_text(rows + "\n")


async def _vault(path: Path, passphrase: Passphrase, records: tuple[Any, ...]) -> Vault:
    vault = await Vault.open(path, passphrase)
    for record_type, key, section, record in records:
        await vault.put(record_type, key, record, section=section)
    return vault


def tables(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, bytes as base64 after ``base64:``."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [
            row["name"]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not row["name"].startswith("sqlite_")
        ]
        return {
            name: [
                {column: _plain(row[column]) for column in row.keys()}  # noqa: SIM118  a Row iterates over values
                for row in connection.execute(f'SELECT * FROM "{name}"')
            ]
            for name in names
        }


def _plain(value: Any) -> Any:
    return "base64:" + base64.b64encode(value).decode() if isinstance(value, bytes) else value


if __name__ == "__main__":
    landing = HERE / sys.argv[1]
    if any(landing.glob("*.db")):
        sys.exit(f"{landing} is made already: what a landing has stored is not made anew")
    asyncio.run(make(landing))
    shutil.copy(HERE / "forms.json", landing)
