"""Where names come from, put together: a file, the resolvers of known domains, ENS (specification 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from dm3.base import Members, normalize, read_json
from dm3.base.errors import ConfigurationError, Dm3Error, NobodyAsked
from dm3.crypto import checksum_address

from .directory import LimitedNames, Names

MAX_FILE_BYTES: Final = 4 * 1024 * 1024


class NameSource(Names, Protocol):
    """A source that knows which names are its own."""

    def serves(self, name: str) -> bool:
        """Whether ``name`` is to be asked for here, whatever comes of it. Raises `InvalidName`."""


class NameSources:
    """Several sources; every name has exactly one, the first that serves it.

    What that source does not know, or cannot tell now, is not asked elsewhere: another source could say
    something else about the same name, and who controls it would depend on who happens to be reachable.
    """

    def __init__(self, *sources: NameSource) -> None:
        self._sources = sources

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None. Raises `NobodyAsked` where no source serves it."""
        return await self._asked_for(name).text(name, key)

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to, or None. Raises `NobodyAsked` where no source serves it."""
        return await self._asked_for(name).address(name)

    def ttl(self, name: str, key: str | None) -> float:
        """For how many seconds the text record ``key`` just found holds; of the address for None."""
        source = self._source_of(name)
        return source.ttl(name, key) if isinstance(source, LimitedNames) else inf

    def serves(self, name: str) -> bool:
        """Whether one of the sources serves ``name``."""
        return self._source_of(name) is not None

    def forget(self, name: str) -> None:
        """Look ``name`` up anew the next time."""
        for source in self._sources:
            source.forget(name)

    def _asked_for(self, name: str) -> NameSource:
        source = self._source_of(name)
        if source is None:
            raise NobodyAsked(
                f"{normalize(name)} is of no configured resolver, "
                "and no node of a chain (rpc-url) is to be asked"
            )
        return source

    def _source_of(self, name: str) -> NameSource | None:
        return next((source for source in self._sources if source.serves(name)), None)


class FileName(Struct, frozen=True):
    """What a file says of one name."""

    address: str | None
    texts: Mapping[str, str]


class FileNames:
    """`NameSource` of the names in a file, for development: ``{"name": {"address": …, "texts": {…}}}``."""

    def __init__(self, names: Mapping[str, FileName]) -> None:
        self._names = {normalize(name): records for name, records in names.items()}

    @classmethod
    def read(cls, path: Path) -> FileNames:
        """Read a file. Raises `ConfigurationError`."""
        try:
            listed = Members(read_json(path.read_bytes(), max_bytes=MAX_FILE_BYTES), "the file").raw()
            return cls({name: _file_name(name, records) for name, records in listed.items()})
        except OSError as error:
            raise ConfigurationError(f"the file of names {path}: {error.strerror}") from None
        except Dm3Error as error:
            raise ConfigurationError(
                f"the file of names {path}: {error.detail}",
                hint='It looks like {"a.eth": {"address": "0x…", "texts": {"network.dm3.profile": …}}}.',
            ) from None

    def serves(self, name: str) -> bool:
        """Whether the file lists ``name``."""
        return normalize(name) in self._names

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None."""
        found = self._names.get(normalize(name))
        return None if found is None else found.texts.get(key)

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to (EIP-55), or None."""
        found = self._names.get(normalize(name))
        return None if found is None else found.address

    def forget(self, name: str) -> None:
        """Nothing: the file is read once."""


def _file_name(name: str, records: Any) -> FileName:
    members = Members(records, name[:100])
    address = members.optional_text("address", max_length=100)
    texts = members.optional_object("texts")
    return FileName(
        None if address is None else checksum_address(address),
        {key: texts.text(key) for key in texts.raw()} if texts is not None else {},
    )
