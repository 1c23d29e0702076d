"""What is done with a verified message: it goes into a conversation, to linking, or to the devices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from weakref import WeakValueDictionary

from dm3.model import DEVICE_SYNC

from ..reading.receiving import OpenedMessage, Ownership, ownership_of
from ..state.linked_profiles import LinkedProfiles
from ..state.look_ups import Aftermath, nothing_more, step
from ..state.open_profile import OpenProfile
from .arrivals import Arrivals
from .service_messages import was_handled

TakeStep = Callable[[OpenedMessage], Awaitable[Aftermath]]
"""Takes a message in, as a step of `dm3.client.state.look_ups`.

Returns what is left to do with services once the lock is given back.
"""


class MessageHandler:
    """Handles the messages of a profile's own mailbox.

    ``take_link`` gets what is about linking, each message once; ``take_sync`` what a profile's own devices
    tell, where it has several.
    """

    def __init__(
        self,
        own: OpenProfile,
        linked: LinkedProfiles,
        arrivals: Arrivals,
        take_link: TakeStep,
        take_sync: TakeStep | None = None,
    ) -> None:
        self._own = own
        self._linked = linked
        self._arrivals = arrivals
        self._take_link = take_link
        self._take_sync = take_sync
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def act(self, opened: OpenedMessage) -> None:
        """Do with a message what it is for."""
        # What one peer says of linking is taken in one after the other, whatever it takes to look it up.
        turn = self._turns.setdefault(opened.message.from_, asyncio.Lock())
        async with turn if opened.message.link is not None else nullcontext():
            after = await step(self._own.busy, partial(self._take, opened))
            await after()

    async def _take(self, opened: OpenedMessage) -> Aftermath:
        message, names = opened.message, self._own.identity.names
        if message.type == DEVICE_SYNC and self._take_sync is not None:
            return await self._take_sync(opened)
        if message.link is not None and message.from_ not in names:
            if await was_handled(self._own, message):
                return nothing_more
            return await self._take_link(opened)
        place, profile, direction = ownership_of(message, names, await self._linked.names())
        await self._arrivals.take(opened, profile, direction, copied=place is Ownership.OF_LINKED)
        return nothing_more
