"""Writing about messages – answers, reactions, edits, deletions – and the timelines that come of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from dm3.base import normalize
from dm3.base.errors import InvalidInput, NotFound
from dm3.model import Attachment, MessageType, meaning_of
from dm3.protocol.messages import LONGEST_REACTION, Entry, Timeline, is_entry
from dm3.store.vault import Conflict
from dm3.wire import read_message

from ..state.records import MESSAGES, Conversation, StoredMessage
from ..state.settings_record import sends_receipts
from . import conversations as history
from .kept_marks import gets_receipts
from .peer_names import kept_name, names_of
from .receipts import receipt
from .sending import Sending
from .timelines import last_entries_of, timeline_of

_NO_SIGN: Final = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})
"""Categories of characters that no reaction has."""

Quotable = StoredMessage | Entry | str
"""A message to refer to: as it was kept, as a timeline shows it, or its hash."""


class Writing(Sending):
    """The part of an account that writes about messages."""

    async def reply(
        self, message: Quotable, text: str, *, attachments: tuple[Attachment, ...] | None = None
    ) -> StoredMessage:
        """Answer a message, as the profile in whose conversation it stands. Raises `NotFound`."""
        found = await self.find_message(message)
        return await self._write(found, text, MessageType.REPLY, attachments)

    async def react(self, message: Quotable, emoji: str) -> StoredMessage:
        """Put an emoji (or a few characters) under a message; an empty one takes yours away again."""
        if not isinstance(emoji, str):
            raise InvalidInput(f"a reaction is text, and this is a {type(emoji).__name__}")
        if len(emoji.strip()) > LONGEST_REACTION:
            raise InvalidInput(f"a reaction has at most {LONGEST_REACTION} characters")
        if any(unicodedata.category(sign) in _NO_SIGN for sign in emoji.strip()):
            raise InvalidInput("a reaction is one emoji or word, without spaces and control characters")
        return await self._write(await self.find_message(message), emoji.strip(), MessageType.REACTION)

    async def edit(
        self, message: Quotable, text: str, *, attachments: tuple[Attachment, ...] | None = None
    ) -> StoredMessage:
        """Replace the text of a message of your own; attachments stay where none are given."""
        found = await self._by_us(message, "edit")
        if not meaning_of(found.type).editable:
            raise InvalidInput(f"a message of type {found.type} cannot be edited")
        return await self._write(found, text, MessageType.EDIT, attachments)

    async def delete(self, message: Quotable) -> StoredMessage:
        """Ask for a message of your own to be deleted, or take a reaction of yours back.

        What others do with that is up to their programs.
        """
        found = await self._by_us(message, "delete")
        if not meaning_of(found.type).deletable:
            raise InvalidInput(f"a message of type {found.type} cannot be deleted")
        return await self._write(found, None, MessageType.DELETE_REQUEST)

    async def find_message(self, message: Quotable) -> StoredMessage:
        """The kept message that is meant; given as somebody else's, ours with the same hash.

        Raises `NotFound`.
        """
        profiles = (self._identity.name, *await self._linked_names())
        if isinstance(message, StoredMessage) and message.profile in profiles:
            return message
        wanted = message if isinstance(message, str) else message.hash
        for profile in profiles:
            found = await self._context.vault.get(MESSAGES, history.message_key(profile, wanted))
            if found is not None and found.text:  # of a deleted one only the hash is left
                return found
        raise NotFound(f"no message {wanted[:80]} is kept here")

    async def timeline(self, peer: str, *, newest: int | None = None, before: str | None = None) -> Timeline:
        """The conversation with ``peer``, any of its names, as it is to be shown (specification 3.6).

        At most the ``newest`` entries, of those ``before`` the entry with that hash; as `Timeline.page`.
        """
        own = self._identity.name
        return await timeline_of(self._context, own, own, normalize(peer), newest=newest, before=before)

    async def last_entries(self, heads: Sequence[Conversation]) -> list[Entry | None]:
        """The newest entry of each of these conversations of ours, None where there is none."""
        return await last_entries_of(self._context, self._identity.name, heads)

    async def names_of(self, peer: str) -> tuple[str, ...]:
        """All names of this peer that were used, the one by which it is known best first."""
        return await self._names_of_peer(self._identity.name, peer)

    async def mark_read(self, peer: str) -> None:
        """Mark a conversation as read; with ``send_receipts`` its senders are told, but not of a request."""
        await self._mark_read(self._identity.name, normalize(peer))

    # --- what is behind it --------------------------------------------------------------------

    async def _by_us(self, message: Quotable, what: str) -> StoredMessage:
        found = await self.find_message(message)
        if found.direction != "out":
            raise InvalidInput(f"only its author can {what} a message")
        return found

    async def _write(
        self,
        about: StoredMessage,
        text: str | None,
        type: MessageType,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StoredMessage:
        return await self._send_from(
            about.profile, about.peer, text, type=type, reference=about.hash, attachments=attachments
        )

    async def _names_of_peer(self, profile: str, peer: str) -> tuple[str, ...]:
        name = await kept_name(self._context, profile, normalize(peer))
        return await names_of(self._context.vault, profile, name)

    async def _mark_read(self, profile: str, peer: str) -> None:
        context, account = self._context, self._identity.name
        peer = await kept_name(context, profile, peer)
        async with self._busy:
            read = await history.mark_read(context.vault, profile, peer)
            names = await names_of(context.vault, profile, peer)
            if not await sends_receipts(context, account) or not await gets_receipts(
                context.vault, profile, names
            ):
                return
            change = context.vault.change()
            for message in read:
                if is_entry(message.type):
                    opened = read_message(message.text)
                    await receipt(context, change, account, profile, opened, MessageType.READ_OPENED)
            try:
                await context.vault.commit(change)
            except Conflict:
                return  # another process of ours has told them
        await self._hand_over()

    async def _linked_names(self) -> tuple[str, ...]:
        return ()
