"""Kinds of records, and a record as it is kept."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

from .stored_schema import Schema, Stored

R = TypeVar("R", bound=Struct)


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
