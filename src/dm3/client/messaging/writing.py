"""Writing: messages, what is about them – answers, reactions, edits, deletions – and what is on its way."""

from __future__ import annotations

import unicodedata
from typing import Final

from dm3.base import checked, normalize
from dm3.base.errors import InvalidInput
from dm3.model import Attachment, MessageType, meaning_of
from dm3.protocol.messages import LONGEST_REACTION

from ..state.open_profile import OpenProfile
from ..state.records import StoredMessage
from ..state.views import OutboxEntryView, outbox_view
from .kept_messages import KeptMessages, Quotable
from .outgoing import Outgoing

_NO_SIGN: Final = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})
"""Categories of characters that no reaction has."""


@checked
class Writing:
    """Writes for a profile and for those linked to it, and tells what is on its way."""

    def __init__(self, own: OpenProfile, kept: KeptMessages, outgoing: Outgoing) -> None:
        self._own = own
        self._kept = kept
        self._outgoing = outgoing

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
        return await self._outgoing.send(
            self._own.account,
            normalize(to),
            text,
            type=type,
            reference=reference,
            attachments=attachments,
        )

    async def send_as(
        self,
        profile: str,
        to: str,
        text: str,
        *,
        type: str = MessageType.NEW,
        reference: str | None = None,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StoredMessage:
        """Write as a linked profile. Raises `LinkRefused` when its link is not in force; `KeysChanged`."""
        return await self._outgoing.send(
            normalize(profile),
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
        return await self._outgoing.make_statement(self._own.account, normalize(board), text)

    async def reply(
        self, message: Quotable, text: str, *, attachments: tuple[Attachment, ...] | None = None
    ) -> StoredMessage:
        """Answer a message, as the profile in whose conversation it stands. Raises `NotFound`."""
        found = await self._kept.find(message)
        return await self._kept.write_about(found, text, MessageType.REPLY, attachments)

    async def react(self, message: Quotable, emoji: str) -> StoredMessage:
        """Put an emoji (or a few characters) under a message; an empty one takes yours away again."""
        if len(emoji.strip()) > LONGEST_REACTION:
            raise InvalidInput(f"a reaction has at most {LONGEST_REACTION} characters")
        if any(unicodedata.category(sign) in _NO_SIGN for sign in emoji.strip()):
            raise InvalidInput("a reaction is one emoji or word, without spaces and control characters")
        return await self._kept.write_about(
            await self._kept.find(message), emoji.strip(), MessageType.REACTION
        )

    async def edit(
        self, message: Quotable, text: str, *, attachments: tuple[Attachment, ...] | None = None
    ) -> StoredMessage:
        """Replace the text of a message of your own; attachments stay where none are given."""
        found = await self._kept.find_own(message, "edit")
        if not meaning_of(found.type).editable:
            raise InvalidInput(f"a message of type {found.type} cannot be edited")
        return await self._kept.write_about(found, text, MessageType.EDIT, attachments)

    async def delete(self, message: Quotable) -> StoredMessage:
        """Ask for a message of your own to be deleted, or take a reaction of yours back.

        What others do with that is up to their programs.
        """
        found = await self._kept.find_own(message, "delete")
        if not meaning_of(found.type).deletable:
            raise InvalidInput(f"a message of type {found.type} cannot be deleted")
        return await self._kept.write_about(found, None, MessageType.DELETE_REQUEST)

    async def find_message(self, message: Quotable) -> StoredMessage:
        """The kept message that is meant; given as somebody else's, ours with the same hash.

        Raises `NotFound`.
        """
        return await self._kept.find(message)

    async def retry(self, entry_id: str) -> list[OutboxEntryView]:
        """Try an entry of the outbox again now, also one that was given up; returns what is left.

        Raises `NotFound`.
        """
        return list(map(outbox_view, await self._outgoing.retry(entry_id)))

    async def discard(self, entry_id: str) -> None:
        """Give an entry of the outbox up; its conversation shows that it was not sent.

        Raises `NotFound`.
        """
        await self._outgoing.discard(entry_id)

    async def deliver(self) -> list[OutboxEntryView]:
        """Try what is due in the outbox; returns what could not be sent (yet)."""
        return list(map(outbox_view, await self._outgoing.deliver()))

    async def waiting(self) -> list[OutboxEntryView]:
        """What is in the outbox, with the reasons why it is still there."""
        return list(map(outbox_view, await self._outgoing.waiting()))

    async def entry_of(self, message: StoredMessage) -> OutboxEntryView | None:
        """What is in the outbox of a message of one's own; None once a delivery service has taken it.

        Its ``state`` says whether it is still tried, ``is_to_nobody`` that nobody is published under the
        receiver's name, ``last_error`` the reason in a sentence.
        """
        for entry in await self.waiting():
            if entry.message_hash == message.hash and entry.to == message.peer:
                return entry
        return None
