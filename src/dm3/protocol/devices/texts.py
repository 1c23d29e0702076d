"""The text of a DEVICE_SYNC message: what one device tells the others, signed by its own key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from dm3.base import Members, canonical_json, from_base64, read_json, to_base64
from dm3.base.errors import MalformedData
from dm3.crypto import SigningPrivateKey, require_signed, sign

from .items import Item, read_item
from .known import LABEL, device_id

VERSION: Final = 1
MAX_ITEMS: Final = 200
"""Items of one message."""
MAX_SYNC: Final = 200_000
"""Characters after which no further item is put into a message; one that is longer goes by itself."""
_SIGNED: Final = "dm3lpp/v1/device-sync\n"


class SyncText(Struct, frozen=True, kw_only=True):
    """What one device tells: its number ``seq`` begins with 1. ``key`` is the device's signing key."""

    device: str
    key: bytes
    label: str
    seq: int
    items: tuple[Item, ...]


def print_sync(
    profile: str, key: bytes, label: str, seq: int, items: Sequence[Item], signing_key: SigningPrivateKey
) -> str:
    """The text of a message to the other devices of ``profile``, signed by ``signing_key``."""
    members = {
        "v": VERSION,
        "profile": profile,
        "device": device_id(key),
        "key": to_base64(key),
        "label": label,
        "seq": seq,
        "items": [read_json(item.text, what="the item") for item in items],
    }
    return canonical_json({**members, "signature": sign(signing_key, _SIGNED + canonical_json(members))})


def read_sync(text: str, profile: str) -> SyncText:
    """Read such a text, and verify that it is the device's own for ``profile``.

    Whether the device is this person's is for `Device` to say. An item of a known kind that is not made as
    it is to be is left out, and spoils no other. Raises `MalformedData` or `BadSignature`.
    """
    value = read_json(text, what="what a device tells")
    told = Members(value, "what a device tells")
    if told.whole("v") != VERSION:
        raise MalformedData("a device tells something in a version that is not known here")
    key = from_base64(told.text("key", max_length=100), what="the device's key", length=32)
    device, seq = told.text("device", max_length=100), told.whole("seq")
    if device != device_id(key):
        raise MalformedData("the device has another key than its name says")
    if told.text("profile") != profile:
        raise MalformedData("a device of another profile tells something")
    if seq < 1:
        raise MalformedData("what a device tells is numbered from 1 on")
    unsigned = {name: member for name, member in value.items() if name != "signature"}
    signature = told.text("signature", max_length=200)
    require_signed(key, _SIGNED + canonical_json(unsigned), signature, "what a device tells")
    found = told.items("items")
    if len(found) > MAX_ITEMS:
        raise MalformedData(f"a device tells more than {MAX_ITEMS} items at once")
    items = []
    for one in found:
        try:
            items.append(read_item(one))
        except MalformedData:
            continue
    return SyncText(
        device=device, key=key, label=told.text("label", max_length=LABEL), seq=seq, items=tuple(items)
    )
