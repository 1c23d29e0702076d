"""What a user has set for a main profile and its links, and what is half written: on all devices alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import asdict, replace

from dm3.base.errors import InvalidInput, MalformedData
from dm3.protocol.devices import (
    MAX_DRAFT,
    Item,
    ItemKind,
    draft_item,
    later_mark,
    recovery_item,
    settings_item,
)
from dm3.protocol.linking import Link, RecoveryMode
from dm3.store.vault import Change

from ..messaging.kept_marks import set_marks
from ..state.context_parts import HasVaultAndClock
from ..state.marks import MARKS, Marks
from ..state.records import LINKS, link_key
from ..state.settings_record import SETTINGS, ProfileSettings, checked_settings
from .told_items import ToldItems

DRAFT_PAUSE: Final = 20_000
"""For how many milliseconds nothing is written before a draft is told: not each letter is a message."""
_FLAGS: Final = {"yes": True, "no": False}


class SettingsSync:
    """The settings of the main profile ``account``."""

    def __init__(self, context: HasVaultAndClock, account: str, items: ToldItems) -> None:
        self._context = context
        self._account = account
        self._items = items

    # --- what was set here --------------------------------------------------------------------

    async def note(self, change: Change, profiles: Sequence[str]) -> None:
        """Put into ``change`` what was set here, for the other devices."""
        vault = self._context.vault
        held = await self._held(ItemKind.SETTINGS)
        kept = await vault.get(SETTINGS, self._account) or ProfileSettings()
        for name in kept.__struct_fields__:
            before, value = held.get(f"settings|{told_name(name)}"), _told(getattr(kept, name))
            if value != _value(before, "value"):
                await self._items.say(change, settings_item(told_name(name), value, self._at(before)))
        held = await self._held(ItemKind.RECOVERY)
        for link in await vault.entries(LINKS, section=self._account):
            profile, mode = link.record.profile_name, str(link.record.recovery or "")
            before = held.get(f"recovery|{profile}")
            if mode != _value(before, "mode"):
                await self._items.say(change, recovery_item(profile, mode, self._at(before)))
        await self._note_drafts(change, profiles)

    async def _note_drafts(self, change: Change, profiles: Sequence[str]) -> None:
        held, now = await self._held(ItemKind.DRAFT), self._context.milliseconds()
        for profile in profiles:
            for kept in await self._context.vault.entries(MARKS, section=profile):
                marks = kept.record
                before = held.get(f"draft|{marks.profile}|{marks.peer}")
                pauses = not marks.draft or now - marks.changed_at >= DRAFT_PAUSE
                if marks.draft != _value(before, "text") and pauses and len(marks.draft) <= MAX_DRAFT:
                    at = later_mark(before, marks.changed_at)  # since when it stands there
                    item = draft_item(marks.profile, marks.peer, marks.draft, at)
                    await self._items.say(change, item)

    # --- what was set elsewhere ---------------------------------------------------------------

    async def handle(self, change: Change, item: Item) -> None:
        """Put what was set on another device into ``change``. Raises `MalformedData` for what none sets."""
        before = await self._items.held(item.place)
        if not await self._items.keep(change, item):
            return
        told = item.members()
        match item.kind:
            case ItemKind.SETTINGS:
                await self._handle_setting(change, told.text("name"), told.text("value"))
            case ItemKind.RECOVERY:
                await self._handle_mode(change, told.text("profile"), told.text("mode"))
            case _:
                await self._handle_draft(change, item, before)

    async def mode_of(self, profile: str) -> RecoveryMode | None:
        """What was told of the link with ``profile``, which may come after it."""
        told = await self._items.held(f"recovery|{profile}")
        return None if told is None else _mode(told.members().text("mode"))

    async def _handle_setting(self, change: Change, name: str, value: str) -> None:
        field = name.replace("-", "_")
        if field not in ProfileSettings.__struct_fields__:
            return  # of a later version
        kept = await self._context.vault.find(SETTINGS, self._account)
        held = kept.record if kept else ProfileSettings()
        try:
            after = checked_settings(asdict(held) | {field: _read(value)})
        except InvalidInput:
            raise MalformedData("a device tells of a setting that cannot be") from None
        change.put(SETTINGS, self._account, after, expect=kept.revision if kept else 0)

    async def _handle_mode(self, change: Change, profile: str, mode: str) -> None:
        key = link_key(self._account, profile)
        kept = await self._context.vault.find(LINKS, key)
        if kept is not None:
            link: Link = replace(kept.record, recovery=_mode(mode))
            change.put(LINKS, key, link, section=self._account, expect=kept.revision)

    async def _handle_draft(self, change: Change, item: Item, before: Item | None) -> None:
        told, vault = item.members(), self._context.vault
        profile, peer = told.text("profile"), told.text("peer")
        marks = await vault.get(MARKS, f"{profile}|{peer}") or Marks(profile=profile, peer=peer)
        written_here = marks.draft not in (_value(before, "text"), "")
        if written_here and marks.changed_at > item.rank[0]:
            return  # what is being written here is told next, and counts
        await set_marks(
            vault, change, profile, (peer,), self._context.milliseconds(), draft=told.text("text")
        )

    # --- what is behind it --------------------------------------------------------------------

    async def _held(self, kind: ItemKind) -> dict[str, Item]:
        return {item.place: item for item in await self._items.all(kind)}

    def _at(self, before: Item | None) -> int:
        return later_mark(before, self._context.milliseconds())


def told_name(field: str) -> str:
    """The name by which devices tell of a setting, such as ``who-may-ask``."""
    return field.replace("_", "-")


def _value(item: Item | None, member: str) -> str:
    return "" if item is None else item.members().text(member)


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _read(value: str) -> bool | str | None:
    return _FLAGS.get(value, value or None)


def _mode(text: str) -> RecoveryMode | None:
    try:
        return RecoveryMode(text) if text else None
    except ValueError:
        raise MalformedData("a device tells of a link what is not known") from None
