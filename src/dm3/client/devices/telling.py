"""Telling the other devices what was done here (specification 5.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec.structs import replace

from dm3.base import read_json
from dm3.model import DEVICE_SYNC, Draft, Message
from dm3.protocol.devices import (
    MAX_ITEMS,
    MAX_SYNC,
    Item,
    kept_item,
    misses,
    print_sync,
    read_item,
    sent_item,
    want_item,
)
from dm3.protocol.messages import compose
from dm3.store.vault import Change

from ..messaging import conversations as history
from ..messaging.outbox import enqueue
from ..state.commits import commit_anew
from ..state.device_records import OWN_DEVICES, UNTOLD_ITEMS, OwnDevice
from ..state.open_profile import OpenProfile
from ..state.records import LINKS
from .stores import DeviceStores

T = TypeVar("T")

ASKED_AGAIN: Final = 3_600
"""Seconds after which a device is asked again for what has not come of it."""
PAGE: Final = 1_000
"""How many of the newest messages of each profile a device is told when it is admitted, or asks."""
PAGES: Final = 8_000_000
"""And how many characters of them in all."""


class Telling:
    """What one main profile tells its other devices: first kept, then sent in messages of many items."""

    def __init__(self, own: OpenProfile, stores: DeviceStores) -> None:
        self._own = own
        self._context = own.context
        self._book = stores.book
        self._items = stores.items
        self._stores = stores

    async def copy_sent(self, change: Change, message: Message) -> None:
        """Have the other devices told, within ``change``, of a message that is sent here."""
        if await self._book.own() is not None:
            self._items.tell(change, sent_item(message.text))

    async def note_decisions(self) -> None:
        """Have the other devices told of what was decided here since the last time."""
        await self._commit(self._stores.decisions.note)
        profiles = await self.profiles()
        await self._commit(lambda change: self._stores.marks.note(change, profiles))
        await self._commit(lambda change: self._stores.settings.note(change, profiles))

    async def profiles(self) -> tuple[str, ...]:
        """The profile and all that are linked to it."""
        links = await self._context.vault.entries(LINKS, section=self._own.account)
        return (self._own.account, *(kept.record.profile_name for kept in links))

    async def prepare(self) -> None:
        """Put what the others are to be told into the outbox. Nothing where there are no other devices."""
        own = await self._book.own()
        if own is None or own.removed:
            return
        await self.note_decisions()
        await self._ask_for_missing()
        while await self._commit(self._next):
            pass

    async def tell_all(self) -> None:
        """Tell everything that is known here, and the newest messages: for a device that has nothing."""
        await self.note_decisions()
        found = [
            kept_item(message.profile, message.text, message.at, unread=message.unread)
            for profile in await self.profiles()
            for message in await history.newest(self._context.vault, profile, count=PAGE, size=PAGES)
        ]

        async def prepare(change: Change) -> None:
            for item in found:
                self._items.tell(change, item)
            for item in await self._items.everything():
                self._items.tell(change, item)

        await self._commit(prepare)

    async def _ask_for_missing(self) -> None:
        now = self._context.seconds()
        for device in await self._book.all():
            if misses(device) and now - device.asked_at >= ASKED_AGAIN:
                change = self._context.vault.change()
                self._items.tell(change, want_item(device.id))
                self._book.put(change, replace(device, asked_at=now))
                await self._context.vault.commit(change)

    async def _next(self, change: Change) -> bool:
        """Put the next message to the others into ``change``; False when nothing is left to tell."""
        vault, account = self._context.vault, self._own.account
        kept = await vault.find(OWN_DEVICES, account)
        waiting = await vault.entries(UNTOLD_ITEMS, section=account, limit=MAX_ITEMS)
        if kept is None or not waiting:
            return False
        own, items, size = kept.record, list[Item](), 0
        for entry in waiting:
            item = read_item(read_json(entry.record.text, what="the item"))
            size += len(item.text)
            if items and size > MAX_SYNC:
                break
            items.append(item)
            change.remove(UNTOLD_ITEMS, f"{account}|{item.place}", expect=entry.revision)
        self._enqueue(change, own, items)
        change.put(OWN_DEVICES, account, replace(own, seq=own.seq + 1), expect=kept.revision)
        return True

    def _enqueue(self, change: Change, own: OwnDevice, items: list[Item]) -> None:
        name, keys = self._own.account, own.keys
        text = print_sync(name, keys.signing_public, own.label, own.seq + 1, items, keys.signing_private)
        draft = Draft(
            to=name,
            from_=name,
            timestamp=self._context.milliseconds(),
            type=DEVICE_SYNC,
            content=text,
        )
        message = compose(draft, self._own.identity.keys.signing_private)
        enqueue(
            change,
            self._context,
            account=name,
            to=name,
            sender=name,
            text=message.text,
            optional=True,
        )

    async def _commit(self, prepare: Callable[[Change], Awaitable[T]]) -> T:
        return await commit_anew(self._context.vault, prepare)
