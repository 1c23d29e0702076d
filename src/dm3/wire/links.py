"""The linking payload of a message and the link record as JSON (specification 3.3, 3.4, 3.7)."""

from __future__ import annotations

import re
from typing import Any, Final

from dm3.base import (
    MAX_NAME_LENGTH,
    Members,
    canonical_json,
    from_base64,
    from_hex,
    normalize,
    read_json,
    to_base64,
)
from dm3.base.errors import MalformedData
from dm3.crypto import Seed, WalletKey
from dm3.model import LinkKind, LinkPayload, LinkRecord

from .dialects import NEWEST, VOCABULARIES, LinkVocabulary

MAX_LINK_MESSAGE: Final = 8_000
MAX_REASON: Final = 500
MAX_CODE: Final = 50
LAST_SECOND: Final = 253_402_300_799
_HEX = re.compile(r"[0-9a-fA-F]+")
MILLISECONDS_ABOVE: Final = 10**12
"""UNIX times above this are milliseconds (specification 3.3)."""


def link_member(payload: LinkPayload) -> tuple[str, dict[str, Any]]:
    """The metadata member that carries ``payload`` in its vocabulary: (name, JSON members)."""
    vocabulary = VOCABULARIES[payload.vocabulary]
    values: dict[str, Any] = {
        "profile_key": payload.profile_key and to_base64(payload.profile_key.reveal()),
        "wallet_key": payload.wallet_key and "0x" + payload.wallet_key.reveal().hex(),
        "nonce": payload.nonce,
        "profile_name": payload.profile_name,
        "profile_hash": payload.profile_hash,
        "valid_until": payload.valid_until,
        "link_message": payload.link_message,
        "signature": payload.signature,
        "reason": payload.reason,
        "code": payload.code,
        "pairing": payload.pairing,
    }
    return vocabulary.member, {
        spelling: values[attribute]
        for attribute, spelling in vocabulary.fields.items()
        if values[attribute] is not None
    }


def link_type(payload: LinkPayload) -> str:
    """The message type for ``payload`` in its vocabulary."""
    return VOCABULARIES[payload.vocabulary].types[payload.kind]


def link_payload_from(
    metadata: Members, vocabulary: LinkVocabulary, kind: LinkKind, sender: str
) -> LinkPayload:
    """Read the linking payload of a message from ``sender``; checks no signature.

    What the vocabulary has no field for is taken from the message where it says it in other words, and
    is empty otherwise. Raises `MalformedData`.
    """
    members = metadata.object(vocabulary.member)
    names = vocabulary.fields

    def optional(attribute: str, limit: int) -> str | None:
        return members.optional_text(names[attribute], max_length=limit) if attribute in names else None

    # An acceptance of the specification may have no more than a name and a signature; who asked knows the
    # rest, and fills it in.
    minimal = kind is LinkKind.ACCEPT and vocabulary is NEWEST

    def required(attribute: str, limit: int) -> str:
        if attribute not in names:
            return ""
        if minimal and attribute in ("profile_hash", "link_message"):
            return optional(attribute, limit) or ""
        return members.text(names[attribute], max_length=limit)

    # Empty strings stand for absent members.
    profile_key, wallet_key = optional("profile_key", 200) or None, optional("wallet_key", 200) or None
    if vocabulary.bare_request_recovers and kind is LinkKind.REQUEST and profile_key is None:
        kind = LinkKind.RECOVER
    link_message = required("link_message", MAX_LINK_MESSAGE)
    named = required("profile_name", MAX_NAME_LENGTH)
    if "profile_name" not in names and kind is LinkKind.REQUEST:
        named = sender
    elif vocabulary.accepts_by_name and kind is LinkKind.ACCEPT:
        named = link_message
    return LinkPayload(
        kind=kind,
        profile_name=normalize(named) if named or "profile_name" in names else "",
        profile_hash=_with_0x(required("profile_hash", 100).lower(), 64),
        valid_until=_valid_until(members, names.get("valid_until"), kind),
        link_message=link_message,
        signature=_signature(required("signature", 20_000), kind),
        profile_key=_seed(profile_key) if profile_key is not None else None,
        wallet_key=_wallet_key(wallet_key) if wallet_key is not None else None,
        nonce=_nonce(members, names.get("nonce")),
        reason=optional("reason", MAX_REASON),
        code=optional("code", MAX_CODE),
        pairing=optional("pairing", 100),
        vocabulary=vocabulary.name,
    )


def _seed(text: str) -> Seed:
    """A profile's seed: 32 bytes, or as the reference notes a private key 64 of which they are the first.

    In base64 or in hex, with or without 0x; whether it is right is told from the published keys.
    """
    digits = text.removeprefix("0x")
    if _HEX.fullmatch(digits) and (len(digits) in (64, 128) or digits != text):
        data = from_hex(f"0x{digits}", what="profilePrivateKey")
    else:
        data = from_base64(text + "=" * (-len(text) % 4), what="profilePrivateKey")
    if len(data) not in (32, 64):
        raise MalformedData(f"profilePrivateKey has {len(data)} bytes instead of 32 or 64")
    return Seed(data[:32])


def _wallet_key(text: str) -> WalletKey:
    return WalletKey(from_hex(_with_0x(text, 64), what="walletPrivateKey", length=32))


def _with_0x(text: str, digits: int) -> str:
    """Hex without 0x is hex all the same."""
    return f"0x{text}" if len(text) == digits and _HEX.fullmatch(text) else text


def _signature(text: str, kind: LinkKind) -> str:
    """A wallet's signature with 0x; those of profiles are base64."""
    by_wallet = kind in (LinkKind.REQUEST, LinkKind.RECOVER)
    return _with_0x(text, len(text)) if by_wallet and len(text) >= 130 else text


def _nonce(members: Members, name: str | None) -> str | None:
    """The key-creation nonce, which may be a number; an empty one is none."""
    value = None if name is None else members.raw().get(name)
    if type(value) is int and 0 <= value < 10**78:
        return str(value)
    return (members.optional_text(name, max_length=500) or None) if name else None


def _valid_until(members: Members, name: str | None, kind: LinkKind) -> int:
    """The validity; 0 where it was not said, which only an ending must not leave open."""
    if name is None:
        return 0
    ending = kind in (LinkKind.REJECT, LinkKind.REVOKE)
    if not ending and members.raw().get(name) in (None, ""):
        return 0
    return unix_seconds(members.whole(name))


def unix_seconds(time: int) -> int:
    """A UNIX time in seconds, from seconds or milliseconds.

    Raises `MalformedData` for what is neither within the years 1970 to 9999.
    """
    seconds = time // 1000 if time > MILLISECONDS_ABOVE else time
    if not 0 <= seconds <= LAST_SECOND:
        raise MalformedData("a time is not one of this calendar")
    return seconds


def record_json(record: LinkRecord) -> dict[str, Any]:
    """The signed link record as JSON members."""
    return {**unsigned_record_json(record), "signature": record.signature}


def unsigned_record_json(record: LinkRecord) -> dict[str, Any]:
    """The link record without its signature: what is signed is its canonical JSON."""
    members = {
        "version": record.version,
        "profileName": record.profile_name,
        "profileHash": record.profile_hash,
        "validUntil": record.valid_until,
        "linkMessageHash": record.link_message_hash,
        "main": record.main,
        "mainSignature": record.main_signature,
        "mainCommitment": record.main_commitment,
    }
    return {name: value for name, value in members.items() if value is not None}


def read_link_record(text: str) -> LinkRecord:
    """Read the JSON text of a ``network.dm3.link`` record. Raises `MalformedData`; verifies nothing."""
    what = "the link record"
    value = read_json(text, what=what, max_bytes=MAX_LINK_MESSAGE)
    members = Members(value, what)
    version = members.whole("version")
    if version != 1:
        raise MalformedData(f"{what} has version {version}; only 1 is known")
    main = members.optional_text("main", max_length=255)
    return LinkRecord(
        version=version,
        profile_name=normalize(members.text("profileName", max_length=255)),
        profile_hash=members.text("profileHash", max_length=100),
        valid_until=unix_seconds(members.whole("validUntil")),
        link_message_hash=members.text("linkMessageHash", max_length=100),
        signature=members.text("signature", max_length=200),
        signed_text=canonical_json({k: v for k, v in value.items() if k != "signature"}),
        main=None if main is None else normalize(main),
        main_signature=members.optional_text("mainSignature", max_length=200),
        main_commitment=members.optional_text("mainCommitment", max_length=100),
    )
