"""Stored schemas: the form in which a record is kept, with a version, apart from the record in memory.

A record type has one `Stored` struct for each version of its stored form, the newest last. What is kept is a
byte with the version and a MessagePack map of that struct. Records from before there were versions begin
with the map, and are version 1. How to add a field is in ``docs/architecture.md``, What is kept has versions.
"""

from __future__ import annotations

from typing import Any, Final, Generic, Self, TypeVar

import msgspec
from msgspec import Struct

from dm3.base.errors import InvalidInput, StoreError
from dm3.crypto import Secret

R = TypeVar("R", bound=Struct)

MAX_VERSION: Final = 0x7F
"""Where a MessagePack map begins, the first byte is greater."""


class Stored(Struct, forbid_unknown_fields=True):
    """Base of the stored forms. A version that has landed is never changed; see `Schema`.

    An attribute is called as in memory; where that name has changed since, ``msgspec.field(name=…)`` keeps
    the one that is stored.
    """

    @classmethod
    def upgraded(cls, earlier: Any) -> Self:
        """This version of what was kept in the version before: the same, new fields by their defaults.

        A version that says something otherwise overrides it.
        """
        return msgspec.convert(earlier, cls, from_attributes=True)


class Schema(Generic[R]):
    """How records of type ``record`` are kept: its stored forms, version 1 first.

    Raises `TypeError` where the newest stored form and the record do not have the same fields.
    """

    def __init__(self, name: str, record: type[R], *versions: type[Stored]) -> None:
        if not 1 <= len(versions) <= MAX_VERSION:
            raise TypeError(f"{record.__name__} needs a stored form")
        self.name = name
        self.record = record
        self.versions = versions
        self._encoder = msgspec.msgpack.Encoder(enc_hook=_reveal)
        self._decoders = [msgspec.msgpack.Decoder(version, dec_hook=_hide) for version in versions]
        _require_same_fields(record, versions[-1])

    @property
    def version(self) -> int:
        """The version in which records are kept now."""
        return len(self.versions)

    def encode(self, record: R) -> bytes:
        """The record as it is kept. Raises `InvalidInput` for what has no such form."""
        kind = type(record).__name__
        try:
            stored = msgspec.convert(record, self.versions[-1], from_attributes=True)
            return bytes([self.version]) + self._encoder.encode(stored)
        except (UnicodeEncodeError, OverflowError):
            raise InvalidInput(
                f"a {kind} with half a character or an immense number cannot be kept"
            ) from None
        except msgspec.ValidationError as error:
            raise InvalidInput(f"this {kind} cannot be kept: {error}") from None

    def decode(self, data: bytes) -> R:
        """Read a record of any version. Raises `StoreError` for a newer version and for damage."""
        versioned = data[:1] != b"" and 1 <= data[0] <= MAX_VERSION
        version, packed = (data[0], data[1:]) if versioned else (1, data)
        if version > self.version:
            raise StoreError(
                f"a record {self.name} was kept in version {version}, and this program knows {self.version}",
                hint="Nothing is lost: a newer version of dm3 has written it. Use that one, or a later one.",
            )
        try:
            stored = self._decoders[version - 1].decode(packed)
            for later in self.versions[version:]:
                stored = later.upgraded(stored)
            return msgspec.convert(stored, self.record, from_attributes=True)
        except (msgspec.MsgspecError, InvalidInput, TypeError) as error:
            raise StoreError(
                f"a record {self.name} of version {version} cannot be read: {type(error).__name__}",
                hint="The vault is damaged, or another program has written it: use a copy that you have.",
            ) from None


def _require_same_fields(record: type[Struct], stored: type[Stored]) -> None:
    in_memory, kept = set(record.__struct_fields__), set(stored.__struct_fields__)
    if in_memory != kept:
        raise TypeError(
            f"{record.__name__} and its stored form {stored.__name__} differ in {sorted(in_memory ^ kept)}: "
            "give a new field a new version, and a renamed one field(name=…) with the name that is stored"
        )


def _reveal(value: Any) -> bytes:
    """Secrets enter the vault here, and are sealed with the record that holds them."""
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"a {type(value).__name__} cannot be kept")


def _hide(kind: type, value: Any) -> Any:
    if issubclass(kind, Secret):
        return kind(value)
    raise NotImplementedError(f"a {kind.__name__} cannot be read back")
