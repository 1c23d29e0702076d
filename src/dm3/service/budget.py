"""Bytes in memory for others: so many in all, and no source keeps them all.

Whoever holds its share for long while others wait gives way: a client that drips costs itself its request,
and nobody else more than a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from dm3.base.errors import Dm3Error, Fault

HOLD_SECONDS: Final = 10.0
"""How long a share is safe from those who wait."""
WAIT_SECONDS: Final = 15.0
"""How long room is waited for: longer than a share is safe."""
LOOK_SECONDS: Final = 1.0
MAX_WAITING: Final = 64


class Busy(Dm3Error):
    """Too much is being sent or fetched at the moment."""

    code = "busy"
    fault = Fault.OPERATOR
    hint = "Try again in a few seconds."


class ByteBudget:
    """``in_all`` bytes, of which one source has ``for_each`` at most; the first of a source always fits.

    Times in seconds of the event loop's clock.
    """

    def __init__(self, in_all: int, for_each: int) -> None:
        self._in_all = in_all
        self._for_each = for_each
        self._of: dict[str, int] = {}
        self._shares: set[Share] = set()
        self._waiting: list[tuple[Share, int, asyncio.Future[None]]] = []
        self.held = 0

    def share(self, source: str, give_way: Callable[[], object]) -> Share:
        """A share of nothing yet; ``give_way`` is called when its holder has to stop for others."""
        return Share(self, source, give_way)

    async def take(self, share: Share, size: int) -> None:
        """Wait for room. Raises `Busy`."""
        if not self._waiting and self._fits(share.source, size):
            self._grant(share, size)
            return
        if len(self._waiting) >= MAX_WAITING:
            raise Busy()
        loop = asyncio.get_running_loop()
        granted: asyncio.Future[None] = loop.create_future()
        self._waiting.append((share, size, granted))
        end = loop.time() + WAIT_SECONDS
        try:
            self._serve()
            while not granted.done() and (left := end - loop.time()) > 0:
                self._make_room(share, size)
                await asyncio.wait((granted,), timeout=min(LOOK_SECONDS, left))
            if not granted.done():
                raise Busy()
        finally:
            self._waiting = [entry for entry in self._waiting if entry[2] is not granted]
            self._serve()  # whoever waited behind this one

    def give_back(self, share: Share) -> None:
        """Free what ``share`` has."""
        if share not in self._shares:
            return
        self._shares.discard(share)
        self.held -= share.size
        left = self._of[share.source] - share.size
        if left > 0:
            self._of[share.source] = left
        else:
            del self._of[share.source]
        share.size = 0
        self._serve()

    def _fits(self, source: str, size: int) -> bool:
        return self._fits_in_all(size) and self._fits_source(source, size)

    def _fits_in_all(self, size: int) -> bool:
        return not self.held or self.held + size <= self._in_all

    def _fits_source(self, source: str, size: int) -> bool:
        held = self._of.get(source, 0)
        return not held or held + size <= self._for_each

    def _grant(self, share: Share, size: int) -> None:
        if share not in self._shares:
            share.since = asyncio.get_running_loop().time()
            self._shares.add(share)
        share.size += size
        self.held += size
        self._of[share.source] = self._of.get(share.source, 0) + size

    def _serve(self) -> None:
        """Grant what fits, in the order of asking: who waits for its own source holds up no other one."""
        for entry in list(self._waiting):
            share, size, granted = entry
            if granted.done() or not self._fits_source(share.source, size):
                continue
            if not self._fits_in_all(size):
                return
            self._waiting.remove(entry)
            self._grant(share, size)
            granted.set_result(None)

    def _make_room(self, asking: Share, size: int) -> None:
        """Have the share that is held longest give way: the asking source's, if that has its part already,
        else one of the source that has most."""
        now = asyncio.get_running_loop().time()
        old = [
            share
            for share in self._shares
            if not share.settled and share is not asking and now - share.since >= HOLD_SECONDS
        ]
        if self._fits_source(asking.source, size):
            most = max((self._of[share.source] for share in old), default=0)
            old = [share for share in old if self._of[share.source] == most]
        else:
            old = [share for share in old if share.source == asking.source]
        found = min(old, key=lambda share: share.since, default=None)
        if found is not None:
            found.settled = True
            found.give_way()


class Share:
    """What one request holds of a `ByteBudget`, given back when the context ends."""

    __slots__ = ("_budget", "give_way", "settled", "since", "size", "source")

    def __init__(self, budget: ByteBudget, source: str, give_way: Callable[[], object]) -> None:
        self._budget = budget
        self.source = source
        self.give_way = give_way
        self.size = 0
        self.since = 0.0
        self.settled = False

    async def take(self, size: int) -> None:
        """Hold ``size`` bytes more. Raises `Busy`."""
        await self._budget.take(self, size)

    def settle(self) -> None:
        """From now on nothing depends on the client: this one does not give way any more."""
        self.settled = True

    def give_back(self) -> None:
        """Free all of it."""
        self._budget.give_back(self)

    def __enter__(self) -> Share:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()
