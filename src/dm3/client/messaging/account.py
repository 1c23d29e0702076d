"""What every profile of ours can do: send, pick up, and show its conversations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import nullcontext
from functools import partial
from time import monotonic
from weakref import WeakValueDictionary

from dm3.base import normalize
from dm3.base.errors import Dm3Error
from dm3.crypto import ProfileKeys
from dm3.model import DEVICE_SYNC, Message
from dm3.protocol.messages import is_entry
from dm3.store.vault import Change

from ..reading.inbox import Inbox, Late
from ..reading.mailbox import Incoming, Mailbox
from ..reading.mailbox_turn import Source
from ..reading.receiving import Opened, Place, place_of
from ..reading.unverified import Unverified, UnverifiedMessages
from ..reading.waiting_room import Act, WaitingRoom
from ..state.context import Context
from ..state.kept_records import RefusedMessage
from ..state.look_ups import Aftermath, nothing_more, step
from ..state.records import (
    MESSAGES,
    NOTICES,
    REFUSED,
    Conversation,
    Direction,
    Identity,
    Notice,
    StoredMessage,
)
from . import conversations as history
from .conversation_marks import Marking
from .in_transit import InTransit, in_transit
from .kept_marks import is_blocked
from .peer_names import kept_name, look_up, note
from .receipts import answer_arrival

LONG_POLL = 25.0
DELIVERY_STEPS = 2
"""How many of the client's steps a round waits for what it sends; the rest goes on beside it."""
LONGEST_PAUSE = 5.0
"""Seconds between two rounds of which nothing came, though they were over at once."""


class Account(Marking):
    """A profile of ours in use. `LimitedScopeProfile` and `Messenger` add linking."""

    def __init__(self, context: Context, identity: Identity) -> None:
        super().__init__(context, identity)
        self._room = WaitingRoom(context, identity.name)
        self._arrived: list[StoredMessage] = []
        self._news = asyncio.Event()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._inbox = Inbox(context)
        self._mailbox = self._own_mailbox()
        self.errors: list[Dm3Error] = []

    def _take_over(self, identity: Identity) -> None:
        """Go on as ``identity``, which has other keys."""
        self._identity = identity
        self._mailbox = self._own_mailbox()

    def _own_mailbox(self) -> Mailbox:
        own = self._identity
        return Mailbox(self._context, own.name, own.profile, own.keys, own.reader, own.names[1:])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._identity.shown_name}>"

    @property
    def identity(self) -> Identity:
        """What is kept of this profile."""
        return self._identity

    async def sync(self, *, wait: float = 0) -> list[StoredMessage]:
        """Pick up what is new and send what waits; returns the messages that arrived, oldest first.

        ``wait``: seconds to wait for something to come. Troubles, such as a service that is away, do not
        stop the rest; they are in ``errors`` afterwards. What a service has beyond its budget comes with
        the next `sync`.
        """
        await self._round(wait)
        return self._all_that_arrived()

    async def _round(self, wait: float) -> None:
        after = await step(self._busy, self._pass_time)
        await after()
        self.errors = []
        ready, late = await self._sources()
        await self._inbox.pick_up(ready, wait, self.errors, late)
        await self._look_again()
        await self._hand_over(wait=DELIVERY_STEPS * self._context.directory.timeouts.step)
        await self._afterwards()
        for profile in (self._identity.name, *await self._linked_names()):
            await look_up(self._context, profile)

    def _all_that_arrived(self) -> list[StoredMessage]:
        arrived, self._arrived = self._arrived, []
        self._news.clear()
        return sorted(arrived, key=lambda message: message.at)

    async def incoming(self, *, changes: bool = False) -> AsyncIterator[StoredMessage]:
        """Messages from others as they come, without end. Waits at the services, never polls blindly.

        Each is told as soon as it is kept, whatever else is still being looked up or waited for. With
        ``changes`` also what is only about other messages: edits, reactions, receipts and the like.
        """
        pause = 0.0
        while True:
            started, told = monotonic(), False
            running = asyncio.create_task(self._round(LONG_POLL))
            try:
                while self._arrived or not running.done():
                    await self._news_or(running)
                    for message in self._all_that_arrived():
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

    async def _news_or(self, running: asyncio.Task[None]) -> None:
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({news, running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    async def conversations(self) -> list[Conversation]:
        """The conversations of this profile without blocked ones, the latest first."""
        return await self._shown_conversations(self._identity.name)

    async def messages(self, peer: str) -> list[StoredMessage]:
        """The messages of the conversation with ``peer``, any of its names; oldest first."""
        return await self._messages(self._identity.name, peer)

    async def _messages(self, profile: str, peer: str) -> list[StoredMessage]:
        name = await kept_name(self._context, profile, normalize(peer))
        return await history.messages(self._context.vault, profile, name)

    async def refused(self) -> list[RefusedMessage]:
        """Messages that were not taken in, with the reasons."""
        return [
            kept.record for kept in await self._context.vault.entries(REFUSED, section=self._identity.name)
        ]

    async def unverified(self) -> list[Unverified]:
        """Messages whose sender cannot be verified, or not yet: never part of a conversation (section 4).

        Those that wait are looked at again with each `sync`, for as long as messages live.
        """
        handlers = await self._handlers()
        kept = UnverifiedMessages(self._context, self._identity.name)
        return await kept.all(lambda mailbox: handlers[mailbox][0] if mailbox in handlers else ())

    async def discard_unverified(self, message: str) -> None:
        """Throw one of `unverified` away, by its hash or the beginning of it. Raises `NotFound`."""
        await UnverifiedMessages(self._context, self._identity.name).discard(message)

    async def in_transit(self, name: str | None = None) -> InTransit:
        """What this profile has sent and nobody is known to have fetched, under its ``name`` alone if given.

        Ask before its keys change or a name is given up: who fetches it afterwards is shown it as not
        verifiable (section 4).
        """
        now = self._context.milliseconds()
        return await in_transit(self._context.vault, self._identity.name, now, name)

    async def notices(self) -> list[Notice]:
        """What the user should know, oldest first."""
        kept = await self._context.vault.entries(NOTICES, section=self._identity.name)
        return sorted((entry.record for entry in kept), key=lambda notice: notice.at)

    async def dismiss_notices(self, seen: Iterable[Notice]) -> None:
        """Have notices that the user has seen be gone; those that came meanwhile stay."""
        told, change = set(seen), self._context.vault.change()
        for kept in await self._context.vault.entries(NOTICES, section=self._identity.name):
            if kept.record in told:
                change.drop(NOTICES, kept)
        await self._context.vault.commit(change)

    # --- for the accounts that add something -------------------------------------------------

    async def _sources(self) -> tuple[list[Source], list[Late]]:
        """The mailboxes to pick up from, and those of which it is still being looked up where they are."""
        return [Source(self._mailbox, self._take)], []

    async def _take(self, incoming: Incoming) -> bool:
        """Take one envelope in: into a conversation, to linking, to the refused ones, or to what is kept.

        False for what cannot even be opened.
        """
        return await self._room.take(
            self._identity.name, incoming, *(await self._handlers())[self._identity.name]
        )

    async def _look_again(self) -> None:
        """Look again at what is kept because nobody could tell who wrote it."""
        await self._room.look_again((await self._handlers()).get)

    async def _handlers(self) -> dict[str, tuple[tuple[ProfileKeys, ...], Act]]:
        """The keys of each mailbox that is read, and what to do with a verified message from there."""
        keys = (self._identity.keys, *self._identity.former_keys)
        return {self._identity.name: (keys, self._act)}

    async def _act(self, opened: Opened) -> None:
        # What one peer says of linking is taken in one after the other, whatever it takes to look it up.
        turn = self._turns.setdefault(opened.message.from_, asyncio.Lock())
        async with turn if opened.message.link is not None else nullcontext():
            after = await step(self._busy, partial(self._take_opened, opened))
            await after()

    async def _take_opened(self, opened: Opened) -> Aftermath:
        if opened.message.link is not None and opened.message.from_ not in self._identity.names:
            if await self._seen(opened.message):
                return nothing_more
            return await self._take_link(opened)
        linked = await self._linked_names()
        place, profile, direction = place_of(opened.message, self._identity.names, linked)
        await self._take_message(opened, profile, direction, copied=place is Place.OF_LINKED)
        return nothing_more

    async def _take_message(
        self, opened: Opened, profile: str, direction: Direction, *, copied: bool = False
    ) -> None:
        context, account, message = self._context, self._identity.name, opened.message
        if message.link is not None or message.type == DEVICE_SYNC:
            return
        copied = copied or opened.is_copy(direction, (profile, *self._identity.names))
        at = opened.time(copied, context.milliseconds())

        async def prepare(change: Change) -> StoredMessage | None:
            if await history.is_kept(context.vault, profile, message.hash):
                return None  # it came before, or another process of ours was faster
            if direction is Direction.IN and opened.sender is not None:
                await note(context, change, profile, opened.sender, heard_at=at)
            blocked = direction is Direction.IN and await is_blocked(context.vault, profile, peer)
            stored = await self._keep(change, profile, message, direction, at, unread=not blocked)
            silent = blocked or not stored.text  # it is only about what was deleted
            if not copied and not silent:
                await answer_arrival(context, change, account, profile, stored, peer)
            return None if silent else stored

        peer = message.from_
        if direction is Direction.IN:
            peer = await kept_name(context, profile, peer)
        stored = await self._commit(prepare)
        if stored is not None:
            self._arrived.append(stored)
            self._news.set()

    async def _seen(self, message: Message) -> bool:
        key = history.message_key(self._identity.name, message.hash)
        return await self._context.vault.get(MESSAGES, key) is not None

    def _remember(self, change: Change, message: Message) -> None:
        """Mark a service message as handled: it has an effect once. Its keys are not kept."""
        stored = StoredMessage(
            profile=self._identity.name,
            peer=message.from_,
            direction=Direction.IN,
            hash=message.hash,
            type=message.type,
            content=None,
            text="",
            at=message.timestamp,
        )
        key = history.message_key(self._identity.name, message.hash)
        change.put(MESSAGES, key, stored, section="service", expect=0)

    def _notice(self, change: Change, kind: str, sentence: str) -> None:
        notice = Notice(self._identity.name, kind, sentence, self._context.seconds())
        change.put(NOTICES, self._context.random(8).hex(), notice, section=self._identity.name)

    async def _take_link(self, opened: Opened) -> Aftermath:
        """Linking: what `LimitedScopeProfile` and `Messenger` are for. A step of `dm3.client.state.look_ups`.

        Returns what is left to do with services once the lock is given back.
        """
        return nothing_more

    async def _pass_time(self) -> Aftermath:
        """Let requests lapse and links expire; returns as `_take_link`."""
        return nothing_more

    async def _afterwards(self) -> None:
        """What is left to do once the outbox was tried."""
