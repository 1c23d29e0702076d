"""A vault's records within one transaction: how they are found, and how one is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from .keys import RecordCipher
from .record_types import R, RecordType
from .tables import item

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

ANY_REVISION: Final = -1
AT_ONCE: Final = 500
"""How many keys or sections one statement looks for."""


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
        blind, values = sealed_row(self._cipher, record_type, key, record, section)
        write_row(self._connection, record_type, blind, values, ANY_REVISION, record_type.newest)

    def count(self, record_type: RecordType[Any], section: str, most: int = -1) -> int:
        """How many records a section has, counted up to ``most`` unless that is negative."""
        blind = self._cipher.blind("section", record_type.name, section)
        asked = {"of": record_type.name, "within": blind, "most": most}
        return int(self._connection.execute(_COUNTED, asked).scalar_one())


def sealed_row(
    cipher: RecordCipher, record_type: RecordType[R], key: str, record: R, section: str
) -> tuple[bytes, dict[str, bytes]]:
    blind = cipher.blind(record_type.name, key)
    return blind, {
        "section": cipher.blind("section", record_type.name, section),
        "sealed": cipher.seal(record_type.schema.encode(record), record_type.name.encode() + blind),
    }


def write_row(
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
