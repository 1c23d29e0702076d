"""What a user decides about conversations – blocked, archived, read and the like – on all devices alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dm3.protocol.devices import FLAGS, Item, ItemKind, later_mark, mark_item, read_mark_item
from dm3.store.vault import Change

from ..messaging import conversations as history
from ..messaging.kept_marks import set_marks
from ..state.context_parts import HasVaultAndClock
from ..state.marks import MARKS, Marks
from ..state.records import CONVERSATIONS
from .told_items import ToldItems

DAY: Final = 86_400_000
"""How far ahead of ours another device's clock may be, in milliseconds."""


class ConversationMarks:
    """The marks of conversations of the main profile and of those that are linked to it."""

    def __init__(self, context: HasVaultAndClock, items: ToldItems) -> None:
        self._context = context
        self._items = items

    async def note(self, change: Change, profiles: Sequence[str]) -> None:
        """Put into ``change`` what was decided here, for the other devices."""
        vault = self._context.vault
        found = [kept.record for one in profiles for kept in await vault.entries(MARKS, section=one)]
        for kind in FLAGS:
            held = {item.place: item for item in await self._items.all(kind)}
            for marks in found:
                before, on = held.get(_place(kind, marks)), bool(getattr(marks, kind.value))
                if on != (before is not None and bool(before.rank[1])):
                    at = later_mark(before, self._context.milliseconds())
                    item = mark_item(kind, marks.profile, marks.peer, on=on, at=at)
                    await self._items.say(change, item)
        read = [read_mark_item(one.profile, one.peer, one.read_up_to) for one in found if one.read_up_to]
        await self._items.news(change, ItemKind.READ, read)

    async def handle(self, change: Change, item: Item) -> None:
        """Put what was decided on another device into ``change``."""
        if not await self._items.keep(change, item):
            return
        told, now = item.members(), self._context.milliseconds()
        profile, peer = told.text("profile"), told.text("peer")
        if item.kind == ItemKind.READ:
            marks: dict[str, int | bool] = {"read_up_to": min(item.rank[0], now + DAY)}
        else:
            marks = {item.kind: bool(item.rank[1])}
        await set_marks(self._context.vault, change, profile, (peer,), now, **marks)

    async def settle(self, profiles: Sequence[str]) -> None:
        """Mark as read what was read on another device, also what has come here only after that."""
        vault = self._context.vault
        for profile in profiles:
            for kept in await vault.entries(CONVERSATIONS, section=profile):
                if kept.record.unread:
                    mark = await self._items.held(f"{ItemKind.READ}|{profile}|{kept.record.peer}")
                    if mark is not None:
                        until = min(mark.rank[0], self._context.milliseconds() + DAY)
                        await history.mark_read(vault, profile, kept.record.peer, until)


def _place(kind: ItemKind, marks: Marks) -> str:
    return f"{kind.value}|{marks.profile}|{marks.peer}"
