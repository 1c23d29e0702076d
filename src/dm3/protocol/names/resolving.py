"""From a name to a verified profile: the questions to ask and the checks to make (specification 2.2).

Each function is a generator that yields a question and is sent its answer; it never asks anybody
itself. `dm3.net.names.directory` puts the questions.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from msgspec import Struct

from dm3.base import address_of, canonical_json, normalize, read_json, sha256_hex
from dm3.base.errors import BadSignature, InvalidInput, MalformedData, NotFound
from dm3.crypto import checksum_address
from dm3.model import DeliveryServiceProfile, RecordKey, SignedProfile
from dm3.protocol.names.cid import UncheckableCid
from dm3.wire import (
    MAX_PROFILE_BYTES,
    InlineRecord,
    IpfsRecord,
    UrlRecord,
    profile_message,
    read_delivery_service,
    read_signed_profile,
    read_text_record,
)

T = TypeVar("T")


class WrongAtLink(MalformedData):
    """What the record links to is not what it says."""

    code = "wrong-at-link"
    definite = False  # whoever stands before that server may have answered
    hint = "Try again later; the owner of the name has to see to what is there."


class TextQuestion(Struct, frozen=True):
    """What is the text record ``key`` of ``name``? Answer: str or None."""

    name: str
    key: str


class AddressQuestion(Struct, frozen=True):
    """Which Ethereum address does ``name`` point to? Answer: 0x-hex or None."""

    name: str


class FetchQuestion(Struct, frozen=True):
    """What does this link hold? Answer: its text, at most 64 KB."""

    link: UrlRecord | IpfsRecord


class WalletQuestion(Struct, frozen=True):
    """Did ``address`` sign ``text`` with ``personal_sign`` (or its contract say so)? Answer: bool."""

    address: str
    text: str | bytes
    signature: str


Question = TextQuestion | AddressQuestion | FetchQuestion | WalletQuestion
Inquiry = Generator[Question, Any, T]


class ResolvedProfile(Struct, frozen=True):
    """A signed profile, checked to be its name owner's.

    ``name``: the name in normal form.
    ``owner``: the account that owns it (EIP-55).
    ``signed``: the profile with its signature.
    """

    name: str
    owner: str
    signed: SignedProfile


def resolve_profile(name: str) -> Inquiry[ResolvedProfile]:
    """Find and verify the profile published under ``name``.

    Raises `NotFound` when there is none, `MalformedData` when the record cannot be read and
    `BadSignature` when the name's owner has not signed it.
    """
    name = normalize(name)
    signed = yield from _record(name, RecordKey.PROFILE, read_signed_profile)
    own = address_of(name)
    # An address name certifies itself; whoever serves it has no say in who its owner is.
    owner = own[0] if own else (yield AddressQuestion(name))
    if not owner:
        raise NotFound(f"{name} has a profile but no address, so it cannot be verified")
    try:
        owner = checksum_address(owner)
    except InvalidInput:
        raise MalformedData(f"{name} points to something that is no Ethereum address") from None
    if not (yield WalletQuestion(owner, profile_message(signed.profile_text, owner), signed.signature)):
        raise BadSignature(f"the profile of {name} is not signed by its owner {owner}")
    return ResolvedProfile(name, owner, signed)


def resolve_delivery_service(name: str) -> Inquiry[DeliveryServiceProfile]:
    """Find the delivery service published under ``name``. Raises `NotFound` or `MalformedData`."""
    name = normalize(name)
    found: DeliveryServiceProfile = yield from _record(
        name, RecordKey.DELIVERY_SERVICE, read_delivery_service
    )
    return found


def _record(name: str, key: RecordKey, read: Callable[[str], T]) -> Inquiry[T]:
    record = yield TextQuestion(name, key)
    if not record:
        raise NotFound(f"{name} has no text record {key}")
    found = read_text_record(record)
    if isinstance(found, InlineRecord):
        return read(found.text)
    try:
        text: str = yield FetchQuestion(found)
        if found.dm3_hash is not None:
            value = read_json(text, what=f"the linked {key}", max_bytes=MAX_PROFILE_BYTES)
            if sha256_hex(canonical_json(value)) != found.dm3_hash:
                raise WrongAtLink(f"what {name} links to has another hash than dm3Hash")
        return read(text)
    except UncheckableCid:
        raise  # said by the record itself
    except MalformedData as error:
        raise WrongAtLink(f"{name}: {error.detail}") from None
