"""What every profile of ours can do: send, pick up, and show its conversations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from dm3.base import normalize
from dm3.base.errors import Dm3Error, InvalidInput
from dm3.model import Attachment, Draft, Message, MessageType
from dm3.protocol.composing import compose
from dm3.store.vault import Change, Conflict

from . import conversations as history
from .context import Context
from .mailboxes import Incoming, Mailbox, Take, pick_up
from .outbox import dispatch, enqueue
from .receiving import Opened, note_refusal, open_incoming, place_of
from .records import (
    MESSAGES,
    NOTICES,
    OUTBOX,
    REFUSED,
    Conversation,
    Direction,
    Identity,
    Notice,
    OutboxEntry,
    RefusedMessage,
    StoredMessage,
)

LONG_POLL = 25.0


class Account:
    """A profile of ours in use. `LimitedScopeProfile` and `Messenger` add linking."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self._busy = asyncio.Lock()
        self._arrived: list[StoredMessage] = []
        self._mailbox = Mailbox(context, identity.name, identity.profile, identity.keys, identity.reader)
        self.troubles: list[Dm3Error] = []

    def _take_over(self, identity: Identity) -> None:
        """Go on as ``identity``, which has other keys."""
        self._identity = identity
        self._mailbox = Mailbox(
            self._context, identity.name, identity.profile, identity.keys, identity.reader
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._identity.shown_name}>"

    @property
    def name(self) -> str:
        """The name that others write to."""
        return self._identity.shown_name

    @property
    def identity(self) -> Identity:
        """What is kept of this profile."""
        return self._identity

    async def send(
        self,
        to: str,
        text: str,
        *,
        type: str = MessageType.NEW,
        reference: str | None = None,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StoredMessage:
        """Send a message: kept in the conversation and the outbox first, then handed over.

        Returns at once when no delivery service can be reached; the outbox tries again with every
        `sync`, and `waiting` tells. Raises `InvalidName` or `InvalidInput`.
        """
        draft = Draft(
            to=normalize(to),
            from_=self.name,
            timestamp=self._context.milliseconds(),
            type=type,
            content=text,
            reference=reference,
            attachments=attachments,
        )
        if draft.to in self._identity.names:
            raise InvalidInput("a profile does not write to itself")
        message = compose(draft, self._identity.keys.signing_private)
        async with self._busy:
            change = self._context.vault.change()
            stored = await self._keep(change, self._identity.name, message, Direction.OUT)
            self._enqueue(change, draft.to, self.name, message)
            await self._copy_sent(change, message)
            await self._context.vault.commit(change)
        await self.deliver()
        return stored

    async def deliver(self) -> list[OutboxEntry]:
        """Try what is due in the outbox; returns what could not be sent (yet)."""
        return await dispatch(self._context, self._identity.name)

    async def waiting(self) -> list[OutboxEntry]:
        """What is in the outbox, with the reasons why it is still there."""
        return [
            kept.record for kept in await self._context.vault.entries(OUTBOX, section=self._identity.name)
        ]

    async def sync(self, *, wait: float = 0) -> list[StoredMessage]:
        """Pick up what is new and send what waits; returns the messages that arrived, oldest first.

        ``wait``: seconds to wait for something to come. Troubles, such as a service that is away, do not
        stop the rest; they are in ``troubles`` afterwards.
        """
        async with self._busy:
            await self._pass_time()
        self.troubles = await pick_up(await self._sources(), wait)
        await self.deliver()
        await self._afterwards()
        arrived, self._arrived = self._arrived, []
        return sorted(arrived, key=lambda message: message.at)

    async def incoming(self) -> AsyncIterator[StoredMessage]:
        """Messages from others as they come, without end. Waits at the service, never polls blindly."""
        while True:
            for message in await self.sync(wait=LONG_POLL):
                if message.direction is Direction.IN:
                    yield message
            if self.troubles:
                await asyncio.sleep(2)

    async def conversations(self) -> list[Conversation]:
        """The conversations of this profile, the latest first."""
        return await history.conversations(self._context.vault, self._identity.name)

    async def messages(self, peer: str) -> list[StoredMessage]:
        """The messages of one conversation, oldest first."""
        return await history.messages(self._context.vault, self._identity.name, normalize(peer))

    async def mark_read(self, peer: str) -> None:
        """Mark a conversation as read."""
        await history.mark_read(self._context.vault, self._identity.name, normalize(peer))

    async def refused(self) -> list[RefusedMessage]:
        """Messages that were not taken in, with the reasons."""
        return [
            kept.record for kept in await self._context.vault.entries(REFUSED, section=self._identity.name)
        ]

    async def notices(self) -> list[Notice]:
        """What the user should know, oldest first."""
        return [
            kept.record for kept in await self._context.vault.entries(NOTICES, section=self._identity.name)
        ]

    # --- for the accounts that add something -------------------------------------------------

    async def _sources(self) -> list[tuple[Mailbox, Take]]:
        """The mailboxes to pick up from, and what to do with what lies there."""
        return [(self._mailbox, self._take)]

    def _forward(self, change: Change, to: str, sender: str, text: str) -> None:
        """Enqueue a copy: the message inside stays as its author signed it."""
        enqueue(change, self._context, account=self._identity.name, to=to, sender=sender, text=text)

    def _enqueue(
        self, change: Change, to: str, sender: str, message: Message, receiver_hash: str | None = None
    ) -> None:
        enqueue(
            change,
            self._context,
            account=self._identity.name,
            to=to,
            sender=sender,
            text=message.text,
            receiver_hash=receiver_hash,
        )

    async def _take(self, incoming: Incoming) -> None:
        """Take one envelope in: into a conversation, to linking, or to the refused ones."""
        message: Message | None = None
        try:
            keys = (self._identity.keys, *self._identity.former_keys)
            opened = await open_incoming(self._context, incoming, *keys)
            message = opened.message
            async with self._busy:
                await self._take_opened(opened)
        except Dm3Error as error:
            await note_refusal(self._context, self._identity.name, incoming, error, message)

    async def _take_opened(self, opened: Opened) -> None:
        if opened.message.link is not None and opened.message.from_ not in self._identity.names:
            if not await self._seen(opened.message):
                await self._take_link(opened)
            return
        linked = await self._linked_names()
        _, profile, direction = place_of(opened.message, self._identity.names, linked)
        await self._take_message(opened, profile, direction)

    async def _take_message(self, opened: Opened, profile: str, direction: Direction) -> None:
        vault = self._context.vault
        if opened.message.link is not None or await history.is_kept(vault, profile, opened.message.hash):
            return
        change = vault.change()
        stored = await self._keep(change, profile, opened.message, direction, opened.at)
        try:
            await vault.commit(change)
        except Conflict:
            return  # another process of ours was faster
        self._arrived.append(stored)

    async def _keep(
        self, change: Change, profile: str, message: Message, direction: Direction, at: int | None = None
    ) -> StoredMessage:
        return await history.keep(self._context.vault, change, profile, message, direction, at)

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

    async def _take_link(self, opened: Opened) -> None:
        """Linking: what `LimitedScopeProfile` and `Messenger` are for."""

    async def _linked_names(self) -> tuple[str, ...]:
        return ()

    async def _copy_sent(self, change: Change, message: Message) -> None:
        """Where a copy of a sent message goes as well."""

    async def _pass_time(self) -> None:
        """Let requests lapse and links expire."""

    async def _afterwards(self) -> None:
        """What is left to do once the outbox was tried."""
