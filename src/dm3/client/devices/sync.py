"""Taking in what the other devices tell (specification 5.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from dm3.base.errors import BadSignature, CannotOpen, MalformedData
from dm3.crypto import is_signed
from dm3.model import Message
from dm3.protocol.devices import (
    FLAGS,
    Item,
    ItemKind,
    Standing,
    SyncText,
    admitted,
    heard,
    read_sync,
)
from dm3.store.vault import Change, Conflict
from dm3.wire import read_message

from ..messaging import conversations as history
from ..state.commits import commit_anew
from ..state.device_records import HELD_SYNCS, HeldSync, OwnDevice
from ..state.open_profile import OpenProfile
from ..state.records import Direction
from .admission import DeviceAdmission
from .marks import DAY
from .stores import DeviceStores
from .telling import Telling

KeepSent = Callable[[Message], Awaitable[None]]
"""Keeps a message that another device has sent, in its conversation."""


class DeviceSync:
    """Keeps one main profile's devices in step. Whoever has it handle something holds the profile."""

    def __init__(
        self, own: OpenProfile, stores: DeviceStores, telling: Telling, admission: DeviceAdmission
    ) -> None:
        self._own = own
        self._context = own.context
        self._book = stores.book
        self._stores = stores
        self._telling = telling
        self._admission = admission

    async def handle(self, message: Message, keep_sent: KeepSent) -> None:
        """Take in what a device tells. Raises `MalformedData` or `BadSignature` for what none tells."""
        told = read_sync(message.content or "", self._own.account)
        own = await self._book.own()
        if own is not None and (told.device == own.id or own.removed):
            return
        device = await self._book.find(told.device)
        if device is None:
            device = await self._admission.meet(told)
        if device is None:
            return
        if (
            own is not None
            and device.standing is Standing.ASKS
            and await self._admission.is_vouched(told, own)
        ):
            await self._admission.admit(device)
            device = admitted(device)
        if own is None or device.standing is Standing.ASKS:
            held = HeldSync(message.content or "")
            key = f"{self._own.account}|{told.device}|{told.seq}"
            await self._context.vault.put(HELD_SYNCS, key, held, section=self._book.section(told.device))
            return
        await self._handle_told(own, told, keep_sent)
        await self.handle_held(keep_sent)

    async def handle_held(self, keep_sent: KeepSent) -> None:
        """Take in what devices have told before they were admitted."""
        own = await self._book.own()
        if own is None:
            return
        for device in await self._book.all():
            if device.standing is Standing.ASKS:
                continue
            section = self._book.section(device.id)
            for kept in await self._context.vault.entries(HELD_SYNCS, section=section):
                told = read_sync(kept.record.text, self._own.account)
                await self._handle_told(own, told, keep_sent)
                change = self._context.vault.change()
                change.remove(HELD_SYNCS, f"{self._own.account}|{told.device}|{told.seq}")
                await self._context.vault.commit(change)

    async def _handle_told(self, own: OwnDevice, told: SyncText, keep_sent: KeepSent) -> None:
        device = await self._book.find(told.device)
        after = None if device is None else heard(device, told.seq, self._context.seconds())
        if after is None:
            return
        await self._telling.note_decisions()  # what was decided here is part of what is compared
        for item in told.items:
            await self._handle_item(own, told, item, keep_sent)
        # Last: what broke off before is taken again, which changes nothing.
        now = await self._book.find(told.device) or after
        change = self._context.vault.change()
        counted = replace(
            now, label=told.label, seen=after.seen, missing=after.missing, heard_at=after.heard_at
        )
        self._book.put(change, counted)
        await self._context.vault.commit(change)

    async def _handle_item(self, own: OwnDevice, told: SyncText, item: Item, keep_sent: KeepSent) -> None:
        try:
            match item.kind:
                case ItemKind.SENT:
                    await self._handle_sent(item, keep_sent)
                case ItemKind.KEPT:
                    await self._handle_kept(item)
                case ItemKind.LINK:
                    await self._commit(lambda change: self._stores.decisions.handle(change, item))
                case ItemKind.READ:
                    await self._commit(lambda change: self._stores.marks.handle(change, item))
                case _ if item.kind in FLAGS:
                    await self._commit(lambda change: self._stores.marks.handle(change, item))
                case ItemKind.SETTINGS | ItemKind.RECOVERY | ItemKind.DRAFT:
                    await self._commit(lambda change: self._stores.settings.handle(change, item))
                case ItemKind.KEYS:
                    await self._commit(lambda change: self._stores.new_keys.handle(change, own, item))
                case ItemKind.NONCE:
                    await self._commit(lambda change: self._stores.decisions.handle_nonce(change, item))
                case ItemKind.DEVICE:
                    await self._admission.handle_vouching(own, told, item)
                case ItemKind.REMOVED:
                    await self._admission.handle_removal(own, item)
                case ItemKind.WANT:
                    if item.members().text("device") == own.id:
                        await self._telling.tell_all()
                case _:
                    await self._commit(lambda change: self._stores.items.keep(change, item))
        except Conflict:
            raise
        except (MalformedData, BadSignature, CannotOpen):
            return  # one item that is none spoils no other

    async def _handle_sent(self, item: Item, keep_sent: KeepSent) -> None:
        message = read_message(item.members().text("text"))
        keys = (self._own.identity.keys, *self._own.identity.former_keys)
        by_us = any(is_signed(key.signing_public, message.signed_text, message.signature) for key in keys)
        if message.from_ not in self._own.identity.names or message.link is not None or not by_us:
            raise MalformedData("a device tells of a message that this profile has not sent")
        await keep_sent(message)

    async def _handle_kept(self, item: Item) -> None:
        """Keep a message of before, which another device has verified."""
        told = item.members()
        message, profile = read_message(told.text("text")), told.text("profile")
        own = self._own.identity.names if profile == self._own.account else (profile,)
        if profile not in await self._telling.profiles() or message.link is not None:
            return
        direction = Direction.OUT if message.from_ in own else Direction.IN
        at = min(told.whole("at"), self._context.milliseconds() + DAY)
        unread, vault = told.raw().get("unread") is True, self._context.vault

        async def prepare(change: Change) -> None:
            if not await history.is_kept(vault, profile, message.hash):
                await history.keep(vault, change, profile, message, direction, at, unread=unread)

        await self._commit(prepare)

    async def _commit(self, prepare: Callable[[Change], Awaitable[object]]) -> None:
        await commit_anew(self._context.vault, prepare)
