"""A change of a vault: puts and removals that happen together, and what is worked out as they happen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from dm3.base.errors import LocalProtocolError, StoreError

from .keys import RecordCipher
from .stored_schema import Schema, Stored
from .tables import header, item

R = TypeVar("R", bound=Struct)

# Made once: a page needs few records and many statements, and making one takes longer than carrying it out.
_BY_KEYS: Final = select(item.c.key, item.c.sealed).where(
    item.c.record_type == bindparam("of"), item.c.key.in_(bindparam("keys", expanding=True))
)
_BY_SECTIONS: Final = (
    select(item.c.section, item.c.key, item.c.sealed)
    .where(item.c.record_type == bindparam("of"), item.c.section.in_(bindparam("sections", expanding=True)))
    .order_by(item.c.seq)
)
_COUNTED: Final = select(func.count()).select_from(
    select(item.c.seq)
    .where(item.c.record_type == bindparam("of"), item.c.section == bindparam("within"))
    .limit(bindparam("most"))
    .subquery()
)

ANY_REVISION = -1
AT_ONCE: Final = 500
"""How many keys or sections one statement looks for."""


class RecordType(Generic[R]):
    """A kind of record: its name in the database, its type, and its stored forms (`Schema`), version 1 first.

    With ``newest`` a section keeps so many records: what comes beyond takes the place of the oldest.
    """

    def __init__(self, name: str, kind: type[R], *versions: type[Stored], newest: int | None = None) -> None:
        self.name = name
        self.newest = newest
        self.schema = Schema(name, kind, *versions)


class Versioned(Struct, Generic[R], frozen=True):
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

    def __init__(self, cipher: RecordCipher, generation: int) -> None:
        self._cipher = cipher
        self._generation = generation
        self._steps: list[Callable[[Connection], bool]] = []
        self.touched: set[str] = set()
        """The names of the types of which records are put or removed."""

    def __bool__(self) -> bool:
        return bool(self._steps)

    def put(
        self,
        record_type: RecordType[R],
        key: str,
        record: R,
        *,
        section: str = "",
        expect: int = ANY_REVISION,
        newest: int | None = None,
    ) -> None:
        """Keep ``record``; ``expect`` is the revision it replaces (0: there must be none yet).

        ``newest``: how many records this section keeps; by default as many as its type says.
        Raises `InvalidInput` for text that is no Unicode (unpaired surrogates), wherever it is from.
        """
        blind, values = _sealed(self._cipher, record_type, key, record, section)
        self.touched.add(record_type.name)
        most = record_type.newest if newest is None else newest

        def step(connection: Connection) -> bool:
            return _write(connection, record_type, blind, values, expect, most)

        self._steps.append(step)

    def work(self, work: Callable[[Within], None]) -> None:
        """Have ``work`` read and put records within the commit, after what was added to the change before.

        Nobody else writes meanwhile, so it meets no conflicts. It is called in another thread.
        """

        def step(connection: Connection) -> bool:
            work(Within(connection, self._cipher))
            return True

        self._steps.append(step)

    def remove(self, record_type: RecordType[Any], key: str, *, expect: int = ANY_REVISION) -> None:
        """Remove the record under ``key``, if there is one; ``expect`` as with `put`."""
        blind = self._cipher.blind(record_type.name, key)
        self.touched.add(record_type.name)

        def step(connection: Connection) -> bool:
            place = (item.c.record_type == record_type.name) & (item.c.key == blind)
            if expect != ANY_REVISION:
                found = connection.execute(select(item.c.revision).where(place)).scalar()
                if (found or 0) != expect:
                    return False
            connection.execute(delete(item).where(place))
            return True

        self._steps.append(step)

    def drop(self, record_type: RecordType[R], kept: Versioned[R]) -> None:
        """Remove a record as it was read; one that was changed or removed since is left as it is."""
        place = (
            (item.c.record_type == record_type.name)
            & (item.c.seq == kept.seq)
            & (item.c.revision == kept.revision)
        )
        self.touched.add(record_type.name)

        def step(connection: Connection) -> bool:
            connection.execute(delete(item).where(place))
            return True

        self._steps.append(step)

    def apply(self, connection: Connection) -> bool:
        """Carry the change out in a savepoint; False, and nothing changed, on a conflict.

        Raises `StoreError` when the vault's key was renewed since: nobody could read what was written.
        """
        require_generation(connection, self._generation)
        with connection.begin_nested() as savepoint:
            if all(step(connection) for step in self._steps):
                return True
            savepoint.rollback()
        return False


class Within:
    """A vault's records as one transaction sees them: `Vault.read`, or a commit (`Change.work`) so far."""

    def __init__(self, connection: Connection, cipher: RecordCipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def get(self, record_type: RecordType[R], key: str) -> R | None:
        """The record under ``key``, or None."""
        return self.get_all(record_type, (key,)).get(key)

    def get_all(self, record_type: RecordType[R], keys: Collection[str]) -> dict[str, R]:
        """The records under those of ``keys`` that have one."""
        blind = {self._cipher.blind(record_type.name, key): key for key in keys}
        wanted, found = list(blind), dict[str, R]()
        for start in range(0, len(wanted), AT_ONCE):
            some = {"of": record_type.name, "keys": wanted[start : start + AT_ONCE]}
            for key, sealed in self._connection.execute(_BY_KEYS, some):
                plain = self._cipher.open(sealed, record_type.name.encode() + key)
                found[blind[key]] = record_type.schema.decode(plain)
        return found

    def sections(self, record_type: RecordType[R], sections: Collection[str]) -> dict[str, list[R]]:
        """The records of each of these sections, oldest first."""
        blind = {self._cipher.blind("section", record_type.name, section): section for section in sections}
        wanted, found = list(blind), {section: list[R]() for section in sections}
        for start in range(0, len(wanted), AT_ONCE):
            some = {"of": record_type.name, "sections": wanted[start : start + AT_ONCE]}
            for section, key, sealed in self._connection.execute(_BY_SECTIONS, some):
                plain = self._cipher.open(sealed, record_type.name.encode() + key)
                found[blind[section]].append(record_type.schema.decode(plain))
        return found

    def each(self, record_type: RecordType[R], section: str) -> Iterator[R]:
        """The records of a section one by one, oldest first: as many are opened as are taken."""
        blind = self._cipher.blind("section", record_type.name, section)
        with self._connection.execute(_BY_SECTIONS, {"of": record_type.name, "sections": [blind]}) as rows:
            for _, key, sealed in rows:
                yield record_type.schema.decode(self._cipher.open(sealed, record_type.name.encode() + key))

    def put(self, record_type: RecordType[R], key: str, record: R, *, section: str = "") -> None:
        """Keep ``record``; whatever was under ``key`` is replaced."""
        blind, values = _sealed(self._cipher, record_type, key, record, section)
        _write(self._connection, record_type, blind, values, ANY_REVISION, record_type.newest)

    def count(self, record_type: RecordType[Any], section: str, most: int = -1) -> int:
        """How many records a section has, counted up to ``most`` unless that is negative."""
        blind = self._cipher.blind("section", record_type.name, section)
        asked = {"of": record_type.name, "within": blind, "most": most}
        return int(self._connection.execute(_COUNTED, asked).scalar_one())


def _sealed(
    cipher: RecordCipher, record_type: RecordType[R], key: str, record: R, section: str
) -> tuple[bytes, dict[str, bytes]]:
    blind = cipher.blind(record_type.name, key)
    return blind, {
        "section": cipher.blind("section", record_type.name, section),
        "sealed": cipher.seal(record_type.schema.encode(record), record_type.name.encode() + blind),
    }


def _write(
    connection: Connection,
    record_type: RecordType[Any],
    blind: bytes,
    values: dict[str, bytes],
    expect: int,
    newest: int | None,
) -> bool:
    place = (item.c.record_type == record_type.name) & (item.c.key == blind)
    found = connection.execute(select(item.c.revision).where(place)).scalar()
    if expect not in (ANY_REVISION, found or 0):
        return False
    if found is None:
        connection.execute(insert(item).values(record_type=record_type.name, key=blind, revision=1, **values))
        if newest is not None:
            _keep_newest(connection, record_type, values["section"], newest)
    else:
        connection.execute(update(item).where(place).values(revision=found + 1, **values))
    return True


def _keep_newest(connection: Connection, record_type: RecordType[Any], section: bytes, newest: int) -> None:
    here = (item.c.record_type == record_type.name) & (item.c.section == section)
    beyond = select(item.c.seq).where(here).order_by(item.c.seq.desc()).offset(newest).limit(1)
    connection.execute(delete(item).where(here, item.c.seq <= beyond.scalar_subquery()))


def require_generation(connection: Connection, generation: int) -> None:
    """Raise `StoreError` unless the vault has the data key that it was opened with."""
    if connection.execute(select(header.c.generation)).scalar() not in (None, generation):
        raise StoreError(
            "the vault's key was renewed by another program since this one has opened it",
            hint="Nothing was changed. Start this program again.",
        )
