"""Marks of conversations: blocked, allowed, archived, pinned, muted, read, and what is half written."""

from __future__ import annotations

from collections.abc import Collection

from dm3.base import checked

from ..state.marks import Marks
from ..state.records import Conversation, StoredMessage
from .marked_conversations import MarkedConversations


@checked
class ConversationMarks:
    """Marks conversations of a profile, or of one that is linked to it."""

    def __init__(self, marked: MarkedConversations) -> None:
        self._marked = marked

    async def marks(self, peer: str, *, profile: str | None = None) -> Marks:
        """What was decided about the conversation with ``peer``, any of its names. Raises `InvalidName`."""
        return await self._marked.marks(peer, profile)

    async def block(self, peer: str, *, profile: str | None = None) -> None:
        """Do not show, count or tell what ``peer`` writes from now on; nobody is told of it.

        Its messages are kept: `unblock` shows them again. Raises `InvalidName`, and `NotFound` for a
        ``profile`` that is neither this one nor linked to it.
        """
        await self._marked.set(peer, profile, blocked=True)

    async def unblock(self, peer: str, *, profile: str | None = None) -> None:
        """Show what ``peer`` writes, and what it has written meanwhile. Raises as `block`."""
        await self._marked.set(peer, profile, blocked=False)

    async def allow(self, peer: str, *, profile: str | None = None) -> None:
        """Take the first messages of ``peer`` for a conversation, not for a request. Raises as `block`.

        With ``send_receipts`` it is told from now on what has come and was read.
        """
        await self._marked.set(peer, profile, allowed=True, blocked=False)

    async def archive(self, peer: str, archived: bool = True, *, profile: str | None = None) -> None:
        """Put a conversation out of the way until something new comes, or back. Raises as `block`."""
        await self._marked.set(peer, profile, archived=archived)

    async def pin(self, peer: str, pinned: bool = True, *, profile: str | None = None) -> None:
        """Keep a conversation above all others, or no more. Raises as `block`."""
        await self._marked.set(peer, profile, pinned=pinned)

    async def mute(self, peer: str, muted: bool = True, *, profile: str | None = None) -> None:
        """Count what comes in a conversation without telling, or no more. Raises as `block`."""
        await self._marked.set(peer, profile, muted=muted)

    async def keep_draft(self, peer: str, text: str, *, profile: str | None = None) -> None:
        """Keep what is half written to ``peer``; empty for nothing. Raises as `block`."""
        await self._marked.set(peer, profile, draft=text)

    async def delete_conversation(
        self, peer: str, *, profile: str | None = None, messages: int | None = None
    ) -> int:
        """Have the messages of a conversation, its draft and its marks be gone from this vault.

        Returns how many messages, edits and receipts among them, went. Of each its hash stays, so that it
        does not come back; a blocked peer stays blocked. What is new opens another conversation. The peer,
        other devices and copies of the vault keep what they have; what waits in the outbox still goes out.
        With ``messages``, nothing goes unless it has just so many: what came meanwhile is not lost.
        Raises as `block`, and `NotFound` where there is no such conversation, or one of another number.
        """
        return await self._marked.delete(peer, profile, messages)

    async def peers(self) -> list[str]:
        """Every name of which something is kept, also where that is no conversation, as a receipt alone."""
        return await self._marked.peers()

    async def forget(self, peer: str, known: Collection[str]) -> list[StoredMessage]:
        """Keep nothing more of a peer's name: no message, hash or mark, nor whose it is.

        For programs that keep elsewhere what they need of their messages, as a board does: strangers do not
        fill their vault. Only where ``known`` has the hashes of all messages of that name; returns those that
        are not among them, and then everything stays. What is forgotten may come again.
        """
        return await self._marked.forget(peer, known)

    async def blocked(self) -> list[Marks]:
        """The blocked peers of this profile and of all linked ones, by the names that they are known best."""
        return await self._marked.blocked()

    async def message_requests(self) -> list[Conversation]:
        """Conversations that others began and the user has neither answered nor allowed, the latest first.

        Those of all profiles whose conversations this one shows. They stand among the conversations, too;
        who shows these two apart takes them out there.
        """
        return await self._marked.requests()
