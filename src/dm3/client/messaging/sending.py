"""Sending: kept in the conversation and the outbox in one commit, then handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from dm3.base import normalize
from dm3.base.errors import InvalidInput, NotFound, Unreachable
from dm3.crypto import ProfileKeys
from dm3.model import Attachment, Draft, Message, MessageType, meaning_of
from dm3.protocol.messages import compose
from dm3.store.vault import Change

from ..state.capabilities import SMALLEST_LIMIT, least_sealed_size, require_protocol_size, too_large
from ..state.commits import commit_anew
from ..state.context import Context
from ..state.outbox_entry import OutboxEntry
from ..state.records import OUTBOX, Direction, Identity, StoredMessage
from . import conversations as history
from .dispatcher import dispatch
from .outbox import discard, enqueue, make_due
from .peer_names import note_receiver

T = TypeVar("T")


class Sending:
    """The part of an account that sends, and looks after what is on its way."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self._busy = asyncio.Lock()
        self._last_stamp = 0

    @property
    def name(self) -> str:
        """The name that others write to."""
        return self._identity.shown_name

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

        Returns when it is kept; the handing over goes on beside it, and the outbox tries again with every
        `sync` until a delivery service has it. ``connect(send_wait=…)`` has it waited for. What became of it
        `entry_of` tells: nothing is left of a message that was handed over. So with a name under which nobody
        is published, and what the receiver says it does not read. Raises `InvalidName`, `InvalidInput`, or
        `TooLarge` for what none of the receiver's services takes.
        """
        return await self._send_from(
            self._identity.name,
            normalize(to),
            text,
            type=type,
            reference=reference,
            attachments=attachments,
        )

    async def make_statement(self, board: str, text: str) -> StoredMessage:
        """Write a public statement to a board (specification 5.8), which may show it to everybody.

        It is signed with this profile's key under the name that others write to, and stays readable for
        whoever has seen it. Returns and raises as `send`.
        """
        draft = self._draft(self.name, normalize(board), text, MessageType.NEW, None, None)
        return await self._post(
            self._identity.name, replace(draft, public=True), self._identity.keys, self._copy_sent
        )

    async def retry(self, entry_id: str) -> list[OutboxEntry]:
        """Try an entry of the outbox again now, also one that was given up; returns what is left.

        Raises `NotFound`.
        """
        await make_due(self._context, self._identity.name, entry_id)
        return await self.deliver()

    async def discard(self, entry_id: str) -> None:
        """Give an entry of the outbox up; its conversation shows that it was not sent.

        Raises `NotFound`.
        """
        async with self._busy:
            await discard(self._context, self._identity.name, entry_id)

    async def deliver(self) -> list[OutboxEntry]:
        """Try what is due in the outbox; returns what could not be sent (yet)."""
        return await dispatch(self._context, self._identity.name)

    async def _hand_over(self, *, wait: float | None = None) -> None:
        """Begin to send what is due; goes on by itself after ``wait`` seconds (None: `Context.send_wait`)."""
        task = self._context.background.begin(self.deliver())
        await self._wait_for(task, wait)

    async def _wait_for(self, task: asyncio.Task[Any], wait: float | None = None) -> None:
        await asyncio.wait({task}, timeout=self._context.send_wait if wait is None else wait)
        if task.done():
            task.result()

    async def waiting(self) -> list[OutboxEntry]:
        """What is in the outbox, with the reasons why it is still there."""
        return [
            kept.record for kept in await self._context.vault.entries(OUTBOX, section=self._identity.name)
        ]

    async def entry_of(self, message: StoredMessage) -> OutboxEntry | None:
        """What is in the outbox of a message of one's own; None once a delivery service has taken it.

        Its ``state`` says whether it is still tried, ``is_to_nobody`` that nobody is published under the
        receiver's name, ``last_error`` the reason in a sentence.
        """
        for entry in await self.waiting():
            if entry.message_hash == message.hash and entry.to == message.peer:
                return entry
        return None

    # --- what is behind it --------------------------------------------------------------------

    async def _commit(self, prepare: Callable[[Change], Awaitable[T]]) -> T:
        """As `commit_anew`, in this vault."""
        return await commit_anew(self._context.vault, prepare)

    async def _send_from(
        self,
        profile: str,
        to: str,
        text: str | None,
        *,
        type: str,
        reference: str | None,
        attachments: tuple[Attachment, ...] | None,
    ) -> StoredMessage:
        if profile != self._identity.name:
            raise NotFound(f"{profile} is not written as from here")
        if to in self._identity.names:
            raise InvalidInput("a profile does not write to itself")
        draft = self._draft(self.name, to, text, type, reference, attachments)
        return await self._post(profile, draft, self._identity.keys, self._copy_sent)

    def _draft(
        self,
        from_: str,
        to: str,
        text: str | None,
        type: str,
        reference: str | None,
        attachments: tuple[Attachment, ...] | None,
    ) -> Draft:
        if not isinstance(text, str) and not (text is None and not meaning_of(type).needs_text):
            raise InvalidInput(f"a message is text, and this is a {text.__class__.__name__}")
        if type in (MessageType.NEW, MessageType.REPLY) and not (text or "").strip() and not attachments:
            raise InvalidInput("the message is empty", hint="Give it a text, or attach a file.")
        if "." not in to:
            raise InvalidInput(
                f"{to} is no whole name", hint="ENS names have a dot, such as alice.user.dm3.localhost."
            )
        return Draft(
            to=to,
            from_=from_,
            timestamp=self._stamp(),
            type=type,
            content=text,
            reference=reference,
            attachments=attachments,
        )

    def _stamp(self) -> int:
        """Now, and never the same millisecond twice: two equal messages would be one."""
        self._last_stamp = max(self._context.milliseconds(), self._last_stamp + 1)
        return self._last_stamp

    async def _post(
        self,
        profile: str,
        draft: Draft,
        keys: ProfileKeys,
        copy: Callable[[Change, Message], Awaitable[None]],
    ) -> StoredMessage:
        """Keep the message in the conversation and the outbox, with its copies, then try to hand it over."""
        message = compose(draft, keys.signing_private)
        await self._require_room(draft.to, message.text)

        async def prepare(change: Change) -> StoredMessage:
            nonlocal message
            if await history.is_kept(self._context.vault, profile, message.hash):
                # Another process of ours said the same in the same millisecond.
                message = compose(replace(draft, timestamp=self._stamp()), keys.signing_private)
            stored = await self._keep(change, profile, message, Direction.OUT)
            self._enqueue(change, draft.to, draft.from_, message)
            await copy(change, message)
            return stored

        async with self._busy:
            stored = await self._commit(prepare)
        await self._wait_for(self._context.background.begin(self._deliver_first(stored)))
        return stored

    async def _deliver_first(self, stored: StoredMessage) -> None:
        """Try what is due for the first time after ``stored`` was kept; note whose the receiver's name is."""
        left = await self.deliver()
        if stored.peer and not any(entry.message_hash == stored.hash for entry in left):
            await note_receiver(self._context, stored.profile, stored.peer)

    async def _require_room(self, to: str, text: str) -> None:
        """Raise `TooLarge` for what no delivery service of ``to`` takes, as far as they can be asked now."""
        require_protocol_size(text)
        size = least_sealed_size(text)
        if size <= SMALLEST_LIMIT:
            return
        limits: dict[str, int] = {}
        try:
            services = (await self._context.directory.profile(to)).signed.profile.delivery_services
            for service in services:
                limit = await self._context.peers.limit(service, await self._context.service(service))
                if limit is None or size <= limit:
                    return
                limits[service] = limit
        except (NotFound, Unreachable):
            return  # the outbox looks again when it is about to send
        if limits:
            raise too_large(size, limits)

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

    async def _keep(
        self,
        change: Change,
        profile: str,
        message: Message,
        direction: Direction,
        at: int | None = None,
        *,
        unread: bool = True,
    ) -> StoredMessage:
        return await history.keep(self._context.vault, change, profile, message, direction, at, unread=unread)

    async def _copy_sent(self, change: Change, message: Message) -> None:
        """Where a copy of a sent message goes as well."""
