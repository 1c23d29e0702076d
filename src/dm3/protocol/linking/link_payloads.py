"""What LINK carries, in a request and with the keys, and LINK_ACCEPT (specification 3.3)."""

from __future__ import annotations

from msgspec import Struct

from dm3.base import sha256_hex
from dm3.crypto import Seed, SigningPrivateKey, WalletKey, sign
from dm3.model import LinkKind, LinkPayload

from .older import accepted_text
from .records import Asked, Link, OutgoingLink
from .refusals import LinkRefused, Reason


class OwnProfile(Struct, frozen=True, kw_only=True):
    """What the linked profile knows of itself: all that a link hands over.

    ``name``: the name that the main profile is to know it by.
    ``hash``: that of the profile as it is published, 0x-hex.
    ``seed``: its keys come from it.
    ``nonce``: what was signed for the seed has it; empty where nothing was signed.
    ``wallet_key``: its own wallet's, where that is random; else it follows from the seed, or is not held.
    """

    name: str
    hash: str
    seed: Seed
    nonce: str
    wallet_key: WalletKey | None


def latest_of(asking: OutgoingLink) -> Asked:
    return Asked(
        asking.link_message,
        asking.wallet_signature,
        asking.requested_until,
        not asking.after_accept,
        asking.pairing,
    )


def request_payload(asking: OutgoingLink, own: OwnProfile) -> LinkPayload:
    """The payload of LINK, with the keys unless they are to be handed over later."""
    return _payload(latest_of(asking), own)


def keys_payload(asking: OutgoingLink, own: OwnProfile) -> LinkPayload:
    """The payload of the second LINK, which hands the keys over after the acceptance."""
    if asking.accepted_message is None:
        raise LinkRefused(Reason.NOT_LINKED)
    text, signature = asking.accepted_message, asking.accepted_signature
    return _payload(Asked(text, signature, asking.accepted_until, with_keys=True), own)


def acceptance(
    link: Link,
    signing_key: SigningPrivateKey,
    *,
    answers: LinkPayload,
    with_keys: bool,
    paired: str | None = None,
) -> LinkPayload:
    """The payload of LINK_ACCEPT in answer to ``answers``, in the vocabulary in which was asked.

    ``paired`` is what the request's check has given for it.
    """
    text = accepted_text(answers.vocabulary, answers.link_message, link.profile_name)
    return LinkPayload(
        kind=LinkKind.ACCEPT,
        profile_name=link.profile_name,
        profile_hash=link.profile_hash,
        valid_until=link.valid_until,
        link_message=text,
        signature=sign(signing_key, sha256_hex(text)),
        profile_key=link.profile_key if with_keys else None,
        wallet_key=link.wallet_key if with_keys else None,
        nonce=link.nonce if with_keys else None,
        pairing=paired,
        vocabulary=answers.vocabulary,
    )


def _payload(asked: Asked, own: OwnProfile) -> LinkPayload:
    return LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=own.name,
        profile_hash=own.hash,
        valid_until=asked.until,
        link_message=asked.link_message,
        signature=asked.wallet_signature,
        profile_key=own.seed if asked.with_keys else None,
        wallet_key=own.wallet_key if asked.with_keys else None,
        nonce=own.nonce if asked.with_keys else None,
        pairing=None if asked.pairing is None else asked.pairing.request,
    )
