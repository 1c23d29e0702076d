"""The vault: a client's records, each sealed at rest, changed together or not at all.

Records lie on *shelves* (one for each kind) under a key, optionally in a *section* by which they can be
listed in the order of arrival. Keys and sections are stored blinded; the database tells a thief how many
records there are and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.engine import URL

from dm3.base.errors import LocalProtocolError
from dm3.crypto import Passphrase, RandomBytes, StorageKey

from .database import Database
from .stored_schema import Schema, Stored
from .vault_keys import Locker, unwrap, wrap
from .vault_tables import header, item

R = TypeVar("R", bound=Struct)

ANY_REVISION = -1


class Shelf(Generic[R]):
    """A kind of record: its name in the database, its type, and its stored forms (`Schema`), version 1 first.

    With ``newest`` a section keeps so many records: what comes beyond takes the place of the oldest.
    """

    def __init__(self, name: str, kind: type[R], *versions: type[Stored], newest: int | None = None) -> None:
        self.name = name
        self.newest = newest
        self.schema = Schema(name, kind, *versions)


class Kept(Struct, Generic[R], frozen=True):
    """A record with its place in the order of arrival and its revision."""

    record: R
    seq: int
    revision: int


class Conflict(LocalProtocolError):
    """The record was changed by somebody else in the meantime."""

    code = "conflict"
    hint = "Read it again and decide anew."


class Change:
    """Puts and removals that happen together; collected first, then committed by the vault."""

    def __init__(self, locker: Locker) -> None:
        self._locker = locker
        self._steps: list[Callable[[Connection], bool]] = []

    def __bool__(self) -> bool:
        return bool(self._steps)

    def put(
        self, shelf: Shelf[R], key: str, record: R, *, section: str = "", expect: int = ANY_REVISION
    ) -> None:
        """Keep ``record``; ``expect`` is the revision it replaces (0: there must be none yet).

        Raises `InvalidInput` for text that is no Unicode (unpaired surrogates), wherever it is from.
        """
        blind = self._locker.blind(shelf.name, key)
        values = {
            "section": self._locker.blind("section", shelf.name, section),
            "sealed": self._locker.seal(shelf.schema.encode(record), shelf.name.encode() + blind),
        }

        def step(connection: Connection) -> bool:
            place = (item.c.shelf == shelf.name) & (item.c.key == blind)
            found = connection.execute(select(item.c.revision).where(place)).scalar()
            if expect not in (ANY_REVISION, found or 0):
                return False
            if found is None:
                connection.execute(insert(item).values(shelf=shelf.name, key=blind, revision=1, **values))
                _keep_newest(connection, shelf, values["section"])
            else:
                connection.execute(update(item).where(place).values(revision=found + 1, **values))
            return True

        self._steps.append(step)

    def remove(self, shelf: Shelf[Any], key: str, *, expect: int = ANY_REVISION) -> None:
        """Remove the record under ``key``, if there is one; ``expect`` as with `put`."""
        blind = self._locker.blind(shelf.name, key)

        def step(connection: Connection) -> bool:
            place = (item.c.shelf == shelf.name) & (item.c.key == blind)
            if expect != ANY_REVISION:
                found = connection.execute(select(item.c.revision).where(place)).scalar()
                if (found or 0) != expect:
                    return False
            connection.execute(delete(item).where(place))
            return True

        self._steps.append(step)

    def apply(self, connection: Connection) -> bool:
        """Carry the change out in a savepoint; False, and nothing changed, on a conflict."""
        with connection.begin_nested() as savepoint:
            if all(step(connection) for step in self._steps):
                return True
            savepoint.rollback()
        return False


class Vault:
    """An open vault. Made by `Vault.open` or, for one that forgets all, `Vault.in_memory`."""

    def __init__(self, database: Database, data_key: StorageKey, random: RandomBytes) -> None:
        self.database = database
        self.data_key = data_key
        self._locker = Locker(data_key, random)
        self._random = random

    @classmethod
    async def open(cls, path: Path, passphrase: Passphrase, *, random: RandomBytes = os.urandom) -> Vault:
        """Open the vault at ``path``, or make one there.

        Raises `VaultLocked` for a wrong passphrase and `StoreError` when the file cannot be used.
        """
        database = open_vault_database(path)
        try:
            data_key = await _unlock(database, passphrase, random)
        except BaseException:
            await database.close()
            raise
        return cls(database, data_key, random)

    @classmethod
    def in_memory(cls, *, random: RandomBytes = os.urandom) -> Vault:
        """A vault that lasts as long as it is open."""
        return cls(Database.open("sqlite://", "vault"), StorageKey(random(32)), random)

    async def close(self) -> None:
        """Finish what is under way and close."""
        await self.database.close()

    async def change_passphrase(self, current: Passphrase, new: Passphrase) -> None:
        """Have the vault open with ``new`` from now on. Raises `VaultLocked`, or `LocalProtocolError`.

        Copies that were made of the file before still open with ``current``.
        """

        def write(connection: Connection) -> None:
            found = connection.execute(select(header.c.kdf, header.c.wrapped_key)).first()
            if found is None:
                raise LocalProtocolError("a vault in memory has no passphrase")
            unwrap(found.kdf, found.wrapped_key, current, self._random)
            kdf, wrapped = wrap(self.data_key, new, self._random)
            connection.execute(update(header).values(kdf=kdf, wrapped_key=wrapped))

        await self.database.write(write)

    def change(self) -> Change:
        """Begin to collect a change."""
        return Change(self._locker)

    async def commit(self, change: Change) -> None:
        """Carry out a change; durable when this returns. Raises `Conflict`, with nothing changed."""
        if change and not await self.database.write(change.apply):
            raise Conflict()

    async def put(
        self, shelf: Shelf[R], key: str, record: R, *, section: str = "", expect: int = ANY_REVISION
    ) -> None:
        """Keep one record; see `Change.put`."""
        change = self.change()
        change.put(shelf, key, record, section=section, expect=expect)
        await self.commit(change)

    async def get(self, shelf: Shelf[R], key: str) -> R | None:
        """The record under ``key``, or None."""
        found = await self.find(shelf, key)
        return found.record if found else None

    async def find(self, shelf: Shelf[R], key: str) -> Kept[R] | None:
        """The record under ``key`` with its revision, or None."""
        blind = self._locker.blind(shelf.name, key)
        query = select(item).where((item.c.shelf == shelf.name) & (item.c.key == blind))
        rows = await self.database.read(lambda connection: connection.execute(query).all())
        return self._open(shelf, rows[0]) if rows else None

    async def entries(
        self, shelf: Shelf[R], *, section: str | None = None, after: int = 0, limit: int = -1
    ) -> list[Kept[R]]:
        """The records of a shelf, or of one section, that arrived after ``after``; oldest first."""
        query = select(item).where((item.c.shelf == shelf.name) & (item.c.seq > after)).order_by(item.c.seq)
        if section is not None:
            query = query.where(item.c.section == self._locker.blind("section", shelf.name, section))
        if limit >= 0:
            query = query.limit(limit)
        rows = await self.database.read(lambda connection: connection.execute(query).all())
        return [self._open(shelf, row) for row in rows]

    async def count(self, shelf: Shelf[Any]) -> int:
        """How many records lie on a shelf."""
        query = select(func.count()).select_from(item).where(item.c.shelf == shelf.name)
        return await self.database.read(lambda connection: connection.execute(query).scalar_one())

    def _open(self, shelf: Shelf[R], row: Any) -> Kept[R]:
        plain = self._locker.open(row.sealed, shelf.name.encode() + row.key)
        return Kept(shelf.schema.decode(plain), row.seq, row.revision)


def _keep_newest(connection: Connection, shelf: Shelf[Any], section: bytes) -> None:
    if shelf.newest is None:
        return
    here = (item.c.shelf == shelf.name) & (item.c.section == section)
    beyond = select(item.c.seq).where(here).order_by(item.c.seq.desc()).offset(shelf.newest).limit(1)
    connection.execute(delete(item).where(here, item.c.seq <= beyond.scalar_subquery()))


def open_vault_database(path: Path) -> Database:
    """Open the database of a vault, or make one. Raises `StoreError`."""
    return Database.open(URL.create("sqlite", database=str(path)).render_as_string(), "vault")


async def _unlock(database: Database, passphrase: Passphrase, random: RandomBytes) -> StorageKey:
    def read(connection: Connection) -> Any:
        return connection.execute(select(header.c.kdf, header.c.wrapped_key)).first()

    found = await database.read(read)
    if found is None:
        data_key = StorageKey(random(32))
        kdf, wrapped = wrap(data_key, passphrase, random)

        def write(connection: Connection) -> Any:
            # Another process may have made the header since; theirs counts then.
            other = read(connection)
            if other is None:
                connection.execute(insert(header).values(id=1, kdf=kdf, wrapped_key=wrapped))
            return other

        found = await database.write(write)
        if found is None:
            return data_key
    return unwrap(found.kdf, found.wrapped_key, passphrase, random)
