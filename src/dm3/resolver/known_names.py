"""What names have, remembered for a moment: most questions of ENS clients come in bursts for few names."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from msgspec import Struct

FRESH_SECONDS: Final = 1.0
"""Another process may change the database, so nothing is believed for longer."""
MAX_KEPT_BYTES: Final = 16 * 1024 * 1024
ENTRY_BYTES: Final = 1024
"""What an entry takes beside its texts, roughly."""


class NameRecords(Struct, frozen=True):
    """A name's address (EIP-55) and text records; an alias has those of ``canonical_name``."""

    name: str
    canonical_name: str
    address: str | None
    texts: Mapping[str, str]


class _Kept(Struct, frozen=True):
    found: NameRecords | None
    until: float
    size: int


class KnownNames:
    """Answers of ``look_up`` by name in normal form, none older than ``FRESH_SECONDS``.

    ``clock`` counts seconds and never goes back. What was changed in this process is seen at once: see
    `forget`.
    """

    def __init__(
        self,
        look_up: Callable[[str], Awaitable[NameRecords | None]],
        *,
        clock: Callable[[], float] = time.monotonic,
        max_bytes: int = MAX_KEPT_BYTES,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        # An alias shows what its name has, so a change of the name concerns the alias, too.
        self._asked_as: dict[str, set[str]] = {}
        self._changes = 0
        self.size = 0

    async def find(self, name: str) -> NameRecords | None:
        """What ``name`` has, None for nothing."""
        kept = self._kept.get(name)
        if kept is not None and kept.until > self._clock():
            return kept.found
        changes, asked = self._changes, self._clock()
        found = await self._look_up(name)
        # Something was changed while the database was read: perhaps this, perhaps not yet seen by it.
        if changes == self._changes:
            self._keep(name, found, asked + FRESH_SECONDS)
        return found

    def forget(self, *names: str) -> None:
        """Believe nothing about ``names`` any more, nor about their aliases: they were changed."""
        self._changes += 1
        for name in names:
            for asked in (name, *self._asked_as.get(name, ())):
                self._drop(asked)

    def _keep(self, name: str, found: NameRecords | None, until: float) -> None:
        self._drop(name)
        texts = found.texts if found else {}
        size = ENTRY_BYTES + sum(len(key) + len(value) for key, value in texts.items())
        self._kept[name] = _Kept(found, until, size)
        self.size += size
        if found is not None:
            self._asked_as.setdefault(found.canonical_name, set()).add(name)
        while self.size > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        if kept is None:
            return
        self.size -= kept.size
        if kept.found is not None:
            names = self._asked_as[kept.found.canonical_name]
            names.discard(name)
            if not names:
                del self._asked_as[kept.found.canonical_name]
