"""A whole vault as one encrypted file (``docs/embedding.md``, Moving to another machine).

Records go as they lie in the vault, sealed under its data key, and the data key goes with them; the file as
a whole is sealed under a passphrase of its own. So every record type comes along, whatever it is. Exporting
sees one state of the vault, also while it is in use. `dm3.store.vault.vault_import` is the way back.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import msgpack
from sqlalchemy import Connection, func, select, text

from dm3.base.errors import StoreError
from dm3.crypto import Passphrase, RandomBytes

from .change import require_generation
from .export_rows import Manifest, Row
from .keys import DataKey
from .stream import StreamWriter
from .tables import item
from .vault import Vault

_PAGE: Final = 200


async def export_vault(vault: Vault, path: Path, passphrase: Passphrase, random: RandomBytes) -> int:
    """Write the vault into a new file that only its owner may read; returns how many records.

    The file is there completely or not at all. Raises `StoreError` when there is one already.
    """
    return await vault.database.read(
        lambda connection: _write_file(connection, path, vault, passphrase, random)
    )


def _write_file(
    connection: Connection, path: Path, vault: Vault, passphrase: Passphrase, random: RandomBytes
) -> int:
    require_generation(connection, vault.generation)
    if path.exists() or path.is_symlink():
        raise _exists(path)
    draft = path.with_name(f".{path.name}.{random(6).hex()}.partial")
    try:
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(opened, "wb") as file:
                writer = StreamWriter(file, passphrase, random)
                count = _write_rows(connection, writer, vault.data_key)
                file.flush()
                os.fsync(file.fileno())
            _put_in_place(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"the vault cannot be exported to {path}: {error.strerror}") from None
    return count


def _put_in_place(draft: Path, path: Path) -> None:
    """Give the file its name, unless something has got it meanwhile; durable when this returns."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # no links here, as on many memory sticks: take the name first, then replace
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise _exists(path) from None
        draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _exists(path: Path) -> StoreError:
    return StoreError(f"{path} is there already", hint="Nothing is overwritten; choose another name.")


def _write_rows(connection: Connection, writer: StreamWriter, data_key: DataKey) -> int:
    schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    count = connection.execute(select(func.count()).select_from(item)).scalar_one()
    writer.write(msgpack.encode(Manifest(schema, count, data_key.reveal())))
    writer.flush()
    after = 0
    while rows := connection.execute(
        select(item).where(item.c.seq > after).order_by(item.c.seq).limit(_PAGE)
    ).all():
        for row in rows:
            writer.write(msgpack.encode(Row(row.record_type, row.key, row.section, row.revision, row.sealed)))
        after = rows[-1].seq
    writer.finish()
    return count
