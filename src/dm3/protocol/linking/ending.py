"""Ending a link or a request, told to the other side (specification 3.9: LINK_REJECT, LINK_REVOKE).

Both are extensions, sent only to a profile that lists them as supported. They end something from now on:
keys that were handed over cannot be taken back.
"""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base import same_name, sha256_hex
from dm3.crypto import SigningPrivateKey, is_signed, sign
from dm3.model import LinkKind, LinkPayload, Message, Profile
from dm3.wire import NEWEST

from .approver import Decision
from .records import Link, OutgoingLink, Request
from .recovery import Recovery, RecoveryStep
from .refusals import LinkRefused, Reason
from .requester import OutgoingLinkStep
from .tables import (
    ASKING,
    LINKS,
    RECOVERY,
    REQUESTS,
    AskingEvent,
    LinkEvent,
    OutgoingLinkState,
    RecoveryEvent,
    RequestEvent,
    RequestState,
)
from .telling import told_reason


def ending_payload(
    kind: LinkKind,
    *,
    profile_name: str,
    profile_hash: str,
    link_message: str,
    signing_key: SigningPrivateKey,
    reason: str | None = None,
    code: str | None = None,
    valid_until: int = 0,
) -> LinkPayload:
    """The payload of LINK_REJECT or LINK_REVOKE about the request or link made with ``link_message``.

    ``valid_until`` (UNIX seconds) is that of the link that stays in force after a rejection, 0 for none.
    """
    return LinkPayload(
        kind=kind,
        profile_name=profile_name,
        profile_hash=profile_hash,
        valid_until=valid_until,
        link_message=link_message,
        signature=sign(signing_key, _signed_text(kind, link_message)),
        reason=reason,
        code=code,
    )


def signed_anew(payload: LinkPayload, signing_key: SigningPrivateKey) -> LinkPayload:
    """What a main profile has said of a link, signed with its new key; the rest is a wallet's."""
    match payload.kind:
        case LinkKind.ACCEPT:
            return replace(payload, signature=sign(signing_key, sha256_hex(payload.link_message)))
        case LinkKind.REJECT | LinkKind.REVOKE:
            text = _signed_text(payload.kind, payload.link_message)
            return replace(payload, signature=sign(signing_key, text))
        case _:
            return payload


def _signed_text(kind: LinkKind, link_message: str) -> str:
    # Never the bare hash: signed by the main profile, that would be an acceptance.
    return f"{NEWEST.types[kind]}: {sha256_hex(link_message)}"


def is_ending_signed(payload: LinkPayload, profile: Profile) -> bool:
    """Whether the rejection or revocation is signed with the key of ``profile``."""
    text = _signed_text(payload.kind, payload.link_message)
    return is_signed(profile.signing_key, text, payload.signature)


def _check_signature(payload: LinkPayload, profile: Profile) -> None:
    if not is_ending_signed(payload, profile):
        raise LinkRefused(Reason.BAD_MESSAGE_SIGNATURE)


def end(asking: OutgoingLink) -> OutgoingLinkStep:
    """The linked profile ends its link, or takes its request back."""
    row = ASKING.step(asking.state, AskingEvent.ENDED)
    return OutgoingLinkStep(_over(asking, row.next), row.effects)


def _over(asking: OutgoingLink, state: OutgoingLinkState) -> OutgoingLink:
    """No acceptance counts any more: one may be on its way, or come once more."""
    return replace(asking, state=state, requested_until=0)


def handle_ending(
    asking: OutgoingLink | None, message: Message, main: Profile, also: tuple[str, ...] = ()
) -> OutgoingLinkStep:
    """The linked profile is told of a rejection or a revocation; the message's signature is known good.

    A revocation ends what was asked up to the Link Message that it names. A later request is a new
    decision of the main profile's user and waits on. Raises `LinkRefused` unless it is about the present
    request or link.
    """
    payload = message.link
    if payload is None or payload.kind not in (LinkKind.REJECT, LinkKind.REVOKE):
        raise LinkRefused(Reason.WRONG_TYPE)
    if asking is None:
        raise LinkRefused(Reason.UNKNOWN_REQUEST)
    if not any(same_name(name, asking.main_name) for name in (message.from_, *also)):
        raise LinkRefused(Reason.WRONG_SENDER)
    rejected = payload.kind is LinkKind.REJECT
    about = (asking.link_message,) if rejected else asking.messages
    if payload.link_message not in about:
        raise LinkRefused(Reason.WRONG_LINK_MESSAGE)
    _check_signature(payload, main)
    if rejected:
        return _rejected(asking, payload.valid_until)
    return _revoked(asking, payload.link_message)


def _rejected(asking: OutgoingLink, in_force_until: int) -> OutgoingLinkStep:
    if not ASKING.allows(asking.state, AskingEvent.REJECTED):
        raise LinkRefused(Reason.UNKNOWN_REQUEST)
    row = ASKING.step(asking.state, AskingEvent.REJECTED)
    # The acceptance of an earlier request may be on its way yet.
    rejected = replace(asking, state=row.next)
    if in_force_until:
        # What was rejected has moved nothing at the main profile, nor will it with that acceptance.
        rejected = replace(
            rejected,
            valid_until=min(asking.valid_until, in_force_until),
            requested_until=min(asking.requested_until, in_force_until),
        )
    return OutgoingLinkStep(rejected, row.effects)


def _revoked(asking: OutgoingLink, link_message: str) -> OutgoingLinkStep:
    later = asking.messages[asking.messages.index(link_message) + 1 :]
    if not later or not asking.requested_until:
        row = ASKING.step(asking.state, AskingEvent.REVOKED)
        return OutgoingLinkStep(_over(asking, row.next), row.effects)
    row = ASKING.step(asking.state, AskingEvent.EARLIER_REVOKED)
    waiting = replace(
        asking,
        state=row.next,
        earlier=tuple(asked for asked in asking.earlier if asked.link_message in later),
        valid_until=0,
        accepted_message=None,
        accepted_signature="",
        accepted_until=0,
        main_signature=None,
    )
    return OutgoingLinkStep(waiting, row.effects)


def handle_refused_recovery(
    recovery: Recovery, message: Message, main: Profile, also: tuple[str, ...] = ()
) -> RecoveryStep:
    """A recovering device is told that the main profile's user has rejected it. Raises `LinkRefused`."""
    payload = message.link
    if payload is None or payload.kind is not LinkKind.REJECT:
        raise LinkRefused(Reason.WRONG_TYPE)
    if not any(same_name(name, recovery.main_name) for name in (message.from_, *also)):
        raise LinkRefused(Reason.WRONG_SENDER)
    if payload.link_message != recovery.link_message:
        raise LinkRefused(Reason.WRONG_LINK_MESSAGE)
    _check_signature(payload, main)
    row = RECOVERY.step(recovery.state, RecoveryEvent.REJECTED)
    failed = replace(
        recovery, state=row.next, rejection=told_reason(payload.code, payload.reason) or "no reason was given"
    )
    return RecoveryStep(failed, row.effects)


def handle_revocation(
    request: Request | None, link: Link | None, message: Message, linked: Profile
) -> Decision:
    """The main profile is told that the linked profile ends its link, or takes its request back.

    Bound to the Link Message, so that an old revocation ends no newer link. Raises `LinkRefused`.
    """
    payload = message.link
    if payload is None or payload.kind is not LinkKind.REVOKE:
        raise LinkRefused(Reason.WRONG_TYPE)
    if message.from_ != payload.profile_name:
        raise LinkRefused(Reason.WRONG_SENDER)
    _check_signature(payload, linked)
    if link is not None and payload.link_message in link.messages:
        row = LINKS.step(link.state, LinkEvent.REVOKED)
        return Decision(request=request, link=None, effects=row.effects)
    waiting = request is not None and request.state is RequestState.PENDING
    if waiting and request is not None and payload.link_message == request.payload.link_message:
        effects = REQUESTS.step(request.state, RequestEvent.WITHDRAWN).effects
        return Decision(request=None, link=link, effects=effects)
    raise LinkRefused(Reason.NOT_LINKED)
