"""What goes out: kept in the conversation and the outbox in one commit, then handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import whole_name
from dm3.base.errors import InvalidInput, NotFound, Unreachable
from dm3.crypto import ProfileKeys
from dm3.model import Attachment, Draft, Message, MessageType, meaning_of
from dm3.protocol.messages import compose
from dm3.store.vault import Change

from ..reading.seen_profiles import EarlierProfile
from ..state.capabilities import SMALLEST_LIMIT, least_sealed_size, require_protocol_size, too_large
from ..state.commits import commit_anew
from ..state.open_profile import OpenProfile
from ..state.outbox_entry import OutboxEntry
from ..state.records import OUTBOX, Direction, StoredMessage
from . import conversations as history
from .dispatcher import dispatch
from .outbox import discard, enqueue, make_due
from .peer_names import note_receiver
from .recipients import Recipient, resolve_recipient

Copy = Callable[[Change, Message], Awaitable[None]]
"""Puts where else a sent message goes into the change that keeps it."""


class Author(Struct, frozen=True):
    """As whom something is written, and in whose name.

    ``profile``: in whose conversation it is kept. ``names``: those of the profile itself. ``copy`` says where
    copies go.
    """

    profile: str
    from_: str
    names: tuple[str, ...]
    keys: ProfileKeys
    copy: Copy


Authors = Callable[[str], Awaitable[Author]]
"""Who writes as this profile; raises where nobody does from here."""


class OwnAuthor:
    """The only author of a profile to which no other is linked: itself."""

    def __init__(self, own: OpenProfile, copy: Copy) -> None:
        self._own = own
        self._copy = copy

    async def __call__(self, profile: str) -> Author:
        """The profile itself, by any of its names. Raises `NotFound` for another one."""
        identity = self._own.identity
        if profile not in identity.names:
            raise NotFound(f"{profile} is not written as from here")
        return Author(identity.name, identity.shown_name, identity.names, identity.keys, self._copy)


async def nothing_to_copy(change: Change, message: Message) -> None:
    """Copies of a profile that is linked to none."""


async def nothing_to_prepare() -> None:
    """Nothing is put into the outbox before it is tried."""


HANDING_OVER_STEPS: Final = 2
"""How many of the client's steps a sync waits for what it sends; the rest goes on beside it."""


class Outgoing:
    """Sends for a profile and for those linked to it, and looks after what is on its way.

    ``prepare`` puts what else waits to be told into the outbox, before it is tried.
    """

    def __init__(
        self,
        own: OpenProfile,
        authors: Authors,
        prepare: Callable[[], Awaitable[None]] = nothing_to_prepare,
    ) -> None:
        self._own = own
        self._context = own.context
        self._authors = authors
        self._prepare = prepare
        self._last_stamp = 0

    async def deliver(self, *, known: Recipient | None = None) -> list[OutboxEntry]:
        """Try what is due in the outbox; returns what could not be sent (yet). ``known`` as in `dispatch`."""
        await self._prepare()
        return await dispatch(self._context, self._own.account, known=known)

    async def hand_over(self, *, wait: float | None = None) -> None:
        """Begin to send what is due; goes on by itself after ``wait`` seconds (None: `Context.send_wait`)."""
        await self._wait_for(self._context.background.begin(self.deliver()), wait)

    async def hand_over_in_sync(self) -> None:
        """As `hand_over`, for as long as a sync waits for it."""
        await self.hand_over(wait=HANDING_OVER_STEPS * self._context.directory.timeouts.step)

    async def waiting(self) -> list[OutboxEntry]:
        """What is in the outbox, with the reasons why it is still there."""
        return [kept.record for kept in await self._context.vault.entries(OUTBOX, section=self._own.account)]

    async def retry(self, entry_id: str) -> list[OutboxEntry]:
        """Try an entry of the outbox again now; returns what is left. Raises `NotFound`."""
        await make_due(self._context, self._own.account, entry_id)
        return await self.deliver()

    async def discard(self, entry_id: str) -> None:
        """Give an entry of the outbox up; its conversation shows that. Raises `NotFound`."""
        async with self._own.busy:
            await discard(self._context.vault, self._own.account, entry_id)

    async def send(
        self,
        profile: str,
        to: str,
        text: str | None,
        *,
        type: str,
        reference: str | None,
        attachments: tuple[Attachment, ...] | None,
    ) -> StoredMessage:
        """Keep a message of ``profile`` to ``to`` (both in normal form) and begin to hand it over.

        Raises `InvalidInput`, `TooLarge`, and what the author of such a profile raises.
        """
        author = await self._authors(profile)
        if to in author.names:
            raise InvalidInput("a profile does not write to itself")
        return await self._post(author, self._draft(author.from_, to, text, type, reference, attachments))

    async def make_statement(self, profile: str, board: str, text: str) -> StoredMessage:
        """Keep a public statement of ``profile`` to ``board``; begin to hand it over. Raises as `send`."""
        author = await self._authors(profile)
        draft = self._draft(author.from_, board, text, MessageType.NEW, None, None)
        return await self._post(author, replace(draft, public=True))

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
        return Draft(
            to=whole_name(to),
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

    async def _post(self, author: Author, draft: Draft) -> StoredMessage:
        """Keep the message in the conversation and the outbox, with its copies, then try to hand it over."""
        vault, profile = self._context.vault, author.profile
        message = compose(draft, author.keys.signing_private)
        recipient = await self._require_room(draft.to, message.text)

        async def prepare(change: Change) -> StoredMessage:
            nonlocal message
            if await history.is_kept(vault, profile, message.hash):
                # Another process of ours said the same in the same millisecond.
                message = compose(replace(draft, timestamp=self._stamp()), author.keys.signing_private)
            stored = await history.keep(vault, change, profile, message, Direction.OUT)
            enqueue(
                change,
                self._context,
                account=self._own.account,
                to=draft.to,
                sender=draft.from_,
                text=message.text,
            )
            await author.copy(change, message)
            return stored

        async with self._own.busy:
            stored = await commit_anew(vault, prepare)
        await self._wait_for(self._context.background.begin(self._deliver_first(stored, recipient)))
        return stored

    async def _deliver_first(self, stored: StoredMessage, recipient: Recipient | None) -> None:
        """Try what is due for the first time after ``stored`` was kept; note whose the receiver's name is."""
        left = await self.deliver(known=recipient)
        if stored.peer and not any(entry.message_hash == stored.hash for entry in left):
            await note_receiver(self._context, stored.profile, stored.peer)

    async def _require_room(self, to: str, text: str) -> Recipient | None:
        """Raise `TooLarge` for what no delivery service of ``to`` takes, as far as they can be asked now.

        Returns the recipient, if that had to be resolved.
        """
        require_protocol_size(text)
        size = least_sealed_size(text)
        if size <= SMALLEST_LIMIT:
            return None
        limits: dict[str, int] = {}
        try:
            recipient = await resolve_recipient(self._context, to)
            for name in recipient.services:
                limit = (await recipient.facts(await recipient.service(name))).limit
                if limit is None or size <= limit:
                    return recipient
                limits[name] = limit
        except (NotFound, Unreachable, EarlierProfile):
            return None  # the outbox looks again when it is about to send
        if limits:
            raise too_large(size, limits)
        return recipient

    async def _wait_for(self, task: asyncio.Task[Any], wait: float | None = None) -> None:
        await asyncio.wait({task}, timeout=self._context.send_wait if wait is None else wait)
        if task.done():
            task.result()
