"""A change of a vault: puts and removals that happen together, and what is worked out as they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, select

from dm3.base.errors import LocalProtocolError, StoreError

from .keys import RecordCipher
from .record_types import R, RecordType, Versioned
from .tables import header, item
from .within import ANY_REVISION, Within, sealed_row, write_row


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
        blind, values = sealed_row(self._cipher, record_type, key, record, section)
        self.touched.add(record_type.name)
        most = record_type.newest if newest is None else newest

        def step(connection: Connection) -> bool:
            return write_row(connection, record_type, blind, values, expect, most)

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


def require_generation(connection: Connection, generation: int) -> None:
    """Raise `StoreError` unless the vault has the data key that it was opened with."""
    if connection.execute(select(header.c.generation)).scalar() not in (None, generation):
        raise StoreError(
            "the vault's key was renewed by another program since this one has opened it",
            hint="Nothing was changed. Start this program again.",
        )
