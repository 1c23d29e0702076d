"""The published record ``network.dm3.link``: made, disclosed, verified (specification 3.4)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import canonical_json, sha256_hex
from dm3.base.errors import BadSignature, MalformedData, NotFound
from dm3.crypto import ProfileKeys, SigningPrivateKey, is_signed, record_salt_from, sign
from dm3.model import LinkRecord, RecordKey
from dm3.protocol.names import Question, TextQuestion, resolve_profile
from dm3.wire import (
    InlineRecord,
    data_uri,
    read_link_record,
    read_text_record,
    record_json,
    unsigned_record_json,
)

from .records import Link, OutgoingLink
from .refusals import LinkRefused, Reason


class Disclosure(Struct, frozen=True):
    """What opens a private record.

    ``main``: the main profile's name.
    ``main_signature``: its signature (base64).
    ``salt``: what was hashed with both.
    """

    main: str
    main_signature: str
    salt: str


class VerifiedRecord(Struct, frozen=True):
    """A record that holds.

    ``record``: what was published.
    ``owner``: the account that owns the profile (EIP-55).
    ``main``: the main profile's name; None for a private record that was not disclosed.
    """

    record: LinkRecord
    owner: str
    main: str | None


def commitment(disclosure: Disclosure) -> str:
    """The hash that stands in a private record for the main profile."""
    return sha256_hex(
        canonical_json(
            {
                "main": disclosure.main,
                "mainSignature": disclosure.main_signature,
                "salt": disclosure.salt,
            }
        )
    )


def disclosure_of(asking: OutgoingLink, keys: ProfileKeys) -> Disclosure:
    """What proves an accepted link to a third party. Raises `LinkRefused` when there is none."""
    if asking.accepted_message is None or asking.main_signature is None:
        raise LinkRefused(Reason.NOT_LINKED)
    salt = record_salt_from(keys.seed, sha256_hex(asking.accepted_message))
    return Disclosure(asking.main_name, asking.main_signature, salt)


def disclosure_held(link: Link, signing_key: SigningPrivateKey) -> Disclosure:
    """The same from the main profile's side: both hold the seed, and both can say the salt.

    Raises `LinkRefused` when the link's keys are not held.
    """
    if link.profile_key is None:
        raise LinkRefused(Reason.NOT_LINKED)
    accepted = sha256_hex(link.link_message)
    return Disclosure(
        link.main_name, sign(signing_key, accepted), record_salt_from(link.profile_key, accepted)
    )


def make_record(asking: OutgoingLink, profile_name: str, profile_hash: str, keys: ProfileKeys) -> LinkRecord:
    """Make and sign the record of an accepted link, public or private as ``asking`` says."""
    disclosure = disclosure_of(asking, keys)
    public = asking.public_record
    record = LinkRecord(
        profile_name=profile_name,
        profile_hash=profile_hash,
        valid_until=asking.valid_until,
        link_message_hash=sha256_hex(asking.accepted_message or ""),
        signature="",
        signed_text="",
        main=disclosure.main if public else None,
        main_signature=disclosure.main_signature if public else None,
        main_commitment=None if public else commitment(disclosure),
    )
    text = canonical_json(unsigned_record_json(record))
    return replace(record, signature=sign(keys.signing_private, text), signed_text=text)


def record_uri(record: LinkRecord) -> str:
    """The text record's value."""
    return data_uri(record_json(record))


def parse_record(value: str) -> LinkRecord:
    """Read the text record's value. Raises `MalformedData`."""
    found = read_text_record(value)
    if not isinstance(found, InlineRecord):
        raise MalformedData("a link record stands in the text record itself, not behind a link")
    return read_link_record(found.text)


def verify_record(
    name: str, now: int, disclosure: Disclosure | None = None
) -> Generator[Question, Any, VerifiedRecord]:
    """Verify the link record of ``name`` completely; ``now`` in UNIX seconds.

    With a ``disclosure`` a private record's main profile is verified, too. Raises `NotFound` when there
    is no record, `MalformedData` when it cannot be read and `LinkRefused` when it does not hold.
    """
    value = yield TextQuestion(name, RecordKey.LINK)
    if not value:
        raise NotFound(f"{name} has no link record")
    record = parse_record(value)
    profile = yield from resolve_profile(record.profile_name)
    named = profile if record.profile_name == name else (yield from resolve_profile(name))
    if named.signed.hash != profile.signed.hash:
        raise LinkRefused(Reason.WRONG_PROFILE)
    if record.profile_hash != profile.signed.hash:
        raise LinkRefused(Reason.WRONG_HASH)
    if not is_signed(profile.signed.profile.signing_key, record.signed_text, record.signature):
        raise LinkRefused(Reason.BAD_RECORD_SIGNATURE)
    if now > record.valid_until:
        raise LinkRefused(Reason.EXPIRED)
    main = yield from _verify_main(record, disclosure)
    return VerifiedRecord(record, profile.owner, main)


def _verify_main(record: LinkRecord, disclosure: Disclosure | None) -> Generator[Question, Any, str | None]:
    if record.main is not None and record.main_signature is not None:
        main, signature = record.main, record.main_signature
    elif record.main_commitment is None:
        raise LinkRefused(Reason.MALFORMED, "the record names no main profile and no commitment")
    elif disclosure is None:
        return None
    elif commitment(disclosure) != record.main_commitment:
        raise LinkRefused(Reason.WRONG_COMMITMENT)
    else:
        main, signature = disclosure.main, disclosure.main_signature
    try:
        profile = yield from resolve_profile(main)
    except (NotFound, BadSignature, MalformedData) as error:
        raise LinkRefused(Reason.BAD_MAIN_SIGNATURE, error.detail) from None
    if not is_signed(profile.signed.profile.signing_key, record.link_message_hash, signature):
        raise LinkRefused(Reason.BAD_MAIN_SIGNATURE)
    return main
