"""New keys of a main profile on their way to its other devices, sealed for each (specification 5.3)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.base import Members, canonical_json, from_base64, read_json, to_base64
from dm3.base.errors import MalformedData
from dm3.crypto import (
    KEY_BYTES,
    NONCE_BYTES,
    ProfileKeys,
    RandomBytes,
    SealedBox,
    Seed,
    open_as_signer,
    seal_for_signer,
)
from dm3.wire import read_signed_profile

from .items import Item, ItemKind, read_item

MAX_SEALED: Final = 40_000
"""Characters of new keys, sealed and in base64."""


class NewKeys(Struct, frozen=True):
    """New keys of the main profile ``name``; ``signed`` is the signed profile's JSON."""

    name: str
    seed: Seed
    nonce: str
    signed: str


def keys_item(device: str, key: bytes, new: NewKeys, at: int, random: RandomBytes) -> Item:
    """New keys for the device ``device``, whose public signing key is ``key``; ``at`` in milliseconds."""
    plain = canonical_json(
        {"name": new.name, "seed": to_base64(new.seed.reveal()), "nonce": new.nonce, "profile": new.signed}
    )
    box = seal_for_signer(plain.encode("utf-8"), key, random)
    sealed = to_base64(box.ephemeral_public_key + box.nonce + box.ciphertext)
    return read_item({"kind": ItemKind.KEYS.value, "device": device, "sealed": sealed, "at": at})


def opened_keys(item: Item, name: str, device_keys: ProfileKeys) -> NewKeys:
    """The new keys of the main profile ``name`` that an item has for the holder of ``device_keys``.

    Raises `CannotOpen`, or `MalformedData` for what are none.
    """
    raw = from_base64(item.members().text("sealed", max_length=MAX_SEALED), what="the sealed keys")
    box = SealedBox(raw[KEY_BYTES + NONCE_BYTES :], raw[:KEY_BYTES], raw[KEY_BYTES : KEY_BYTES + NONCE_BYTES])
    opened = read_json(open_as_signer(box, device_keys), what="the new keys")
    told = Members(opened, "the new keys")
    seed = Seed(from_base64(told.text("seed", max_length=100), what="the seed", length=32))
    signed = told.text("profile", max_length=20_000)
    profile = read_signed_profile(signed).profile
    if told.text("name") != name or profile.signing_key != ProfileKeys.from_seed(seed).signing_public:
        raise MalformedData("the new keys are of another profile")
    return NewKeys(name, seed, told.text("nonce", max_length=200), signed)


def holds_item(device: str, profile_hash: str, at: int) -> Item:
    """That ``device`` has the keys of the profile with this hash, which is to be published."""
    return read_item({"kind": ItemKind.HOLDS.value, "device": device, "hash": profile_hash, "at": at})
