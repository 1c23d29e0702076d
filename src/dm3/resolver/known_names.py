"""What names have, remembered for a moment: most questions of ENS clients come in bursts for few names."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.net.cache import MAX_BYTES, TimedCache

FRESH_SECONDS: Final = 1.0
"""Another process may change the database, so nothing is believed for longer."""


class NameRecords(Struct, frozen=True):
    """A name's address (EIP-55) and text records; an alias has those of ``canonical_name``."""

    name: str
    canonical_name: str
    address: str | None
    texts: Mapping[str, str]


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
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        # A change of a name concerns its aliases, too: what it has is kept once, and aliases lead there.
        self._leads_to: TimedCache[str, str | None] = TimedCache(clock, max_bytes=max_bytes // 2)
        self._records: TimedCache[str, NameRecords] = TimedCache(clock, max_bytes=max_bytes // 2)
        self._changes = 0

    @property
    def size(self) -> int:
        """How many bytes are kept, roughly."""
        return self._leads_to.size + self._records.size

    async def find(self, name: str) -> NameRecords | None:
        """What ``name`` has, None for nothing."""
        known = self._leads_to.get(name)
        if known is not None and known[0] is None:
            return None
        kept = None if known is None or known[0] is None else self._records.get(known[0])
        if kept is not None:
            return replace(kept[0], name=name)
        changes, asked = self._changes, self._clock()
        found = await self._look_up(name)
        # Something was changed while the database was read: perhaps this, perhaps not yet seen by it.
        if changes == self._changes:
            until = asked + FRESH_SECONDS
            self._leads_to.put_until(name, None if found is None else found.canonical_name, until)
            if found is not None:
                self._records.put_until(found.canonical_name, found, until)
        return found

    def forget(self, *names: str) -> None:
        """Believe nothing about ``names`` any more, nor about their aliases: they were changed."""
        self._changes += 1
        for name in names:
            self._leads_to.drop(name)
            self._records.drop(name)
