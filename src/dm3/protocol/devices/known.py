"""Which devices are this person's: admitted by one that is known already, removed for good.

A device is known by the Ed25519 key that signs what it tells. What it tells counts once a device that is
known here has vouched for it; a device passes on by its own vouching whom it has come to know, so that the
removal of one leaves all others. A removal is final: the same device joins again with another key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import canonical_json, from_base64, sha256_hex, to_base64
from dm3.base.errors import BadSignature, MalformedData
from dm3.crypto import SigningPrivateKey, require_signed, sign

from .items import Item, ItemKind, read_item

MOST_DEVICES: Final = 50
"""More are nobody's; further ones are not taken note of."""
MOST_MISSING: Final = 1_000
LABEL: Final = 60
_VOUCHING: Final = "dm3lpp/v1/device\n"


class Standing(StrEnum):
    """How a device stands here: it asks to be admitted, is known, or was removed."""

    ASKS = "asks"
    KNOWN = "known"
    REMOVED = "removed"


class Device(Struct, frozen=True, kw_only=True):
    """A device of this person, or one that wants to be.

    ``seen`` is the highest number of its messages that came, ``missing`` those below it that did not.
    ``through`` is, of a removed one, the last number that still counts. ``heard_at`` and ``asked_at`` in
    UNIX seconds: when it was last heard of, and when it was last asked for what is missing.
    """

    id: str
    key: bytes
    label: str
    standing: Standing
    seen: int = 0
    missing: tuple[int, ...] = ()
    through: int = 0
    heard_at: int = 0
    asked_at: int = 0


class Vouched(Struct, frozen=True):
    """A device for which another one vouches."""

    id: str
    key: bytes
    label: str
    by: str


def device_id(key: bytes) -> str:
    """The name of the device with this public signing key: the first 128 bits of its hash, in hex."""
    return sha256_hex(to_base64(key))[2:34]


def asks(id: str, key: bytes, label: str, now: int) -> Device:
    """A device that was heard of and for which nobody vouches yet."""
    return Device(id=id, key=key, label=label[:LABEL], standing=Standing.ASKS, heard_at=now)


def admitted(device: Device) -> Device:
    """The device once somebody known has vouched for it; one that was removed stays so."""
    return device if device.standing is Standing.REMOVED else replace(device, standing=Standing.KNOWN)


def removed(device: Device, through: int) -> Device:
    """The device after a removal; of several removals the one that lets most count is in force."""
    through = max(device.through, through) if device.standing is Standing.REMOVED else through
    return replace(device, standing=Standing.REMOVED, through=through)


def heard(device: Device, seq: int, now: int) -> Device | None:
    """The device after its message ``seq``; None for one that does not count, as it came before or after
    its removal, or is too far ahead to be."""
    if device.standing is Standing.REMOVED and seq > device.through:
        return None
    if seq > device.seen:
        skipped = range(max(device.seen + 1, seq - MOST_MISSING), seq)
        missing = (*device.missing, *skipped)[-MOST_MISSING:]
        return replace(device, seen=seq, missing=missing, heard_at=now)
    if seq not in device.missing:
        return None
    return replace(device, missing=tuple(one for one in device.missing if one != seq), heard_at=now)


def misses(device: Device) -> bool:
    """Whether something that this device has told has not come (yet)."""
    return device.standing is Standing.KNOWN and bool(device.missing)


def vouch_item(profile: str, vouched: Vouched, signing_key: SigningPrivateKey) -> Item:
    """That the device ``vouched.by``, whose key signs, knows this device of ``profile``."""
    members = _vouch_members(profile, vouched)
    return read_item({**members, "signature": sign(signing_key, _VOUCHING + canonical_json(members))})


def _vouch_members(profile: str, vouched: Vouched) -> dict[str, str]:
    return {
        "kind": ItemKind.DEVICE.value,
        "profile": profile,
        "device": vouched.id,
        "key": to_base64(vouched.key),
        "label": vouched.label,
        "by": vouched.by,
    }


def vouched_in(item: Item, profile: str, by_key: bytes) -> Vouched:
    """The device for which a ``device`` item vouches. Raises `BadSignature` or `MalformedData`."""
    told = item.members()
    key = from_base64(told.text("key", max_length=100), what="the device's key", length=32)
    vouched = Vouched(told.text("device"), key, told.text("label", max_length=LABEL), told.text("by"))
    if vouched.id != device_id(key) or vouched.by != device_id(by_key):
        raise MalformedData("the item vouches for a device with another key than it has")
    if told.text("profile") != profile:
        raise BadSignature("the device was vouched for at another profile")
    # As it came: a later version may say more, and signs that, too.
    members = {name: member for name, member in told.raw().items() if name != "signature"}
    text = _VOUCHING + canonical_json(members)
    require_signed(by_key, text, told.text("signature", max_length=200), "the word for a device")
    return vouched


def removal_item(device: str, through: int) -> Item:
    """That a device was removed, of whose messages those up to ``through`` still count."""
    return read_item({"kind": ItemKind.REMOVED.value, "device": device, "through": through})
