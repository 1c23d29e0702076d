"""What is known of each place that devices tell of, and what is still to be told."""

from __future__ import annotations

from collections.abc import Iterable

from dm3.base import read_json
from dm3.protocol.devices import Item, ItemKind, beats, read_item
from dm3.store.vault import Change, Vault

from ..state.device_records import TOLD_ITEMS, UNTOLD_ITEMS, ToldItem

NOT_HELD = frozenset({ItemKind.SENT, ItemKind.KEPT, ItemKind.WANT})
"""Kinds of which nothing is kept here: a sent message stands in its conversation."""


class ToldItems:
    """The items of the main profile ``account``."""

    def __init__(self, vault: Vault, account: str) -> None:
        self._vault = vault
        self._account = account

    async def held(self, place: str) -> Item | None:
        """What counts in a place."""
        kept = await self._vault.get(TOLD_ITEMS, self._key(place))
        return None if kept is None else _item(kept)

    async def all(self, kind: str) -> list[Item]:
        """What counts in all places of a kind."""
        section = f"{self._account}|{kind}"
        return [_item(kept.record) for kept in await self._vault.entries(TOLD_ITEMS, section=section)]

    async def news(self, change: Change, kind: str, items: Iterable[Item]) -> None:
        """As `say` for many items of one kind, of which few are any news."""
        held = {item.place: item for item in await self.all(kind)}
        for item in items:
            if beats(item, held.get(item.place)):
                held[item.place] = item
                await self.say(change, item)

    async def everything(self) -> list[Item]:
        """What counts in all places, whatever its kind."""
        known = [item for kind in ItemKind if kind not in NOT_HELD for item in await self.all(kind)]
        return known + await self.all("")

    async def keep(self, change: Change, item: Item) -> bool:
        """Keep ``item`` in its place within ``change``, where it counts; returns whether it does."""
        found = await self._vault.find(TOLD_ITEMS, self._key(item.place))
        if not beats(item, None if found is None else _item(found.record)):
            return False
        kind = item.kind if item.kind in set(ItemKind) else ""
        change.put(
            TOLD_ITEMS,
            self._key(item.place),
            ToldItem(item.text),
            section=f"{self._account}|{kind}",
            expect=found.revision if found else 0,
        )
        return True

    def put_new(self, change: Change, item: Item) -> None:
        """Keep ``item`` within ``change`` whatever is held in its place."""
        section = f"{self._account}|{item.kind}"
        change.put(TOLD_ITEMS, self._key(item.place), ToldItem(item.text), section=section)

    def forget(self, change: Change, item: Item) -> None:
        """Forget within ``change`` what counted in a place, and need not be told any more."""
        for record_type in (TOLD_ITEMS, UNTOLD_ITEMS):
            change.remove(record_type, self._key(item.place))

    async def say(self, change: Change, item: Item) -> bool:
        """Keep ``item``, and have the other devices told of it; returns whether it is any news."""
        if item.kind in NOT_HELD or await self.keep(change, item):
            self.tell(change, item)
            return True
        return False

    def tell(self, change: Change, item: Item) -> None:
        """Have the other devices told of ``item``, once, with the next message to them."""
        key = self._key(item.place)
        change.put(UNTOLD_ITEMS, key, ToldItem(item.text), section=self._account)

    def _key(self, place: str) -> str:
        return f"{self._account}|{place}"


def _item(kept: ToldItem) -> Item:
    return read_item(read_json(kept.text, what="the item"))
