"""Conversations as they are shown: those of a profile, and of the profiles that are linked to it."""

from __future__ import annotations

from collections.abc import Sequence

from dm3.base import checked, normalize
from dm3.protocol.messages import Entry, Timeline

from ..state.open_profile import OpenProfile
from ..state.records import Conversation, StoredMessage
from . import conversations as history
from .marked_conversations import MarkedConversations
from .peer_names import kept_name
from .timelines import last_entries_of, timeline_of


@checked
class ShownConversations:
    """Shows what was written, and has it be read."""

    def __init__(self, own: OpenProfile, marked: MarkedConversations) -> None:
        self._own = own
        self._marked = marked

    async def conversations(self) -> list[Conversation]:
        """The conversations of this profile without blocked ones, the latest first."""
        return await self._marked.shown(self._own.account)

    async def messages(self, peer: str, *, profile: str | None = None) -> list[StoredMessage]:
        """The messages of the conversation with ``peer``, any of its names; oldest first.

        Of this profile, or of the ``profile`` that is linked to it.
        """
        context, owner = self._own.context, self._owner(profile)
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
        own, owner = self._own, self._owner(profile)
        return await timeline_of(
            own.context, own.account, owner, normalize(peer), newest=newest, before=before
        )

    async def last_entries(self, heads: Sequence[Conversation]) -> list[Entry | None]:
        """The newest entry of each of these conversations of ours, None where there is none."""
        return await last_entries_of(self._own.context.vault, self._own.account, heads)

    async def names_of(self, peer: str, *, profile: str | None = None) -> tuple[str, ...]:
        """All names of this peer that were used, the one by which it is known best first.

        By this profile, or by the ``profile`` that is linked to it.
        """
        return await self._marked.names(self._owner(profile), peer)

    async def mark_read(self, peer: str, *, profile: str | None = None) -> None:
        """Mark a conversation, of this profile or of a linked ``profile``, as read.

        With ``send_receipts`` its senders are told, but not of a request.
        """
        await self._marked.mark_read(self._owner(profile), peer)

    def _owner(self, profile: str | None) -> str:
        """In whose conversations something stands."""
        return normalize(profile) if profile else self._own.account
