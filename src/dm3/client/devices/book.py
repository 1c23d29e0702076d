"""The devices of one main profile, as this one knows them."""

from __future__ import annotations

import hashlib

from dm3.crypto import Seed
from dm3.protocol.devices import MOST_DEVICES, Device, device_id
from dm3.store.vault import Change

from ..state.device_records import DEVICES, OWN_DEVICES, OwnDevice
from ..state.open_profile import OpenProfile


class DeviceBook:
    """Keeps this device and the others of the main profile that is opened."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._context = own.context

    async def own(self) -> OwnDevice | None:
        """This device; None where it is not kept in step with others.

        In a copy of another device's vault there is none yet: what is kept there is that of the other.
        """
        own = await self._context.vault.get(OWN_DEVICES, self._own.account)
        return own if own is not None and own.reader == self._own.identity.reader else None

    def make(self, change: Change, label: str) -> OwnDevice:
        """Make this device within ``change``, with a key of its own."""
        seed = Seed(hashlib.sha256(self._context.random(32)).digest())
        made = OwnDevice(id="", seed=seed, label=label, reader=self._own.identity.reader)
        own = OwnDevice(
            id=device_id(made.keys.signing_public), seed=seed, label=label, reader=self._own.identity.reader
        )
        change.put(OWN_DEVICES, self._own.account, own)
        return own

    async def all(self) -> list[Device]:
        """All other devices, those that were heard of first before the others."""
        name = self._own.account
        return [kept.record for kept in await self._context.vault.entries(DEVICES, section=name)]

    async def find(self, device: str) -> Device | None:
        """The device with this name."""
        return await self._context.vault.get(DEVICES, self._key(device))

    async def has_room(self) -> bool:
        """Whether a further device is taken note of."""
        return len(await self.all()) < MOST_DEVICES

    def put(self, change: Change, device: Device) -> None:
        """Keep what is known of a device within ``change``."""
        change.put(DEVICES, self._key(device.id), device, section=self._own.account)

    def section(self, device: str) -> str:
        """Where lies what a device has told before it was admitted."""
        return self._key(device)

    def _key(self, device: str) -> str:
        return f"{self._own.account}|{device}"
