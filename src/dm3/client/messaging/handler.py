"""What is done with a verified message: it goes into a conversation, to linking, or to the devices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from weakref import WeakValueDictionary

from dm3.base.errors import MalformedData
from dm3.model import DEVICE_SYNC, Message

from ..reading.receiving import OpenedMessage, Ownership, ownership_of
from ..state.linked_profiles import LinkedProfiles, names_of_linked
from ..state.look_ups import Aftermath, nothing_more, step
from ..state.open_profile import OpenProfile
from ..state.records import Direction
from .arrivals import Arrivals
from .service_messages import was_handled

HandleStep = Callable[[OpenedMessage], Awaitable[Aftermath]]
"""Takes a message in, as a step of `dm3.client.state.look_ups`.

Returns what is left to do with services once the lock is given back.
"""


class MessageHandler:
    """Handles the messages of a profile's own mailbox.

    ``handle_link`` gets what is about linking, each message once; ``handle_sync`` what a profile's own
    devices tell, where it has several.
    """

    def __init__(
        self,
        own: OpenProfile,
        linked: LinkedProfiles,
        arrivals: Arrivals,
        handle_link: HandleStep,
        handle_sync: HandleStep | None = None,
    ) -> None:
        self._own = own
        self._linked = linked
        self._arrivals = arrivals
        self._handle_link = handle_link
        self._handle_sync = handle_sync
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def act(self, opened: OpenedMessage) -> None:
        """Do with a message what it is for."""
        # What one peer says of linking is taken in one after the other, whatever it takes to look it up.
        turn = self._turns.setdefault(opened.message.from_, asyncio.Lock())
        async with turn if opened.message.link is not None else nullcontext():
            after = await step(self._own.busy, partial(self._handle, opened))
            await after()

    async def _handle(self, opened: OpenedMessage) -> Aftermath:
        message, names = opened.message, self._own.identity.names
        if message.type == DEVICE_SYNC and self._handle_sync is not None:
            return await self._handle_sync(opened)
        if message.link is not None and message.from_ not in names:
            if await was_handled(self._own, message):
                return nothing_more
            return await self._handle_link(opened)
        place, profile, direction = await self._place_of(message)
        await self._arrivals.handle(opened, profile, direction, copied=place is Ownership.OF_LINKED)
        return nothing_more

    async def _place_of(self, message: Message) -> tuple[Ownership, str, Direction]:
        names = self._own.identity.names
        try:
            return ownership_of(message, names, names_of_linked(await self._linked.of_round()))
        except MalformedData:
            # Another program with this vault may have linked its profile meanwhile.
            return ownership_of(message, names, names_of_linked(await self._linked.all()))
