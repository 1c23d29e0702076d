"""Revisions of a schema, as the files of its migrations tell them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dm3.base.errors import StoreError

MIGRATING: Final = "dm3_migrating"
"""Execution option of the connection that upgrades: it takes the write lock from the beginning."""


def newest_revision(folder: Path) -> str:
    """The newest revision by the files' names: ``vault/versions/0001_first.py`` is ``vault_0001``."""
    files = sorted(path.name for path in (folder / "versions").glob("[0-9]*.py"))
    if not files:
        raise StoreError(f"there is no schema {folder.name}")
    return f"{folder.name}_{files[-1][:4]}"
