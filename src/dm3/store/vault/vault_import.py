"""An exported vault taken in: one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import MsgspecError, Struct, msgpack
from sqlalchemy import Connection, insert, select, update

from dm3.base.errors import StoreError
from dm3.crypto import Passphrase, RandomBytes

from .export_rows import SCHEMAS, Manifest, Row
from .files import open_vault_database
from .keys import DataKey, RecordCipher, wrap
from .record_types import RecordType
from .stream import read_records
from .tables import header, item
from .vault import unlock_header

R = TypeVar("R", bound=Struct)


class Rewrite(Struct, Generic[R], frozen=True):
    """What becomes of each record of one type when it is taken in."""

    record_type: RecordType[R]
    change: Callable[[R], R]


class Imported(Struct, frozen=True):
    """What came of an import.

    ``items``: how many records the vault holds now.
    ``already``: it held them before, and nothing was changed.
    """

    items: int
    already: bool


async def import_vault(
    source: Path,
    passphrase: Passphrase,
    into: Path,
    into_passphrase: Passphrase,
    rewrite: Rewrite[Any],
    random: RandomBytes,
) -> Imported:
    """Take an exported vault in, into a vault that is not there yet, is empty, or holds the same already.

    Raises `VaultLocked` for a wrong passphrase of either, `StoreError` for a file that cannot be used and
    for a vault that holds something else. Nothing is changed then.
    """
    existed = _is_there(into)
    database = open_vault_database(into)
    try:
        taking = _Taking(source, passphrase, into, into_passphrase, rewrite, random)
        return await database.write(taking.run)
    except BaseException:
        await database.close()
        if not existed:
            _remove(into)
        raise
    finally:
        await database.close()


def _is_there(path: Path) -> bool:
    return path.exists()


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


class _Taking:
    """One import, as work for the database's writer."""

    def __init__(
        self,
        source: Path,
        passphrase: Passphrase,
        into: Path,
        into_passphrase: Passphrase,
        rewrite: Rewrite[Any],
        random: RandomBytes,
    ) -> None:
        self._source = source
        self._passphrase = passphrase
        self._into = into
        self._into_passphrase = into_passphrase
        self._rewrite = rewrite
        self._random = random

    def run(self, connection: Connection) -> Imported:
        try:
            with self._source.open("rb") as file:
                return self._take(connection, read_records(file, self._passphrase))
        except OSError as error:
            raise StoreError(f"{self._source} cannot be read: {error.strerror}") from None

    def _take(self, connection: Connection, records: Iterator[bytes]) -> Imported:
        locked = connection.execute(select(header.c.id)).first() is not None
        held = unlock_header(connection, self._into_passphrase, self._random) if locked else None
        manifest = decode(next(records, b""), Manifest)
        if manifest.schema not in SCHEMAS:
            raise StoreError(
                f"the exported vault has schema {manifest.schema[:60]!r}, which this version does not know",
                hint="Install the newer version of dm3 that wrote it.",
            )
        data_key = DataKey.from_bytes(manifest.data_key)
        rows = (decode(record, Row) for record in records)
        if connection.execute(select(item.c.seq).limit(1)).first() is not None:
            if held != data_key:
                raise self._occupied("holds other profiles and messages")
            return self._compare(connection, rows, manifest)
        count = self._insert(connection, rows, RecordCipher(data_key, self._random))
        _require(count, manifest)
        kdf, wrapped = wrap(data_key, self._into_passphrase, self._random)
        if locked:
            renewed = header.c.generation + 1  # whoever has the empty vault open has another key
            connection.execute(update(header).values(kdf=kdf, wrapped_key=wrapped, generation=renewed))
        else:
            connection.execute(insert(header).values(id=1, kdf=kdf, wrapped_key=wrapped))
        return Imported(count, already=False)

    def _insert(self, connection: Connection, rows: Iterator[Row], cipher: RecordCipher) -> int:
        record_type, count = self._rewrite.record_type, 0
        for row in rows:
            place, sealed = row.record_type.encode() + row.key, row.sealed
            if row.record_type == record_type.name:
                record = self._rewrite.change(record_type.schema.decode(cipher.open(sealed, place)))
                sealed = cipher.seal(record_type.schema.encode(record), place)
            connection.execute(
                insert(item).values(
                    record_type=row.record_type,
                    key=row.key,
                    section=row.section,
                    revision=row.revision,
                    sealed=sealed,
                )
            )
            count += 1
        return count

    def _compare(self, connection: Connection, rows: Iterator[Row], manifest: Manifest) -> Imported:
        count = missing = 0
        for row in rows:
            place = (item.c.record_type == row.record_type) & (item.c.key == row.key)
            missing += connection.execute(select(item.c.seq).where(place)).first() is None
            count += 1
        _require(count, manifest)
        if missing:
            raise self._occupied(f"holds another state of the same vault, without {missing} of its records")
        return Imported(count, already=True)

    def _occupied(self, what: str) -> StoreError:
        return StoreError(
            f"the vault {self._into} {what}",
            hint="Import into a new file, named with --vault.",
        )


def _require(count: int, manifest: Manifest) -> None:
    if count != manifest.items:
        raise StoreError("the exported vault has another number of records than it says")


S = TypeVar("S", bound=Struct)


def decode(data: bytes, kind: type[S]) -> S:
    try:
        return msgpack.decode(data, type=kind)
    except MsgspecError:
        raise StoreError("the exported vault cannot be read by this version") from None
