"""What is kept of a person's devices with one main profile, and of which record types (specification 5.2)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.crypto import JoinSecret, ProfileKeys, Seed
from dm3.protocol.devices import Device
from dm3.store.vault import RecordType

from . import stored_devices as stored
from .records import NEWEST


class OwnDevice(Struct, frozen=True, kw_only=True):
    """This device, as the others of the profile know it.

    ``seed`` gives the key that signs what it tells, ``seq`` is the number of the last that it has told.
    ``reader`` is the profile's reader for which it was made: a vault with another one is a copy, which is
    another device. ``removed``: another device has removed this one.
    """

    id: str
    seed: Seed
    label: str
    reader: str
    seq: int = 0
    removed: bool = False

    @property
    def keys(self) -> ProfileKeys:
        """Its key pairs, of which the signing one counts."""
        return ProfileKeys.from_seed(self.seed)


class ToldItem(Struct, frozen=True):
    """What is known of one place, or what is still to be told of it: an item's canonical JSON."""

    text: str


class HeldSync(Struct, frozen=True):
    """What a device has told that is not admitted yet: the message's text."""

    text: str


class Joining(Struct, frozen=True):
    """A device that joins, until another one has handed the main profile over to it.

    ``temporary`` is the name of the profile that it has until then. ``until`` in UNIX seconds.
    """

    temporary: str
    secret: JoinSecret
    label: str
    until: int


class ComingKeys(Struct, frozen=True, kw_only=True):
    """New keys of the main profile that another device is about to publish.

    ``seed``: what they are derived from.
    ``nonce``: the key-creation nonce.
    ``signed``: the signed profile's JSON.
    """

    seed: Seed
    nonce: str
    signed: str


OWN_DEVICES: Final = RecordType("own-device", OwnDevice, stored.OwnDeviceV1)
DEVICES: Final = RecordType("device", Device, stored.DeviceV1)
TOLD_ITEMS: Final = RecordType("told-item", ToldItem, stored.ToldItemV1)
UNTOLD_ITEMS: Final = RecordType("untold-item", ToldItem, stored.ToldItemV1)
COMING_KEYS: Final = RecordType("coming-keys", ComingKeys, stored.ComingKeysV1)
"""By the name of the main profile."""
JOININGS: Final = RecordType("joining", Joining, stored.JoiningV1)
HELD_SYNCS: Final = RecordType("held-sync", HeldSync, stored.HeldSyncV1, newest=NEWEST)
