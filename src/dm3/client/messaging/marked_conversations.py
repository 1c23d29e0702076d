"""The conversations of a profile and of those linked to it, with what was decided about each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dm3.base import normalize
from dm3.base.errors import NotFound
from dm3.model import MessageType
from dm3.protocol.linking import Link
from dm3.protocol.messages import is_entry
from dm3.store.vault import Change, Conflict
from dm3.wire import read_message

from ..state.commits import commit_anew
from ..state.linked_profiles import LinkedProfiles, names_of_linked
from ..state.marks import Marks
from ..state.open_profile import OpenProfile
from ..state.records import CONVERSATIONS, PEER_NAMES, Conversation, StoredMessage
from ..state.settings_record import sends_receipts
from . import conversations as history
from .kept_marks import all_marks, gets_receipts, marks_of, set_marks
from .outgoing import Outgoing
from .overview import ListedConversation, Unanswered, conversations_of
from .peer_names import conversation_key, kept_name, names_of
from .receipts import receipt
from .removal import forget_peer, remove_conversation


class MarkedConversations:
    """Shows, marks, reads and deletes conversations."""

    def __init__(self, own: OpenProfile, linked: LinkedProfiles, outgoing: Outgoing) -> None:
        self._own = own
        self._context = own.context
        self._linked = linked
        self._outgoing = outgoing
        self._unanswered = Unanswered(own.context.vault)

    async def profiles(self) -> tuple[str, ...]:
        """Every profile whose conversations this one shows."""
        return (self._own.account, *names_of_linked(await self._linked.all()))

    async def shown(self, profile: str) -> list[Conversation]:
        """The conversations of ``profile`` that are not blocked, the latest first."""
        return [head for head, _ in await conversations_of(self._context.vault, (profile,))]

    async def inbox(self) -> list[tuple[Conversation, Marks]]:
        """The conversations of this and all linked profiles that are not blocked, the latest first.

        Those of links that have expired are among them.
        """
        return await self._of_all(await self._linked.all())

    async def overview(self) -> list[ListedConversation]:
        """As `inbox`; where a link has expired, nobody's first message is a request any more."""
        links = await self._linked.all()
        mine = {self._own.account, *names_of_linked(links)}
        return [
            ListedConversation(
                head=head,
                marks=marks,
                is_request=head.profile in mine and not await self._is_allowed(head, marks),
            )
            for head, marks in await self._of_all(links)
        ]

    async def _of_all(self, links: list[Link]) -> list[tuple[Conversation, Marks]]:
        every = (self._own.account, *(link.profile_name for link in links))
        return await conversations_of(self._context.vault, every)

    async def names(self, profile: str, peer: str) -> tuple[str, ...]:
        """All names of ``peer`` that ``profile`` knows, the best known first."""
        name = await kept_name(self._context, profile, normalize(peer))
        return await names_of(self._context.vault, profile, name)

    async def marks(self, peer: str, profile: str | None) -> Marks:
        """What was decided about the conversation with ``peer``. Raises as `set`."""
        owner, names = await self._meant(peer, profile)
        return await marks_of(self._context.vault, owner, names)

    async def set(self, peer: str, profile: str | None, **marks: Any) -> None:
        """Decide this about the conversation of ``profile`` (None: this one) with ``peer``, by any name.

        Raises `InvalidName`, and `NotFound` for a profile that is neither this one nor linked to it.
        """
        owner, names = await self._meant(peer, profile)

        async def prepare(change: Change) -> None:
            await set_marks(self._context.vault, change, owner, names, self._context.milliseconds(), **marks)

        await commit_anew(self._context.vault, prepare)

    async def delete(self, peer: str, profile: str | None, messages: int | None = None) -> int:
        """Have a conversation be gone; returns how many messages went. Raises as `set`.

        With ``messages``, `NotFound` where it has another number of them.
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

        async with self._own.busy:
            return await commit_anew(self._context.vault, prepare)

    async def peers(self) -> list[str]:
        """Every name of which this profile keeps something, as it is kept."""
        vault, account = self._context.vault, self._own.account
        known = {kept.record.name for kept in await vault.entries(PEER_NAMES, section=account)}
        return sorted(
            known | {kept.record.peer for kept in await vault.entries(CONVERSATIONS, section=account)}
        )

    async def forget(self, peer: str, known: Collection[str]) -> list[StoredMessage]:
        """Keep nothing of a peer's name, unless there are messages that are not ``known``: returns those."""

        async def prepare(change: Change) -> list[StoredMessage]:
            return await forget_peer(self._context.vault, change, self._own.account, peer, known)

        async with self._own.busy:
            return await commit_anew(self._context.vault, prepare)

    async def blocked(self) -> list[Marks]:
        """The blocked peers of all profiles that are shown here, by the names that they are known best."""
        found: dict[tuple[str, str], Marks] = {}
        for owner in await self.profiles():
            for marks in (await all_marks(self._context.vault, owner)).values():
                if marks.blocked:
                    found[owner, marks.peer] = marks
        return list(found.values())

    async def requests(self) -> list[Conversation]:
        """Conversations that others began and the user has neither answered nor allowed, latest first."""
        return [one.head for one in await self.overview() if one.is_request]

    async def mark_read(self, profile: str, peer: str) -> None:
        """Mark a conversation as read and tell its senders, where the user wants that."""
        peer = await kept_name(self._context, profile, normalize(peer))
        await self._read(profile, peer)
        await self._note_read(profile, peer)

    async def _read(self, profile: str, peer: str) -> None:
        context, account = self._context, self._own.account
        async with self._own.busy:
            read = await history.mark_read(context.vault, profile, peer)
            names = await names_of(context.vault, profile, peer)
            if not await sends_receipts(context, account):
                return
            if not await gets_receipts(context.vault, profile, names):
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
        await self._outgoing.hand_over()

    async def _note_read(self, profile: str, peer: str) -> None:
        """Note up to which message the conversation is read, for this user's other machines."""
        vault = self._context.vault
        names = await names_of(vault, profile, peer)
        heads = [await vault.get(CONVERSATIONS, conversation_key(profile, name)) for name in names]
        newest = max((head.last_at for head in heads if head is not None), default=0)
        if newest > (await marks_of(vault, profile, names)).read_up_to:
            await self.set(peer, profile, read_up_to=newest)

    async def _is_allowed(self, head: Conversation, marks: Marks) -> bool:
        if marks.allowed:
            return True
        if await self._unanswered.is_answered(head):
            # Noted, so that a long conversation is not read again for it.
            await self.set(head.peer, head.profile, allowed=True)
            return True
        return False

    async def _meant(self, peer: str, profile: str | None) -> tuple[str, tuple[str, ...]]:
        owner = normalize(profile) if profile else self._own.account
        if owner in self._own.identity.names:
            owner = self._own.account
        elif all(link.profile_name != owner for link in await self._linked.all()):
            raise NotFound(f"{owner} is neither this profile nor linked to it")
        return owner, await self.names(owner, peer)
