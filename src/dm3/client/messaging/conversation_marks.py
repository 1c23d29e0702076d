"""Marks of conversations: blocked, allowed, archived, pinned, muted, read, and what is half written."""

from __future__ import annotations

from typing import Any

from dm3.base import normalize
from dm3.base.errors import NotFound
from dm3.store.vault import Change

from ..state.marks import Marks
from ..state.records import CONVERSATIONS, Conversation
from .conversations import conversations
from .kept_marks import all_marks, has_written_to, marks_of, set_marks
from .peer_names import conversation_key, kept_name, names_of
from .removal import remove_conversation
from .replying import Writing


class Marking(Writing):
    """The part of an account that marks conversations, as its own profile or as a linked one."""

    async def marks(self, peer: str, *, profile: str | None = None) -> Marks:
        """What was decided about the conversation with ``peer``, any of its names. Raises `InvalidName`."""
        owner, names = await self._meant(peer, profile)
        return await marks_of(self._context.vault, owner, names)

    async def block(self, peer: str, *, profile: str | None = None) -> None:
        """Do not show, count or tell what ``peer`` writes from now on; nobody is told of it.

        Its messages are kept: `unblock` shows them again. Raises `InvalidName`, and `NotFound` for a
        ``profile`` that is neither this one nor linked to it.
        """
        await self._set_marks(peer, profile, blocked=True)

    async def unblock(self, peer: str, *, profile: str | None = None) -> None:
        """Show what ``peer`` writes, and what it has written meanwhile. Raises as `block`."""
        await self._set_marks(peer, profile, blocked=False)

    async def allow(self, peer: str, *, profile: str | None = None) -> None:
        """Take the first messages of ``peer`` for a conversation, not for a request. Raises as `block`.

        With ``send_receipts`` it is told from now on what has come and was read.
        """
        await self._set_marks(peer, profile, allowed=True, blocked=False)

    async def archive(self, peer: str, archived: bool = True, *, profile: str | None = None) -> None:
        """Put a conversation out of the way until something new comes, or back. Raises as `block`."""
        await self._set_marks(peer, profile, archived=archived)

    async def pin(self, peer: str, pinned: bool = True, *, profile: str | None = None) -> None:
        """Keep a conversation above all others, or no more. Raises as `block`."""
        await self._set_marks(peer, profile, pinned=pinned)

    async def mute(self, peer: str, muted: bool = True, *, profile: str | None = None) -> None:
        """Count what comes in a conversation without telling, or no more. Raises as `block`."""
        await self._set_marks(peer, profile, muted=muted)

    async def keep_draft(self, peer: str, text: str, *, profile: str | None = None) -> None:
        """Keep what is half written to ``peer``; empty for nothing. Raises as `block`."""
        await self._set_marks(peer, profile, draft=text)

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
        owner, names = await self._meant(peer, profile)

        async def prepare(change: Change) -> int:
            vault, now = self._context.vault, self._context.milliseconds()
            removed = await remove_conversation(vault, change, owner, names, now)
            if not change:
                raise NotFound(f"{owner} has no conversation with {names[0]}")
            if messages not in (None, removed):
                raise NotFound(f"the conversation with {names[0]} has {removed} messages, not {messages}")
            return removed

        async with self._busy:
            return await self._commit(prepare)

    async def blocked(self) -> list[Marks]:
        """The blocked peers of this profile and of all linked ones, by the names that they are known best."""
        found: dict[tuple[str, str], Marks] = {}
        for owner in await self._marked_profiles():
            for marks in (await all_marks(self._context.vault, owner)).values():
                if marks.blocked:
                    found[owner, marks.peer] = marks
        return list(found.values())

    async def message_requests(self) -> list[Conversation]:
        """Conversations that others began and the user has neither answered nor allowed, the latest first.

        Those of all profiles whose conversations this one shows. They stand among the conversations, too;
        who shows these two apart takes them out there.
        """
        found = []
        for owner in await self._marked_profiles():
            marks = await all_marks(self._context.vault, owner)
            shown = await self._shown_conversations(owner)
            found += [head for head in shown if not await self._is_allowed(head, marks.get(head.peer))]
        return sorted(found, key=lambda head: -head.last_at)

    # --- what is behind it --------------------------------------------------------------------

    async def _shown_conversations(self, profile: str) -> list[Conversation]:
        """The conversations of ``profile`` that are not blocked, the latest first."""
        marks = await all_marks(self._context.vault, profile)
        heads = await conversations(self._context.vault, profile)
        return [head for head in heads if head.peer not in marks or not marks[head.peer].blocked]

    async def _is_allowed(self, head: Conversation, marks: Marks | None) -> bool:
        if marks is not None and marks.allowed:
            return True
        if await has_written_to(self._context.vault, head.profile, head.names):
            # Noted, so that a long conversation is not read again for it.
            await self._set_marks(head.peer, head.profile, allowed=True)
            return True
        return False

    async def _set_marks(self, peer: str, profile: str | None, **marks: Any) -> None:
        owner, names = await self._meant(peer, profile)

        async def prepare(change: Change) -> None:
            await set_marks(self._context.vault, change, owner, names, self._context.milliseconds(), **marks)

        await self._commit(prepare)

    async def _note_read(self, profile: str, peer: str) -> None:
        """Note up to which message the conversation is read, for this user's other machines."""
        vault = self._context.vault
        names = await names_of(vault, profile, peer)
        heads = [await vault.get(CONVERSATIONS, conversation_key(profile, name)) for name in names]
        newest = max((head.last_at for head in heads if head is not None), default=0)
        if newest > (await marks_of(vault, profile, names)).read_up_to:
            await self._set_marks(peer, profile, read_up_to=newest)

    async def _mark_read(self, profile: str, peer: str) -> None:
        await super()._mark_read(profile, peer)
        await self._note_read(profile, await kept_name(self._context, profile, peer))

    async def _meant(self, peer: str, profile: str | None) -> tuple[str, tuple[str, ...]]:
        owner = normalize(profile) if profile else self._identity.name
        if owner in self._identity.names:
            owner = self._identity.name
        elif owner not in await self._marked_profiles():
            raise NotFound(f"{owner} is neither this profile nor linked to it")
        name = await kept_name(self._context, owner, normalize(peer))
        return owner, await names_of(self._context.vault, owner, name)

    async def _marked_profiles(self) -> tuple[str, ...]:
        """Every profile whose conversations this one shows."""
        return (self._identity.name, *await self._linked_names())
