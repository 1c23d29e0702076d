"""Which devices count: those that known ones vouch for, until one removes them (specification 5.2)."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base.errors import BadSignature, MalformedData
from dm3.protocol.devices import (
    Device,
    Item,
    ItemKind,
    Standing,
    SyncText,
    Vouched,
    admitted,
    asks,
    removed,
    vouch_item,
    vouched_in,
)
from dm3.store.vault import Change

from ..state.commits import commit_anew
from ..state.device_records import OWN_DEVICES, OwnDevice
from ..state.open_profile import OpenProfile
from ..state.records import NOTICES, Notice
from .stores import DeviceStores
from .telling import Telling


class DeviceAdmission:
    """Keeps which devices of one main profile count. Whoever has it do something holds the profile."""

    def __init__(self, own: OpenProfile, stores: DeviceStores, telling: Telling) -> None:
        self._own = own
        self._context = own.context
        self._book = stores.book
        self._items = stores.items
        self._telling = telling

    async def admit(self, device: Device) -> None:
        """Count a device as one of this person's, vouch for it, and tell it everything."""
        own = await self._book.own()
        if own is None:
            return
        change = self._context.vault.change()
        self._book.put(change, admitted(device))
        self._vouch(change, own, device)
        await self._context.vault.commit(change)
        await self._telling.tell_all()

    async def meet(self, told: SyncText) -> Device | None:
        """Note a device that was never heard of; the user says whether it is theirs."""
        if not await self._book.has_room():
            return None
        device = asks(told.device, told.key, told.label, self._context.seconds())
        change = self._context.vault.change()
        self._book.put(change, device)
        sentence = (
            f"Another device has the keys of this profile and asks to be kept in step: {told.label} "
            f"({told.device[:8]}). If it is yours: dm3 device invite {told.device[:8]}"
        )
        notice = Notice(self._own.account, "device", sentence, self._context.seconds())
        key = f"{self._own.account}|device|{told.device}"
        change.put(NOTICES, key, notice, section=self._own.account)
        await self._context.vault.commit(change)
        return device

    async def is_vouched(self, told: SyncText, own: OwnDevice) -> bool:
        """Whether a known device vouches for the one that tells: so it is with a copy of a vault.

        A device that knows no other yet also believes the one that has admitted it.
        """
        is_alone = all(one.standing is Standing.ASKS for one in await self._book.all())
        for item in told.items:
            vouched = await self._vouched(item, told, own) if item.kind == ItemKind.DEVICE else None
            if vouched is None:
                continue
            if vouched.id == told.device != vouched.by or (is_alone and vouched.id == own.id):
                return True
        return False

    async def handle_vouching(self, own: OwnDevice, told: SyncText, item: Item) -> None:
        """Count a device for which a known one vouches, too."""
        vouched = await self._vouched(item, told, own)
        if vouched is None or vouched.id == own.id:
            return
        device = await self._book.find(vouched.id)
        if device is None and not await self._book.has_room():
            return
        device = device or asks(vouched.id, vouched.key, vouched.label, self._context.seconds())
        if device.standing is Standing.ASKS:
            change = self._context.vault.change()
            self._book.put(change, admitted(device))
            self._vouch(change, own, device)
            await self._context.vault.commit(change)

    async def handle_removal(self, own: OwnDevice, item: Item) -> None:
        """Count a device no more, this one among them, that another one has removed."""
        told = item.members()
        device, through = told.text("device"), told.whole("through")
        before = await self._book.find(device)

        async def prepare(change: Change) -> None:
            if not await self._items.keep(change, item):
                return
            if device == own.id:
                change.put(OWN_DEVICES, self._own.account, replace(own, removed=True))
                sentence = "This device was removed by another one: it is no longer kept in step."
                notice = Notice(self._own.account, "device", sentence, self._context.seconds())
                key = f"{self._own.account}|removed"
                change.put(NOTICES, key, notice, section=self._own.account)
                return
            found = await self._book.find(device)
            if found is not None:
                self._book.put(change, removed(found, through))

        await commit_anew(self._context.vault, prepare)
        if before is not None and before.standing is Standing.KNOWN and before.seen > through:
            await self._telling.tell_all()  # what it has told since is here already: so it is everywhere

    async def _vouched(self, item: Item, told: SyncText, own: OwnDevice) -> Vouched | None:
        """The device for which a known one, or the teller itself, vouches; else None."""
        by, key = item.members().text("by"), None
        if by == told.device:
            key = told.key
        elif by == own.id:
            key = own.keys.signing_public
        else:
            known = await self._book.find(by)
            key = known.key if known is not None and known.standing is Standing.KNOWN else None
        try:
            return None if key is None else vouched_in(item, self._own.account, key)
        except (MalformedData, BadSignature):
            return None

    def _vouch(self, change: Change, own: OwnDevice, device: Device) -> None:
        vouched = Vouched(device.id, device.key, device.label, own.id)
        item = vouch_item(self._own.account, vouched, own.keys.signing_private)
        self._items.tell(change, item)
        self._items.put_new(change, item)
