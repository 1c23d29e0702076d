"""Values in bounded room: strangers decide how many there are and how long, so both are counted."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import astuple

from dm3.base.errors import Dm3Error

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MAX_ENTRIES: Final = 20_000
MAX_BYTES: Final = 16 * 1024 * 1024
ENTRY_BYTES: Final = 1024
"""What an entry takes beside its texts, roughly."""


class BoundedCache(Generic[K, V]):
    """At most ``max_entries`` values by key, of ``max_bytes`` in all; the longest there make way."""

    def __init__(self, *, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0

    def get(self, key: K) -> V | None:
        """The value, or None."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep ``value``, whose texts have ``size`` bytes (`size_of`), if there is room for it at all."""
        self.drop(key)
        self._entries[key] = (value, ENTRY_BYTES + size)
        self.size += ENTRY_BYTES + size
        while len(self._entries) > self._max_entries or self.size > self._max_bytes:
            self.drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Keep nothing under ``key``."""
        _, size = self._entries.pop(key, (None, 0))
        self.size -= size


def size_of(value: Any) -> int:
    """The bytes of the texts in ``value``: in records, tuples and mappings, and in what an error carries."""
    if isinstance(value, str | bytes):
        return sys.getsizeof(value)
    if isinstance(value, Struct):
        return sum(map(size_of, astuple(value)))
    if isinstance(value, Dm3Error):
        return sum(map(size_of, vars(value).values()))
    if isinstance(value, tuple):
        return sum(map(size_of, value))
    if isinstance(value, dict):
        return sum(size_of(key) + size_of(part) for key, part in value.items())
    return 0
