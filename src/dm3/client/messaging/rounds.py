"""The rounds of an opened profile: what is new is picked up, what waits is sent, what is due is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

from dm3.base import checked
from dm3.protocol.messages import is_entry

from ..reading.profile_inbox import ProfileInbox
from ..state.linked_profiles import LinkedProfiles, names_of_linked
from ..state.look_ups import Aftermath, step
from ..state.open_profile import OpenProfile
from ..state.records import Direction, StoredMessage
from .arrivals import Arrivals
from .outgoing import Outgoing
from .peer_names import look_up

LONG_POLL: Final = 25.0
LONGEST_PAUSE: Final = 5.0
"""Seconds between two rounds of which nothing came, though they were over at once."""

PassTime = Callable[[], Awaitable[Aftermath]]
"""Has something lapse or expire, as a step of `dm3.client.state.look_ups`."""
Afterwards = Callable[[], Awaitable[None]]
"""What is left to do once the outbox was tried."""


@checked
class Rounds:
    """Goes through the rounds of a profile, with what its kind of profile has to do before and after."""

    def __init__(
        self,
        own: OpenProfile,
        linked: LinkedProfiles,
        inbox: ProfileInbox,
        outgoing: Outgoing,
        arrivals: Arrivals,
        *,
        before: Sequence[PassTime] = (),
        after: Sequence[Afterwards] = (),
    ) -> None:
        self._own = own
        self._linked = linked
        self._inbox = inbox
        self._outgoing = outgoing
        self._arrivals = arrivals
        self._before = before
        self._after = after

    async def sync(self, *, wait: float = 0) -> list[StoredMessage]:
        """Pick up what is new and send what waits; returns the messages that arrived, oldest first.

        ``wait``: seconds to wait for something to come. Errors, such as a service that is away, do not
        stop the rest; they are in ``errors`` afterwards. What a service has beyond its budget comes with
        the next `sync`.
        """
        await self._round(wait)
        return self._arrivals.all()

    def incoming(self, *, changes: bool = False) -> AsyncIterator[StoredMessage]:
        """Messages from others as they come, without end. Waits at the services, never polls blindly.

        Each is told as soon as it is kept, whatever else is still being looked up or waited for. With
        ``changes`` also what is only about other messages: edits, reactions, receipts and the like.
        """
        return self._incoming(changes)

    async def _incoming(self, changes: bool) -> AsyncIterator[StoredMessage]:
        pause = 0.0
        while True:
            started, told = monotonic(), False
            running = asyncio.create_task(self._round(LONG_POLL))
            try:
                while self._arrivals.are_there or not running.done():
                    await self._arrivals.news_or(running)
                    for message in self._arrivals.all():
                        told = True
                        if message.direction is Direction.IN and (changes or is_entry(message.type)):
                            yield message
                await running
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            over_at_once = not told and monotonic() - started < 1
            pause = min(max(pause * 2, 0.2), LONGEST_PAUSE) if over_at_once else 0.0
            await asyncio.sleep(pause)

    async def _round(self, wait: float) -> None:
        self._linked.begin_round()
        self._inbox.begin_round()
        for passes in self._before:
            later = await step(self._own.busy, passes)
            await later()
        self._own.errors = []
        await self._inbox.fetch(wait, self._own.errors)
        await self._outgoing.hand_over_in_sync()
        for does in self._after:
            await does()
        for profile in (self._own.account, *names_of_linked(await self._linked.of_round())):
            await look_up(self._own.context, profile)
