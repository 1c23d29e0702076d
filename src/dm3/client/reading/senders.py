"""Who has written: looked up and verified once in a sync, side by side for different names."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final
from weakref import WeakValueDictionary

from msgspec.structs import replace

from dm3.base import domain_of
from dm3.base.errors import Dm3Error
from dm3.net.cache import TimedCache
from dm3.protocol.names import ResolvedProfile

from ..state.once import Once
from .domain_pauses import DomainPauses
from .receiving import NotVerifiable, OpenedMessage, SenderUnknownNow, is_signed_by, verified
from .seen_profiles import SeesProfiles

TTL: Final = 60
SENDERS: Final = 2_000
"""For how many seconds at most, and for how many senders, a sync knows whom it has verified."""


class SenderLookup:
    """Verifies the senders of what has come; a domain that cannot be looked up has its ``pauses``."""

    def __init__(self, context: SeesProfiles, pauses: DomainPauses) -> None:
        self._context = context
        self._pauses = pauses
        self._once = Once()
        self._first: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.begin_round()

    def begin_round(self) -> None:
        """Have senders be verified anew: a sync begins."""
        self._senders: TimedCache[str, ResolvedProfile] = TimedCache(monotonic, max_entries=SENDERS)

    async def verified(self, opened: OpenedMessage, *, again: bool) -> OpenedMessage:
        """``opened`` with whose it is; ``again``: it was kept before, and is given more time.

        Raises `SenderUnknownNow`, `NotVerifiable` and `BadSignature`.
        """
        name = opened.message.from_
        first = self._first.setdefault(name, asyncio.Lock())
        if first.locked():
            async with first:
                pass  # what has come of the same sender is waited for: it tells whose keys these are
        elif self._known(opened) is None:
            async with first:
                return await self._verified_now(opened, again=again)
        return self._known(opened) or await self._verified_now(opened, again=again)

    def _known(self, opened: OpenedMessage) -> OpenedMessage | None:
        """With its sender, where this sync has verified whom the message is signed by."""
        known = self._senders.get(opened.message.from_)
        if known is None or not is_signed_by(opened.message, known[0]):
            return None
        return replace(opened, sender=known[0])

    async def _verified_now(self, opened: OpenedMessage, *, again: bool) -> OpenedMessage:
        name, domain = opened.message.from_, domain_of(opened.message.from_)
        if not again and await self._pauses.is_paused(domain):
            raise SenderUnknownNow(f"{domain} could not be looked up a moment ago")
        await self._once.run(name, lambda: self._reach(name, again=again))
        try:
            async with asyncio.timeout(self._seconds(again)):
                found = await verified(self._context, opened)
        except TimeoutError:
            raise await self._not_reached(name, f"looking {name} up anew takes too long") from None
        except SenderUnknownNow as error:
            raise await self._not_reached(name, error.detail) from None
        except NotVerifiable:
            await self._pauses.end(domain)
            raise
        await self._pauses.end(domain)
        if found.sender is not None:
            self._senders.put(name, found.sender, seconds=TTL)
        return found

    async def _reach(self, name: str, *, again: bool) -> None:
        """Look ``name`` up, once for all messages of it that come together. Raises `SenderUnknownNow`."""
        try:
            async with asyncio.timeout(self._seconds(again)):
                await self._context.directory.profile(name)
        except TimeoutError:
            raise await self._not_reached(name, f"looking {name} up takes too long") from None
        except Dm3Error as error:
            if not error.definite:
                raise await self._not_reached(name, str(error)) from None

    async def _not_reached(self, name: str, why: str) -> SenderUnknownNow:
        await self._pauses.lengthen(domain_of(name))
        return SenderUnknownNow(why)

    def _seconds(self, again: bool) -> float:
        timeouts = self._context.directory.timeouts
        return timeouts.lookup if again else timeouts.peer
