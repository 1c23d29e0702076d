"""What a main profile shows of its own conversations and those of all linked profiles (specification 3.6)."""

from __future__ import annotations

from dm3.base import checked

from ..messaging.marked_conversations import MarkedConversations
from ..messaging.overview import ListedConversation
from ..messaging.timelines import InboxTimeline, inbox_of
from ..state.open_profile import OpenProfile
from ..state.records import Conversation


@checked
class MainConversations:
    """Shows them all as one inbox."""

    def __init__(self, own: OpenProfile, marked: MarkedConversations) -> None:
        self._own = own
        self._marked = marked

    async def inbox(self) -> list[Conversation]:
        """The conversations of this and all linked profiles without blocked ones, the latest first."""
        return [head for head, _ in await self._marked.inbox()]

    async def overview(self) -> list[ListedConversation]:
        """As `inbox`, each with what was decided about it and whether it is a request; read at one moment."""
        return await self._marked.overview()

    async def inbox_timeline(self, *, newest: int = 50, entries: int | None = 50) -> InboxTimeline:
        """The ``newest`` conversations of this profile and all linked ones, as they are to be shown.

        ``entries``: at most so many of each, the newest; None for all. No others are read.
        ``.conversations`` has them one by one, ``.entries`` all in one row (specification 3.6).
        """
        own, heads = self._own, await self.inbox()
        return await inbox_of(own.context, own.account, heads[:newest], entries)
