"""The escrow of a profile: what a new device needs to be it again, sealed (specification 3.8, 5.9).

A delivery service keeps the blob and cannot open it: the key comes from the host's entropy, from a
recovery code or from a passkey. The blob is one byte of version, one that says which key opens it, for a
code the salt, and what `dm3.crypto.lock` returns. Application, owner and the profile's name are bound to it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from msgspec import Struct
from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from dm3.base import Members, address_of, canonical_json, from_base64, normalize, read_json, to_base64
from dm3.base.errors import CannotOpen, InvalidInput, MalformedData, RemoteProtocolError
from dm3.crypto import (
    SALT_BYTES,
    Entropy,
    KeyWallet,
    PasskeyOutput,
    ProfileKeys,
    RandomBytes,
    RecoveryCode,
    Seed,
    StorageKey,
    WalletKey,
    checksum_address,
    escrow_key_from,
    lock,
    passkey_sealing,
    stretch,
    unlock,
)

from ..names import ResolvedProfile

VERSION: Final = 1
MAX_BLOB_CHARS: Final = 8 * 1024
"""Bound for the blob in base64."""
MAX_BLOB_BYTES: Final = MAX_BLOB_CHARS // 4 * 3
PADDING: Final = 1024

EscrowKey = Entropy | RecoveryCode | PasskeyOutput
"""What opens an escrow."""


class EscrowLock(IntEnum):
    """Which kind of key opens a blob."""

    ENTROPY = 1
    CODE = 2
    PASSKEY = 3


_OPENED_BY: Final = {
    EscrowLock.ENTROPY: "the application's entropy",
    EscrowLock.CODE: "a recovery code",
    EscrowLock.PASSKEY: "a passkey",
}


class EscrowLocked(CannotOpen):
    """The escrow does not open with this."""

    code = "escrow-locked"
    hint = "Check that it is the latest recovery code or passkey, made for this application and account."


class EscrowMismatch(RemoteProtocolError):
    """What the escrow holds is not the published profile."""

    code = "escrow-mismatch"
    hint = "The profile has got new keys since. Recover it through its main profile, or start a fresh one."


class EscrowContents(Struct, frozen=True, kw_only=True):
    """What recreates a profile. ``signed`` is the signed profile's JSON text.

    ``nonce`` is the key-creation nonce; ``wallet_key`` the profile's own wallet, where it is held.
    """

    name: str
    seed: Seed
    nonce: str
    signed: str
    wallet_key: WalletKey | None = None
    readable_by_site: bool = False


def seal_escrow(contents: EscrowContents, owner: str, key: EscrowKey, random: RandomBytes) -> bytes:
    """Seal the contents for ``owner``; with a recovery code this takes some tenths of a second.

    Raises `InvalidInput` when the profile's name is not an address name, or the blob would be too large.
    """
    kind = _kind_of(key)
    header = bytes((VERSION, kind)) + (random(SALT_BYTES) if kind is EscrowLock.CODE else b"")
    plain = sodium.sodium_pad(_contents_text(contents).encode("utf-8"), PADDING)
    place = _place(header, contents.name, owner)
    blob = header + lock(_key(key, header, contents.name, owner), plain, place, random)
    if len(blob) > MAX_BLOB_BYTES:
        raise InvalidInput("the signed profile is too large to be kept in escrow")
    return blob


def open_escrow(blob: bytes, name: str, owner: str, key: EscrowKey) -> EscrowContents:
    """Open what was sealed for the profile ``name`` of ``owner``; with a code as slow as sealing.

    Raises `EscrowLocked` for another key, owner or profile, or when it was altered, and `MalformedData`.
    """
    kind = _lock_of(blob)
    if kind is not _kind_of(key):
        raise EscrowLocked(f"it takes {_OPENED_BY[kind]}", hint="Use that, or the main profile.")
    size = 2 + (SALT_BYTES if kind is EscrowLock.CODE else 0)
    header, locked = blob[:size], blob[size:]
    if len(header) < size:
        raise MalformedData("the escrow is cut short")
    try:
        plain = unlock(_key(key, header, name, owner), locked, _place(header, name, owner))
        text = sodium.sodium_unpad(plain, PADDING)
    except (CannotOpen, CryptoError):
        raise EscrowLocked(f"{_OPENED_BY[kind]} is another one, or the copy was altered") from None
    contents = _contents_from(text)
    if contents.name != normalize(name):
        raise EscrowMismatch("it holds a profile of another name")
    return contents


def require_published(contents: EscrowContents, published: ResolvedProfile) -> ProfileKeys:
    """The keys of the contents, which must yield the profile as it is published now.

    Raises `EscrowMismatch`.
    """
    keys, profile = ProfileKeys.from_seed(contents.seed), published.signed.profile
    if (keys.signing_public, keys.encryption_public) != (profile.signing_key, profile.encryption_key):
        raise EscrowMismatch("its keys are others than those of the published profile")
    if contents.wallet_key is not None and KeyWallet(contents.wallet_key).address != published.owner:
        raise EscrowMismatch("its wallet is not the one that has signed the published profile")
    return keys


def _lock_of(blob: bytes) -> EscrowLock:
    if len(blob) < 2:
        raise MalformedData("the escrow is cut short")
    if blob[0] != VERSION or blob[1] not in _OPENED_BY:
        raise MalformedData("the escrow is of a version or kind that is not known here")
    return EscrowLock(blob[1])


def _kind_of(key: EscrowKey) -> EscrowLock:
    if isinstance(key, RecoveryCode):
        return EscrowLock.CODE
    return EscrowLock.PASSKEY if isinstance(key, PasskeyOutput) else EscrowLock.ENTROPY


def _key(key: EscrowKey, header: bytes, name: str, owner: str) -> StorageKey:
    if isinstance(key, RecoveryCode):
        return stretch(key, header[2:])
    app = _app_of(name)
    return escrow_key_from(passkey_sealing(key, app) if isinstance(key, PasskeyOutput) else key, app, owner)


def _app_of(name: str) -> str:
    own = address_of(name)
    if own is None:
        raise InvalidInput(f"{name[:100]} is not the name of an address, such as 0x….addr.dm3.eth")
    return own[1]


def _place(header: bytes, name: str, owner: str) -> bytes:
    bound = {
        "app": _app_of(name),
        "label": "dm3lpp/v1/escrow",
        "name": normalize(name),
        "owner": checksum_address(owner),
    }
    return header + canonical_json(bound).encode("utf-8")


def _contents_text(contents: EscrowContents) -> str:
    members = {
        "name": normalize(contents.name),
        "nonce": contents.nonce,
        "profilePrivateKey": to_base64(contents.seed.reveal()),
        "readableBySite": contents.readable_by_site,
        "signedProfile": contents.signed,
    }
    if contents.wallet_key is not None:
        members["walletPrivateKey"] = to_base64(contents.wallet_key.reveal())
    return canonical_json(members)


def _contents_from(text: bytes) -> EscrowContents:
    members = Members(read_json(text, what="the escrow"), "the escrow")
    wallet_key = members.optional_text("walletPrivateKey", max_length=44)
    return EscrowContents(
        name=normalize(members.text("name")),
        seed=Seed(from_base64(members.text("profilePrivateKey"), what="the profile's key", length=32)),
        nonce=members.text("nonce", max_length=200),
        signed=members.text("signedProfile"),
        wallet_key=None
        if wallet_key is None
        else WalletKey(from_base64(wallet_key, what="the wallet's key", length=32)),
        readable_by_site=members.raw().get("readableBySite") is True,
    )
