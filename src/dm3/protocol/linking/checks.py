"""The main profile's checks of a request, in the order of specification 3.3 and 3.5.

The checks are an inquiry: they ask for profiles, for the wallet's word and for used nonces, and either
conclude with a `CheckedRequest` or raise `LinkRefused` with the first reason found.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import same_name
from dm3.base.errors import BadSignature, MalformedData, NotFound
from dm3.crypto import checksum_address, is_data_signed
from dm3.model import LinkKind, LinkMessage, LinkPayload, Message
from dm3.protocol.names import Question, ResolvedProfile, resolve_profile

from .carried_keys import require_keys_of, require_wallet_of
from .link_message_reading import parse_link_message
from .older import complete_request, signed_hash
from .pairing import PairingOffer, pairing_proofs, proves
from .policy import LinkPolicy
from .records import Link
from .refusals import LinkRefused, Reason
from .tables import LinkState
from .wallet_signatures import Signed, claimed_owner, what_was_signed

MIN_NONCE_CHARS: Final = 8
"""EIP-4361's bound; our own nonces have 128 bits."""


class NonceQuestion(Struct, frozen=True):
    """Was this wallet's nonce used, and by which message? Answer: a message hash or None."""

    owner: str
    nonce: str


class MainProfile(Struct, frozen=True):
    """Who is asked: the main profile's names (the first is its own) and its owner's address.

    ``offer`` is the pairing code that it has shown, None for none.
    """

    names: tuple[str, ...]
    owner: str
    offer: PairingOffer | None = None


class CheckedRequest(Struct, frozen=True, kw_only=True):
    """A request that passed every check. ``sender`` is the asking profile, freshly resolved.

    ``opaque``: what the wallet signed is the text's hash, so that nobody can have read what it binds.
    ``paired``: it has proved the pairing code, and this is what proves that to whom asked.
    """

    payload: LinkPayload
    link_message: LinkMessage
    owner: str
    own_wallet: bool
    sender: ResolvedProfile
    message_hash: str
    opaque: bool = False
    paired: str | None = None

    @property
    def bound(self) -> bool:
        """Whether the wallet's owner could read which step of which profile they signed for."""
        return self.link_message.is_bound and not self.opaque


Check = Generator[Question | NonceQuestion, Any, CheckedRequest]


def check_request(
    message: Message, main: MainProfile, link: Link | None, policy: LinkPolicy, now: int
) -> Check:
    """Check a LINK or LINK_RECOVER message; ``link`` is what is held for the profile it is about.

    ``now`` in UNIX seconds. Raises `LinkRefused`. Trouble with the network passes through, so that the
    message can be looked at again later.
    """
    payload = message.link
    if payload is None or payload.kind not in (LinkKind.REQUEST, LinkKind.RECOVER):
        raise LinkRefused(Reason.WRONG_TYPE)
    sender = yield from sender_of(message)
    text = parse_link_message(payload.link_message)
    payload = complete_request(payload, text, sender, link, policy, now)
    _check_addressed(text, main)
    _check_time(text, payload, policy, now)
    owner = yield from claimed_owner(text, payload, link.owner if link else main.owner)
    awaited = _brings_awaited_keys(payload, link)
    used_by = yield NonceQuestion(owner, text.nonce)
    if used_by is not None and not awaited:
        raise LinkRefused(Reason.REPLAYED)
    _check_bindings(text, payload, message, sender)
    signed = yield from what_was_signed(owner, payload)
    if signed is None:
        raise LinkRefused(Reason.BAD_WALLET_SIGNATURE)
    paired = None if awaited else check_pairing(payload, main, now)
    if payload.kind is LinkKind.RECOVER:
        payload = yield from _check_recovery(payload, owner, link, paired is not None, now)
    else:
        known = awaited or (link is not None and link.in_force(now) and owner == link.owner)
        if not (known or paired or policy.admits_others or owner == checksum_address(main.owner)):
            raise LinkRefused(Reason.FOREIGN_WALLET, f"{owner}; a pairing code would let it in")
        _check_linking(payload, sender)
    return CheckedRequest(
        payload=payload,
        link_message=text,
        owner=owner,
        own_wallet=owner == main.owner,
        sender=sender,
        message_hash=message.hash,
        opaque=signed is Signed.HASH,
        paired=paired,
    )


def sender_of(message: Message) -> Generator[Question, Any, ResolvedProfile]:
    try:
        sender = yield from resolve_profile(message.from_)
    except (NotFound, BadSignature, MalformedData) as error:
        raise LinkRefused(Reason.BAD_MESSAGE_SIGNATURE, error.detail) from None
    key = sender.signed.profile.signing_key
    if not is_data_signed(key, message.signed_text, message.signature):
        raise LinkRefused(Reason.BAD_MESSAGE_SIGNATURE)
    return sender


def _check_addressed(text: LinkMessage, main: MainProfile) -> None:
    if not any(same_name(text.main_name, name) for name in main.names):
        raise LinkRefused(Reason.WRONG_MAIN, text.main_name)
    if len(text.nonce) < MIN_NONCE_CHARS:
        raise LinkRefused(Reason.WEAK_NONCE)


def _check_time(text: LinkMessage, payload: LinkPayload, policy: LinkPolicy, now: int) -> None:
    if text.issued_at > now + policy.skew:
        raise LinkRefused(Reason.NOT_YET_VALID)
    undated = text.issued_at + policy.undated_life
    expires = undated if text.expires_at is None else text.expires_at
    if now > expires + policy.skew or now > payload.valid_until + policy.skew:
        raise LinkRefused(Reason.EXPIRED)


def _brings_awaited_keys(payload: LinkPayload, link: Link | None) -> bool:
    """The one Link Message that may come twice: that of a link whose keys are still to come."""
    return (
        link is not None
        and link.state is LinkState.AWAITING_KEYS
        and payload.kind is LinkKind.REQUEST
        and payload.profile_key is not None
        and payload.link_message == link.link_message
    )


def _check_bindings(
    text: LinkMessage, payload: LinkPayload, message: Message, sender: ResolvedProfile
) -> None:
    """What the wallet signed must be what the message says; what is absent makes it unbound."""
    if text.kind not in (None, payload.kind):
        raise LinkRefused(Reason.WRONG_TYPE)
    if text.profile_name is not None and text.profile_name != payload.profile_name:
        raise LinkRefused(Reason.WRONG_PROFILE)
    bound = text.profile_hash
    if bound is not None and payload.kind is LinkKind.REQUEST:
        bound = signed_hash(bound, sender.signed)
    if bound not in (None, payload.profile_hash):
        raise LinkRefused(Reason.WRONG_HASH)
    if payload.kind is LinkKind.REQUEST and message.from_ != payload.profile_name:
        raise LinkRefused(Reason.WRONG_SENDER)
    # Whoever gets the keys must be whom the wallet named, by the hash of their profile.
    if text.recover_into not in (None, sender.signed.hash):
        raise LinkRefused(Reason.WRONG_TARGET)


def check_pairing(payload: LinkPayload, main: MainProfile, now: int) -> str | None:
    """What proves the pairing code back, where the request proves it; None where it names none.

    A wrong one is refused whoever asks: they would not take an acceptance without the right answer.
    """
    if payload.pairing is None:
        return None
    if main.offer is None or not main.offer.is_open(now):
        raise LinkRefused(Reason.NO_PAIRING)
    proofs = pairing_proofs(main.offer.code, payload.link_message)
    if not proves(proofs.request, payload.pairing):
        raise LinkRefused(Reason.WRONG_PAIRING)
    return proofs.acceptance


def _check_linking(payload: LinkPayload, sender: ResolvedProfile) -> None:
    if payload.profile_hash != sender.signed.hash:
        raise LinkRefused(Reason.WRONG_HASH)
    if payload.profile_key is not None:
        require_keys_of(payload, sender)
    if payload.wallet_key is not None:
        require_wallet_of(payload.wallet_key, sender)


def _check_recovery(
    payload: LinkPayload, owner: str, link: Link | None, paired: bool, now: int
) -> Generator[Question, Any, LinkPayload]:
    """The payload with the hash of the profile as it is published."""
    if payload.profile_key is not None or payload.wallet_key is not None:
        raise LinkRefused(Reason.KEY_IN_RECOVERY)
    if link is None or not link.in_force(now):
        raise LinkRefused(Reason.NOT_LINKED)
    if link.paired and not paired:
        raise LinkRefused(Reason.NOT_PAIRED)
    try:
        current = yield from resolve_profile(payload.profile_name)
    except (NotFound, BadSignature, MalformedData) as error:
        raise LinkRefused(Reason.WRONG_HASH, error.detail) from None
    # Where the linked profile's own wallet has signed for the link, a device without keys cannot.
    if owner != link.owner and not (link.paired and link.owner == current.owner):
        raise LinkRefused(Reason.FOREIGN_WALLET, owner)
    named = signed_hash(payload.profile_hash, current.signed)
    if named != current.signed.hash or named != link.profile_hash:
        raise LinkRefused(Reason.WRONG_HASH)
    return replace(payload, profile_hash=named)
