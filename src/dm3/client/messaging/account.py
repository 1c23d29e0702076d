"""The face of a profile in use: it picks up and sends, and shows its conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

from dm3.base import checked, normalize
from dm3.base.errors import Dm3Error
from dm3.protocol.messages import Entry, Timeline

from ..reading.unverified import Unverified, UnverifiedMessages
from ..state.marks import MARKS
from ..state.records import (
    CONVERSATIONS,
    MESSAGES,
    NOTICES,
    REFUSED,
    Conversation,
    Notice,
    RefusedMessage,
    StoredMessage,
)
from ..state.views import IdentityView, identity_view
from . import conversations as history
from .conversation_marks import Marking
from .in_transit import InTransit, in_transit
from .parts import Parts
from .peer_names import kept_name
from .timelines import last_entries_of, timeline_of
from .writing import Writing


class HasParts(Protocol):
    """A profile, or a device that has one for a while."""

    _parts: Parts


@checked
class Account(Writing, Marking):
    """A profile of ours in use. `LimitedScopeProfile` and `Messenger` add linking."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def name(self) -> str:
        """The name that others write to."""
        return self._parts.own.identity.shown_name

    @property
    def identity(self) -> IdentityView:
        """What is known of this profile, without its keys."""
        return identity_view(self._parts.own.identity)

    @property
    def errors(self) -> list[Dm3Error]:
        """The errors of the latest `sync` and of what came after it, such as a service that is away."""
        return self._parts.own.errors

    @property
    def revision(self) -> int:
        """Another number whenever this program has changed conversations in the vault: read them anew then.

        So have messages that came, and what this user's other devices tell. Other programs are not counted.
        """
        vault = self._parts.own.context.vault
        return vault.commits_of(MESSAGES) + vault.commits_of(CONVERSATIONS) + vault.commits_of(MARKS)

    async def sync(self, *, wait: float = 0) -> list[StoredMessage]:
        """Pick up what is new and send what waits; returns the messages that arrived, oldest first.

        ``wait``: seconds to wait for something to come. Errors, such as a service that is away, do not
        stop the rest; they are in ``errors`` afterwards. What a service has beyond its budget comes with
        the next `sync`.
        """
        return await self._parts.rounds.sync(wait)

    def incoming(self, *, changes: bool = False) -> AsyncIterator[StoredMessage]:
        """Messages from others as they come, without end. Waits at the services, never polls blindly.

        Each is told as soon as it is kept, whatever else is still being looked up or waited for. With
        ``changes`` also what is only about other messages: edits, reactions, receipts and the like.
        """
        return self._parts.rounds.incoming(changes=changes)

    async def conversations(self) -> list[Conversation]:
        """The conversations of this profile without blocked ones, the latest first."""
        return await self._parts.marked.shown(self._parts.own.account)

    async def messages(self, peer: str, *, profile: str | None = None) -> list[StoredMessage]:
        """The messages of the conversation with ``peer``, any of its names; oldest first.

        Of this profile, or of the ``profile`` that is linked to it.
        """
        context, owner = self._parts.own.context, self._owner(profile)
        name = await kept_name(context, owner, normalize(peer))
        return await history.messages(context.vault, owner, name)

    async def timeline(
        self,
        peer: str,
        *,
        profile: str | None = None,
        newest: int | None = None,
        before: str | None = None,
    ) -> Timeline:
        """The conversation with ``peer``, any of its names, as it is to be shown (specification 3.6).

        Of this profile, or of the ``profile`` that is linked to it. At most the ``newest`` entries, of those
        ``before`` the entry with that hash; as `Timeline.page`.
        """
        own, owner = self._parts.own, self._owner(profile)
        return await timeline_of(
            own.context, own.account, owner, normalize(peer), newest=newest, before=before
        )

    async def last_entries(self, heads: Sequence[Conversation]) -> list[Entry | None]:
        """The newest entry of each of these conversations of ours, None where there is none."""
        return await last_entries_of(self._parts.own.context.vault, self._parts.own.account, heads)

    async def names_of(self, peer: str, *, profile: str | None = None) -> tuple[str, ...]:
        """All names of this peer that were used, the one by which it is known best first.

        By this profile, or by the ``profile`` that is linked to it.
        """
        return await self._parts.marked.names(self._owner(profile), peer)

    async def mark_read(self, peer: str, *, profile: str | None = None) -> None:
        """Mark a conversation, of this profile or of a linked ``profile``, as read.

        With ``send_receipts`` its senders are told, but not of a request.
        """
        await self._parts.marked.mark_read(self._owner(profile), peer)

    async def refused(self) -> list[RefusedMessage]:
        """Messages that were not taken in, with the reasons."""
        own = self._parts.own
        return [kept.record for kept in await own.context.vault.entries(REFUSED, section=own.account)]

    async def unverified(self) -> list[Unverified]:
        """Messages whose sender cannot be verified, or not yet: never part of a conversation (section 4).

        Those that wait are looked at again with each `sync`, for as long as messages live.
        """
        return await self._parts.inbox.unverified()

    async def discard_unverified(self, message: str) -> None:
        """Throw one of `unverified` away, by its hash or the beginning of it. Raises `NotFound`."""
        await UnverifiedMessages(self._parts.own.context, self._parts.own.account).discard(message)

    async def in_transit(self, name: str | None = None) -> InTransit:
        """What this profile has sent and nobody is known to have fetched, under its ``name`` alone if given.

        Ask before its keys change or a name is given up: who fetches it afterwards is shown it as not
        verifiable (section 4).
        """
        context, account = self._parts.own.context, self._parts.own.account
        return await in_transit(context.vault, account, context.milliseconds(), name)

    async def notices(self) -> list[Notice]:
        """What the user should know, oldest first."""
        own = self._parts.own
        kept = await own.context.vault.entries(NOTICES, section=own.account)
        return sorted((entry.record for entry in kept), key=lambda notice: notice.at)

    async def dismiss_notices(self, seen: Iterable[Notice]) -> None:
        """Have notices that the user has seen be gone; those that came meanwhile stay."""
        vault = self._parts.own.context.vault
        told, change = set(seen), vault.change()
        for kept in await vault.entries(NOTICES, section=self._parts.own.account):
            if kept.record in told:
                change.drop(NOTICES, kept)
        await vault.commit(change)

    def _owner(self, profile: str | None) -> str:
        """In whose conversations something stands."""
        return normalize(profile) if profile else self._parts.own.account


def parts_of(profile: HasParts) -> Parts:
    """What a profile is made of, for whoever has to reach behind its face, such as tests."""
    return profile._parts
