"""The vault: a client's records, each sealed at rest, changed together or not at all.

Records of one *record type* lie together, each under a key, optionally in a *section* by which they can be
listed in the order of arrival. Keys and sections are stored blinded; the database tells a thief how many
records there are and nothing else.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from dm3.base.errors import LocalProtocolError
from dm3.crypto import Passphrase, RandomBytes, StorageKey, canonical

from ..engine.database import Database
from .change import Change, Conflict, require_generation
from .files import is_vault, open_vault_database
from .keys import DataKey, RecordCipher, unwrap, wrap
from .record_types import RecordType, Versioned
from .tables import header, item
from .within import ANY_REVISION, Within

R = TypeVar("R", bound=Struct)
T = TypeVar("T")

FIRST = 1
"""The number of a vault's first data key."""


class Vault:
    """An open vault. Made by `Vault.open` or, for one that forgets all, `Vault.in_memory`.

    ``is_durable`` says whether what is kept here is still there after the end of the program.
    """

    def __init__(self, database: Database, data_key: DataKey, generation: int, random: RandomBytes) -> None:
        self.database = database
        self._random = random
        self.is_durable = True
        self._commits: Counter[str] = Counter()
        self.use_key(data_key, generation)

    def use_key(self, data_key: DataKey, generation: int) -> None:
        """Go on with another data key, the one that the vault has now."""
        self.data_key, self.generation = data_key, generation
        self._cipher = RecordCipher(data_key, self._random)

    @classmethod
    async def open(cls, path: Path, passphrase: Passphrase, *, random: RandomBytes = os.urandom) -> Vault:
        """Open the vault at ``path``, or make one there.

        Raises `VaultLocked` for a wrong passphrase, `StoreError` when the file cannot be used, and
        `InvalidInput` for an empty passphrase of a new vault.
        """
        if not is_vault(path):
            canonical(passphrase)
        database = open_vault_database(path)
        try:
            data_key, generation = await _unlock(database, passphrase, random)
        except BaseException:
            await database.close()
            raise
        return cls(database, data_key, generation, random)

    @classmethod
    def in_memory(cls, *, random: RandomBytes = os.urandom) -> Vault:
        """A vault that lasts as long as it is open."""
        data_key = DataKey(StorageKey(random(32)))
        vault = cls(Database.open("sqlite://", "vault"), data_key, FIRST, random)
        vault.is_durable = False
        return vault

    async def close(self) -> None:
        """Finish what is under way and close."""
        await self.database.close()

    async def change_passphrase(self, current: Passphrase, new: Passphrase) -> bool:
        """Have the vault open with ``new`` from now on. Raises `VaultLocked`, or `LocalProtocolError`.

        Copies that were made of the file before still open with ``current``. Returns whether the key that
        was locked with it is gone from the files: False while another program holds the vault.
        """

        def write(connection: Connection) -> None:
            data_key = unlock_header(connection, current, self._random)
            kdf, wrapped = wrap(data_key, new, self._random)
            connection.execute(update(header).values(kdf=kdf, wrapped_key=wrapped))

        await self.database.write(write)
        return await self.database.fold_in(patiently=True)

    def change(self) -> Change:
        """Begin to collect a change."""
        return Change(self._cipher, self.generation)

    async def commit(self, change: Change) -> None:
        """Carry out a change; durable when this returns. Raises `Conflict`, with nothing changed."""
        if change and not await self.database.write(change.apply):
            raise Conflict()
        self._commits.update(change.touched)

    def commits_of(self, record_type: RecordType[Any]) -> int:
        """How many commits of this open vault have touched records of a type: whether to read them anew.

        Other programs' commits are not counted, nor what `Change.work` does.
        """
        return self._commits[record_type.name]

    async def put(
        self,
        record_type: RecordType[R],
        key: str,
        record: R,
        *,
        section: str = "",
        expect: int = ANY_REVISION,
    ) -> None:
        """Keep one record; see `Change.put`."""
        change = self.change()
        change.put(record_type, key, record, section=section, expect=expect)
        await self.commit(change)

    async def get(self, record_type: RecordType[R], key: str) -> R | None:
        """The record under ``key``, or None."""
        found = await self.find(record_type, key)
        return found.record if found else None

    async def find(self, record_type: RecordType[R], key: str) -> Versioned[R] | None:
        """The record under ``key`` with its revision, or None."""
        blind = self._cipher.blind(record_type.name, key)
        query = select(item).where((item.c.record_type == record_type.name) & (item.c.key == blind))
        rows = await self.database.read(lambda connection: self._found(connection, query))
        return self._open(record_type, rows[0]) if rows else None

    async def entries(
        self, record_type: RecordType[R], *, section: str | None = None, after: int = 0, limit: int = -1
    ) -> list[Versioned[R]]:
        """The records of one type, or of one section, that arrived after ``after``; oldest first."""
        query = (
            select(item)
            .where((item.c.record_type == record_type.name) & (item.c.seq > after))
            .order_by(item.c.seq)
        )
        if section is not None:
            query = query.where(item.c.section == self._cipher.blind("section", record_type.name, section))
        if limit >= 0:
            query = query.limit(limit)
        rows = await self.database.read(lambda connection: self._found(connection, query))
        return [self._open(record_type, row) for row in rows]

    async def latest(
        self, record_type: RecordType[R], *, section: str, before: int | None = None, limit: int
    ) -> list[Versioned[R]]:
        """The last records of a section, of those that arrived before ``before``; newest first."""
        within = self._cipher.blind("section", record_type.name, section)
        query = select(item).where((item.c.record_type == record_type.name) & (item.c.section == within))
        if before is not None:
            query = query.where(item.c.seq < before)
        query = query.order_by(item.c.seq.desc()).limit(limit)
        rows = await self.database.read(lambda connection: self._found(connection, query))
        return [self._open(record_type, row) for row in rows]

    async def read(self, work: Callable[[Within], T]) -> T:
        """What ``work`` makes of the records as they are at one moment. It is called in another thread."""

        def read(connection: Connection) -> T:
            require_generation(connection, self.generation)
            return work(Within(connection, self._cipher))

        return await self.database.read(read)

    async def count(self, record_type: RecordType[Any]) -> int:
        """How many records are of one type."""
        query = select(func.count()).select_from(item).where(item.c.record_type == record_type.name)
        return await self.database.read(lambda connection: connection.execute(query).scalar_one())

    def _found(self, connection: Connection, query: Select[Any]) -> Sequence[Row[Any]]:
        rows = connection.execute(query).all()
        if not rows:  # under the names that another key has blinded there is nothing
            require_generation(connection, self.generation)
        return rows

    def _open(self, record_type: RecordType[R], row: Any) -> Versioned[R]:
        plain = self._cipher.open(row.sealed, record_type.name.encode() + row.key)
        return Versioned(record_type.schema.decode(plain), row.seq, row.revision)


def unlock_header(connection: Connection, passphrase: Passphrase, random: RandomBytes) -> DataKey:
    """The data key as it is locked now. Raises `VaultLocked`, or `LocalProtocolError` where nothing is."""
    found = connection.execute(select(header.c.kdf, header.c.wrapped_key)).first()
    if found is None:
        raise LocalProtocolError("a vault in memory has no passphrase")
    return unwrap(found.kdf, found.wrapped_key, passphrase, random)


async def _unlock(database: Database, passphrase: Passphrase, random: RandomBytes) -> tuple[DataKey, int]:
    def read(connection: Connection) -> Any:
        return connection.execute(select(header)).first()

    found = await database.read(read)
    if found is None:
        data_key = DataKey(StorageKey(random(32)))
        kdf, wrapped = wrap(data_key, passphrase, random)

        def write(connection: Connection) -> Any:
            # Another process may have made the header since; theirs counts then.
            other = read(connection)
            if other is None:
                connection.execute(insert(header).values(id=1, kdf=kdf, wrapped_key=wrapped))
            return other

        found = await database.write(write)
        if found is None:
            return data_key, FIRST
    return unwrap(found.kdf, found.wrapped_key, passphrase, random), found.generation
