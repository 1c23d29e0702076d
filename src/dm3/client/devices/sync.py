"""Taking in what the other devices tell (specification 5.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from dm3.base.errors import BadSignature, CannotOpen, MalformedData
from dm3.crypto import is_signed
from dm3.model import Message
from dm3.protocol.devices import (
    FLAGS,
    Device,
    Item,
    ItemKind,
    Standing,
    SyncText,
    Vouched,
    admitted,
    asks,
    heard,
    read_sync,
    removed,
    vouch_item,
    vouched_in,
)
from dm3.store.vault import Change, Conflict
from dm3.wire import read_message

from ..messaging import conversations as history
from ..state.device_records import HELD_SYNCS, OWN_DEVICES, HeldSync, OwnDevice
from ..state.records import NOTICES, Direction, Notice
from .marks import DAY
from .telling import Telling

KeepSent = Callable[[Message], Awaitable[None]]
"""Keeps a message that another device has sent, in its conversation."""


class DeviceSync(Telling):
    """Keeps one main profile's devices in step. Whoever has it take something holds the account."""

    async def take(self, message: Message, keep_sent: KeepSent) -> None:
        """Take in what a device tells. Raises `MalformedData` or `BadSignature` for what none tells."""
        told = read_sync(message.content or "", self._own.account)
        own = await self.book.own()
        if own is not None and (told.device == own.id or own.removed):
            return
        device = await self.book.find(told.device)
        if device is None:
            device = await self._meet(told)
        if device is None:
            return
        if own is not None and device.standing is Standing.ASKS and await self._is_vouched(told, own):
            await self.admit(device)
            device = admitted(device)
        if own is None or device.standing is Standing.ASKS:
            held = HeldSync(message.content or "")
            key = f"{self._own.account}|{told.device}|{told.seq}"
            await self._context.vault.put(HELD_SYNCS, key, held, section=self.book.section(told.device))
            return
        await self._take_told(own, told, keep_sent)
        await self.take_held(keep_sent)

    async def admit(self, device: Device) -> None:
        """Count a device as one of this person's, vouch for it, and tell it everything."""
        own = await self.book.own()
        if own is None:
            return
        change = self._context.vault.change()
        self.book.put(change, admitted(device))
        self._vouch(change, own, device)
        await self._context.vault.commit(change)
        await self.tell_all()

    async def take_held(self, keep_sent: KeepSent) -> None:
        """Take in what devices have told before they were admitted."""
        own = await self.book.own()
        if own is None:
            return
        for device in await self.book.all():
            if device.standing is Standing.ASKS:
                continue
            section = self.book.section(device.id)
            for kept in await self._context.vault.entries(HELD_SYNCS, section=section):
                told = read_sync(kept.record.text, self._own.account)
                await self._take_told(own, told, keep_sent)
                change = self._context.vault.change()
                change.remove(HELD_SYNCS, f"{self._own.account}|{told.device}|{told.seq}")
                await self._context.vault.commit(change)

    async def _meet(self, told: SyncText) -> Device | None:
        """Note a device that was never heard of; the user says whether it is theirs."""
        if not await self.book.has_room():
            return None
        device = asks(told.device, told.key, told.label, self._context.seconds())
        change = self._context.vault.change()
        self.book.put(change, device)
        sentence = (
            f"Another device has the keys of this profile and asks to be kept in step: {told.label} "
            f"({told.device[:8]}). If it is yours: dm3 device invite {told.device[:8]}"
        )
        notice = Notice(self._own.account, "device", sentence, self._context.seconds())
        key = f"{self._own.account}|device|{told.device}"
        change.put(NOTICES, key, notice, section=self._own.account)
        await self._context.vault.commit(change)
        return device

    async def _is_vouched(self, told: SyncText, own: OwnDevice) -> bool:
        """Whether a known device vouches for the one that tells: so it is with a copy of a vault.

        A device that knows no other yet also believes the one that has admitted it.
        """
        is_alone = all(one.standing is Standing.ASKS for one in await self.book.all())
        for item in told.items:
            vouched = await self._vouched(item, told, own) if item.kind == ItemKind.DEVICE else None
            if vouched is None:
                continue
            if vouched.id == told.device != vouched.by or (is_alone and vouched.id == own.id):
                return True
        return False

    async def _take_told(self, own: OwnDevice, told: SyncText, keep_sent: KeepSent) -> None:
        device = await self.book.find(told.device)
        after = None if device is None else heard(device, told.seq, self._context.seconds())
        if after is None:
            return
        await self.note_decisions()  # what was decided here is part of what is compared
        for item in told.items:
            await self._take_item(own, told, item, keep_sent)
        # Last: what broke off before is taken again, which changes nothing.
        now = await self.book.find(told.device) or after
        change = self._context.vault.change()
        counted = replace(
            now, label=told.label, seen=after.seen, missing=after.missing, heard_at=after.heard_at
        )
        self.book.put(change, counted)
        await self._context.vault.commit(change)

    async def _take_item(self, own: OwnDevice, told: SyncText, item: Item, keep_sent: KeepSent) -> None:
        try:
            match item.kind:
                case ItemKind.SENT:
                    await self._take_sent(item, keep_sent)
                case ItemKind.KEPT:
                    await self._take_kept(item)
                case ItemKind.LINK:
                    await self.commit(lambda change: self.decisions.take(change, item))
                case ItemKind.READ:
                    await self.commit(lambda change: self.marks.take(change, item))
                case _ if item.kind in FLAGS:
                    await self.commit(lambda change: self.marks.take(change, item))
                case ItemKind.SETTINGS | ItemKind.RECOVERY | ItemKind.DRAFT:
                    await self.commit(lambda change: self.settings.take(change, item))
                case ItemKind.KEYS:
                    await self.commit(lambda change: self.new_keys.take(change, own, item))
                case ItemKind.NONCE:
                    await self.commit(lambda change: self.decisions.take_nonce(change, item))
                case ItemKind.DEVICE:
                    await self._take_vouching(own, told, item)
                case ItemKind.REMOVED:
                    await self._take_removal(own, item)
                case ItemKind.WANT:
                    if item.members().text("device") == own.id:
                        await self.tell_all()
                case _:
                    await self.commit(lambda change: self.items.keep(change, item))
        except Conflict:
            raise
        except (MalformedData, BadSignature, CannotOpen):
            return  # one item that is none spoils no other

    async def _take_sent(self, item: Item, keep_sent: KeepSent) -> None:
        message = read_message(item.members().text("text"))
        keys = (self._own.identity.keys, *self._own.identity.former_keys)
        by_us = any(is_signed(key.signing_public, message.signed_text, message.signature) for key in keys)
        if message.from_ not in self._own.identity.names or message.link is not None or not by_us:
            raise MalformedData("a device tells of a message that this profile has not sent")
        await keep_sent(message)

    async def _take_kept(self, item: Item) -> None:
        """Keep a message of before, which another device has verified."""
        told = item.members()
        message, profile = read_message(told.text("text")), told.text("profile")
        own = self._own.identity.names if profile == self._own.account else (profile,)
        if profile not in await self.profiles() or message.link is not None:
            return
        direction = Direction.OUT if message.from_ in own else Direction.IN
        at = min(told.whole("at"), self._context.milliseconds() + DAY)
        unread, vault = told.raw().get("unread") is True, self._context.vault

        async def prepare(change: Change) -> None:
            if not await history.is_kept(vault, profile, message.hash):
                await history.keep(vault, change, profile, message, direction, at, unread=unread)

        await self.commit(prepare)

    async def _take_vouching(self, own: OwnDevice, told: SyncText, item: Item) -> None:
        vouched = await self._vouched(item, told, own)
        if vouched is None or vouched.id == own.id:
            return
        device = await self.book.find(vouched.id)
        if device is None and not await self.book.has_room():
            return
        device = device or asks(vouched.id, vouched.key, vouched.label, self._context.seconds())
        if device.standing is Standing.ASKS:
            change = self._context.vault.change()
            self.book.put(change, admitted(device))
            self._vouch(change, own, device)
            await self._context.vault.commit(change)

    async def _vouched(self, item: Item, told: SyncText, own: OwnDevice) -> Vouched | None:
        """The device for which a known one, or the teller itself, vouches; else None."""
        by, key = item.members().text("by"), None
        if by == told.device:
            key = told.key
        elif by == own.id:
            key = own.keys.signing_public
        else:
            known = await self.book.find(by)
            key = known.key if known is not None and known.standing is Standing.KNOWN else None
        try:
            return None if key is None else vouched_in(item, self._own.account, key)
        except (MalformedData, BadSignature):
            return None

    async def _take_removal(self, own: OwnDevice, item: Item) -> None:
        told = item.members()
        device, through = told.text("device"), told.whole("through")

        before = await self.book.find(device)

        async def prepare(change: Change) -> None:
            if not await self.items.keep(change, item):
                return
            if device == own.id:
                change.put(OWN_DEVICES, self._own.account, replace(own, removed=True))
                sentence = "This device was removed by another one: it is no longer kept in step."
                notice = Notice(self._own.account, "device", sentence, self._context.seconds())
                key = f"{self._own.account}|removed"
                change.put(NOTICES, key, notice, section=self._own.account)
                return
            found = await self.book.find(device)
            if found is not None:
                self.book.put(change, removed(found, through))

        await self.commit(prepare)
        if before is not None and before.standing is Standing.KNOWN and before.seen > through:
            await self.tell_all()  # what it has told since is here already: so it is everywhere

    def _vouch(self, change: Change, own: OwnDevice, device: Device) -> None:
        vouched = Vouched(device.id, device.key, device.label, own.id)
        item = vouch_item(self._own.account, vouched, own.keys.signing_private)
        self.items.tell(change, item)
        self.items.put_new(change, item)
