"""The stored forms of what is kept of a person's devices, by version; see `stored_records`."""

from __future__ import annotations

from typing import Literal

from dm3.crypto import JoinSecret, Seed
from dm3.store.vault import Stored


class OwnDeviceV1(Stored):
    """This device, as the others of the profile know it."""

    id: str
    seed: Seed
    label: str
    reader: str
    seq: int
    removed: bool


class DeviceV1(Stored):
    """Another device of the profile."""

    id: str
    key: bytes
    label: str
    standing: Literal["asks", "known", "removed"]
    seen: int
    missing: tuple[int, ...]
    through: int
    heard_at: int
    asked_at: int


class ToldItemV1(Stored):
    """What is known of one place, or what is still to be told of it."""

    text: str


class HeldSyncV1(Stored):
    """What a device has told that is not admitted yet."""

    text: str


class ComingKeysV1(Stored):
    """New keys of the main profile."""

    seed: Seed
    nonce: str
    signed: str


class JoiningV1(Stored):
    """A device that joins."""

    temporary: str
    secret: JoinSecret
    label: str
    until: int
