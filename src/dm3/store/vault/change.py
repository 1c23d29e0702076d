"""A change of a vault: puts and removals that happen together, and what is worked out as they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from dm3.base.errors import LocalProtocolError, StoreError

from .keys import Locker
from .stored_schema import Schema, Stored
from .tables import header, item

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

    def __init__(self, locker: Locker, generation: int) -> None:
        self._locker = locker
        self._generation = generation
        self._steps: list[Callable[[Connection], bool]] = []

    def __bool__(self) -> bool:
        return bool(self._steps)

    def put(
        self, shelf: Shelf[R], key: str, record: R, *, section: str = "", expect: int = ANY_REVISION
    ) -> None:
        """Keep ``record``; ``expect`` is the revision it replaces (0: there must be none yet).

        Raises `InvalidInput` for text that is no Unicode (unpaired surrogates), wherever it is from.
        """
        blind, values = _sealed(self._locker, shelf, key, record, section)

        def step(connection: Connection) -> bool:
            return _write(connection, shelf, blind, values, expect)

        self._steps.append(step)

    def work(self, work: Callable[[Within], None]) -> None:
        """Have ``work`` read and put records within the commit, after what was added to the change before.

        Nobody else writes meanwhile, so it meets no conflicts. It is called in another thread.
        """

        def step(connection: Connection) -> bool:
            work(Within(connection, self._locker))
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

    def drop(self, shelf: Shelf[R], kept: Kept[R]) -> None:
        """Remove a record as it was read; one that was changed or removed since is left as it is."""
        place = (item.c.shelf == shelf.name) & (item.c.seq == kept.seq) & (item.c.revision == kept.revision)

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
    """A vault's records inside of a commit, as they are after what it has done so far; see `Change.work`."""

    def __init__(self, connection: Connection, locker: Locker) -> None:
        self._connection = connection
        self._locker = locker

    def get(self, shelf: Shelf[R], key: str) -> R | None:
        """The record under ``key``, or None."""
        blind = self._locker.blind(shelf.name, key)
        query = select(item.c.sealed).where((item.c.shelf == shelf.name) & (item.c.key == blind))
        sealed = self._connection.execute(query).scalar()
        if sealed is None:
            return None
        return shelf.schema.decode(self._locker.open(sealed, shelf.name.encode() + blind))

    def put(self, shelf: Shelf[R], key: str, record: R, *, section: str = "") -> None:
        """Keep ``record``; whatever was under ``key`` is replaced."""
        blind, values = _sealed(self._locker, shelf, key, record, section)
        _write(self._connection, shelf, blind, values, ANY_REVISION)

    def count(self, shelf: Shelf[Any], section: str, most: int) -> int:
        """How many records a section has, counted up to ``most``."""
        blind = self._locker.blind("section", shelf.name, section)
        here = select(item.c.seq).where((item.c.shelf == shelf.name) & (item.c.section == blind)).limit(most)
        return self._connection.execute(select(func.count()).select_from(here.subquery())).scalar_one()


def _sealed(
    locker: Locker, shelf: Shelf[R], key: str, record: R, section: str
) -> tuple[bytes, dict[str, bytes]]:
    blind = locker.blind(shelf.name, key)
    return blind, {
        "section": locker.blind("section", shelf.name, section),
        "sealed": locker.seal(shelf.schema.encode(record), shelf.name.encode() + blind),
    }


def _write(
    connection: Connection, shelf: Shelf[Any], blind: bytes, values: dict[str, bytes], expect: int
) -> bool:
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


def _keep_newest(connection: Connection, shelf: Shelf[Any], section: bytes) -> None:
    if shelf.newest is None:
        return
    here = (item.c.shelf == shelf.name) & (item.c.section == section)
    beyond = select(item.c.seq).where(here).order_by(item.c.seq.desc()).offset(shelf.newest).limit(1)
    connection.execute(delete(item).where(here, item.c.seq <= beyond.scalar_subquery()))


def require_generation(connection: Connection, generation: int) -> None:
    """Raise `StoreError` unless the vault has the data key that it was opened with."""
    if connection.execute(select(header.c.generation)).scalar() not in (None, generation):
        raise StoreError(
            "the vault's key was renewed by another program since this one has opened it",
            hint="Nothing was changed. Start this program again.",
        )
