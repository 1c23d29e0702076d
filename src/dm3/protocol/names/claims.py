"""Claims: what may be registered at an off-chain resolver, and who must have signed it (specification 2.5).

Pure: each rule gets what was sent and what is registered, and raises or returns what to store. What must
hold at the very moment of storing (nobody else was faster) is the store's to check.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct

from dm3.base import address_of, is_below, normalize, sha256_hex
from dm3.base.errors import AlreadyTaken, BadSignature, InvalidInput, MalformedData
from dm3.crypto import is_signed
from dm3.model import RecordKey
from dm3.wire import InlineRecord, read_link_record, read_text_record

from .lookalikes import looks_like_one_of

MAX_ALIASES: Final = 5
RECORD_WINDOW_MS: Final = 10 * 60 * 1000
"""How far a record's time may be from the resolver's clock, in milliseconds."""
MAX_RECORD_VALUE: Final = 16_000
RESERVED_LABELS: Final = frozenset(
    {"addr", "admin", "api", "app", "dm3", "ds", "help", "info", "lp", "lsp", "mail", "ns", "owner"}
    | {"resolver", "root", "security", "status", "support", "system", "user", "www"}
)

_LOOKS_LIKE_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_HASH = re.compile(r"0x[0-9a-f]{64}")


class NotServed(InvalidInput):
    """This resolver does not serve that name."""

    code = "not-served"
    hint = "GET / lists the domains that it serves."


class ClaimsClosed(InvalidInput):
    """This domain accepts no new names."""

    code = "claims-closed"


class UnlistedService(InvalidInput):
    """None of the profile's delivery services is one that this application uses."""

    code = "unlisted-service"
    hint = "GET /domains/{domain} at the resolver lists them; make a profile with one of these."


class ReservedName(InvalidInput):
    """That name is reserved."""

    code = "reserved-name"
    hint = "Choose another name, or have the domain's operator give it to your profile: dm3 resolver claim."


class TooManyAliases(InvalidInput):
    """The profile already has as many aliases as it may have."""

    code = "too-many-aliases"
    hint = "Remove one of them first."


class OutsideWindow(InvalidInput):
    """The time in the request is too far from this resolver's clock."""

    code = "outside-window"
    hint = "Check the clock of your device and try again."


class Outdated(AlreadyTaken):
    """Something newer is already published."""

    code = "outdated"
    hint = "Read what is published now, and sign the change anew."


class AliasRules(Struct, frozen=True):
    """Where aliases may be claimed: the parents (names in normal form) and the labels kept back."""

    parents: tuple[str, ...]
    reserved: frozenset[str] = RESERVED_LABELS


def alias_text(alias: str) -> str:
    """What a profile signs to claim ``alias``, spelt exactly as in the request."""
    return f"alias: {alias}"


def removal_text(alias: str) -> str:
    """What a profile signs to give ``alias`` up, spelt exactly as in the request."""
    return f"remove: {alias}"


def record_text(name: str, key: str, issued_at: int, value: str | None) -> str:
    """What a profile signs to publish ``value`` (None removes it); ``issued_at`` in UNIX milliseconds."""
    return f"record: {name}\n{key}\n{issued_at}\n{sha256_hex(value or '')}"


def profile_update_message(name: str, old_hash: str, new_hash: str) -> str:
    """What the owner's wallet signs so that another profile takes the place of the registered one.

    Naming both hashes keeps an older profile, which everybody has seen, from being registered again.
    """
    return (
        "dm3 asks you to replace the profile that is registered under your name:\n"
        f"{normalize(name)}\n\n"
        "Messages will be sealed for the new profile from now on.\n"
        "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n"
        "Version: 1\n"
        f"Registered Profile: {_hash(old_hash)}\n"
        f"New Profile: {_hash(new_hash)}"
    )


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise InvalidInput("a profile hash is 0x and 64 lower-case hex digits")
    return text


def claimed_domain(subdomain: str | None, domains: Sequence[str]) -> str:
    """The domain that a claim is for: of ``addr.dm3.eth`` or ``.addr.dm3.eth``, the reference's forms.

    None means the first of ``domains`` (normal forms). Raises `NotServed` or `InvalidName`.
    """
    if subdomain is None:
        return domains[0]
    marker, _, domain = normalize(subdomain.removeprefix(".")).partition(".")
    if marker != "addr" or domain not in domains:
        raise NotServed(subdomain[:100])
    return domain


def domain_of(name: str, domains: Collection[str]) -> str:
    """The longest of ``domains`` that ``name`` is or stands below. Raises `NotServed` or `InvalidName`."""
    found = [domain for domain in domains if is_below(name, domain)]
    if not found:
        raise NotServed(name[:100])
    return max(found, key=len)


def require_address_name(name: str) -> str:
    """Return ``name`` in normal form. Raises `InvalidInput` unless it is an address name."""
    if address_of(name) is None:
        raise InvalidInput(f"{name[:100]} is not the name of an address, such as 0x….addr.dm3.eth")
    return normalize(name)


def check_alias(
    alias: str,
    rules: AliasRules,
    signing_key: bytes,
    signature: str,
    text: str | None = None,
    *,
    released: bool = False,
) -> str:
    """Check a claim for ``alias`` as sent by the profile with ``signing_key`` (32 bytes).

    ``text`` is what was signed, `alias_text` by default; ``released``: the operator has given the profile
    this name, reserved or not. Returns the alias in normal form.
    Raises `InvalidName`, `NotServed`, `ReservedName` or `BadSignature`.
    """
    normal = normalize(alias)
    label, _, parent = normal.partition(".")
    if parent not in rules.parents:
        raise NotServed(f"aliases here are names right below {' or '.join(rules.parents) or 'nothing'}")
    reserved = looks_like_one_of(label, rules.reserved) and not released
    if reserved or _LOOKS_LIKE_ADDRESS.fullmatch(label):
        raise ReservedName(normal)
    if not is_signed(signing_key, alias_text(alias) if text is None else text, signature):
        raise BadSignature("the claim is not signed by the profile that the alias is for")
    return normal


def check_removal(alias: str, signing_key: bytes, signature: str, text: str | None = None) -> None:
    """Check that the profile with ``signing_key`` gives ``alias`` (as sent) up.

    ``text`` is what was signed, `removal_text` by default. Raises `BadSignature`.
    """
    if not is_signed(signing_key, removal_text(alias) if text is None else text, signature):
        raise BadSignature("the removal is not signed by the profile that holds the alias")


class RecordUpdate(Struct, frozen=True):
    """A text record to publish under an address name; ``value`` None removes it, times in UNIX ms."""

    name: str
    key: str
    value: str | None
    issued_at: int
    signature: str


def check_record(update: RecordUpdate, signing_key: bytes, profile_hash: str, now_ms: int) -> None:
    """Check an update of ``network.dm3.link`` against the profile registered under its name.

    Whether something newer is stored is the store's to say. Raises `InvalidInput` for other records,
    `OutsideWindow`, `MalformedData` and `BadSignature`.
    """
    if update.key != RecordKey.LINK:
        raise InvalidInput(f"only the record {RecordKey.LINK} can be published here")
    if update.value is not None and len(update.value) > MAX_RECORD_VALUE:
        raise MalformedData(f"the record has more than {MAX_RECORD_VALUE} characters")
    if abs(now_ms - update.issued_at) > RECORD_WINDOW_MS:
        raise OutsideWindow()
    text = record_text(update.name, update.key, update.issued_at, update.value)
    if not is_signed(signing_key, text, update.signature):
        raise BadSignature("the update is not signed by the profile of that name")
    if update.value is not None:
        _check_link_record(update.value, update.name, signing_key, profile_hash)


def _check_link_record(value: str, name: str, signing_key: bytes, profile_hash: str) -> None:
    found = read_text_record(value)
    if not isinstance(found, InlineRecord):
        raise MalformedData("the link record must stand in the record itself, as a data: URI")
    record = read_link_record(found.text)
    if record.profile_name != name:
        raise MalformedData("the link record is for another name")
    if record.profile_hash != profile_hash:
        raise MalformedData("the link record is for another profile than the registered one")
    if not is_signed(signing_key, record.signed_text, record.signature):
        raise BadSignature("the link record is not signed by the profile that it is for")
