"""What has come for a profile: taken into its conversations, and told to whom waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dm3.model import DEVICE_SYNC, Message
from dm3.store.vault import Change

from ..reading.receiving import OpenedMessage
from ..state.commits import commit_anew
from ..state.open_profile import OpenProfile
from ..state.records import Direction, StoredMessage
from . import conversations as history
from .kept_marks import is_blocked
from .peer_names import kept_name, note
from .receipts import answer_arrival


async def nothing_to_note(opened: OpenedMessage) -> None:
    """Nothing follows from how a message has come."""


class Arrivals:
    """Keeps verified messages in their conversations. ``came`` is told of each that is new and shown."""

    def __init__(
        self, own: OpenProfile, came: Callable[[OpenedMessage], Awaitable[None]] = nothing_to_note
    ) -> None:
        self._own = own
        self._context = own.context
        self._came = came
        self._arrived: list[StoredMessage] = []
        self._news = asyncio.Event()

    @property
    def are_there(self) -> bool:
        """Whether something has come that nobody was told of yet."""
        return bool(self._arrived)

    def all(self) -> list[StoredMessage]:
        """What has come since this was asked last, oldest first."""
        arrived, self._arrived = self._arrived, []
        self._news.clear()
        return sorted(arrived, key=lambda message: message.at)

    async def news_or(self, running: asyncio.Task[None]) -> None:
        """Wait until something comes or ``running`` is over."""
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({news, running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    async def handle(
        self, opened: OpenedMessage, profile: str, direction: Direction, *, copied: bool = False
    ) -> None:
        """Keep a message in a conversation of ``profile``, once; ``copied``: it was forwarded to here."""
        context, account, message = self._context, self._own.account, opened.message
        if message.link is not None or message.type == DEVICE_SYNC:
            return
        copied = copied or opened.is_copy(direction, (profile, *self._own.identity.names))
        at = opened.time(copied, context.milliseconds())

        async def prepare(change: Change) -> StoredMessage | None:
            if await history.is_kept(context.vault, profile, message.hash):
                return None  # it came before, or another process of ours was faster
            if direction is Direction.IN and opened.sender is not None:
                await note(context, change, profile, opened.sender, heard_at=at)
            blocked = direction is Direction.IN and await is_blocked(context.vault, profile, peer)
            stored = await history.keep(
                context.vault, change, profile, message, direction, at, unread=not blocked
            )
            silent = blocked or not stored.text  # it is only about what was deleted
            if not copied and not silent:
                await answer_arrival(context, change, account, profile, stored, peer)
            return None if silent else stored

        peer = message.from_
        if direction is Direction.IN:
            peer = await kept_name(context, profile, peer)
        stored = await commit_anew(context.vault, prepare)
        if stored is not None:
            self._arrived.append(stored)
            self._news.set()
            await self._came(opened)

    async def keep_sent(self, message: Message) -> None:
        """Keep a message of this profile's own that another of its devices has sent."""
        await self.handle(
            OpenedMessage(message, message.timestamp), self._own.account, Direction.OUT, copied=True
        )
