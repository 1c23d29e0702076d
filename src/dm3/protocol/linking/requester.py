"""The linked profile's side: asking, taking the acceptance in, renewing (specification 3.3)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import normalize, same_name
from dm3.base.errors import InvalidInput, LocalProtocolError, UnsupportedByPeer
from dm3.crypto import RandomBytes, checksum_address
from dm3.model import LinkKind, LinkMessage, Message, MessageType, Profile, ProfileExtension

from .acceptances import accepting_payload, check_acceptance, check_paired, filled_in
from .link_message import new_link_nonce
from .link_message_reading import parse_link_message
from .link_payloads import latest_of
from .pairing import PairingProofs
from .policy import YEAR
from .records import Asked, OutgoingLink
from .refusals import LinkRefused, Reason
from .tables import ASKING, AskingEvent, OutgoingLinkEffect, OutgoingLinkState

DEFAULT_TERM: Final = YEAR
MAX_EARLIER: Final = 8
SKEW: Final = 120
"""How far the main profile's clock may differ, in seconds."""


class OutgoingLinkStep(Struct, frozen=True):
    """The new record and what to do."""

    asking: OutgoingLink
    effects: tuple[OutgoingLinkEffect, ...]


def new_link_message(
    kind: LinkKind,
    *,
    main_name: str,
    uri: str,
    owner: str,
    profile_name: str,
    profile_hash: str,
    now: int,
    random: RandomBytes,
    term: int = DEFAULT_TERM,
    recover_into: str | None = None,
    chain_id: int = 1,
) -> LinkMessage:
    """What the owner's wallet is to sign; ``now`` and ``term`` in seconds."""
    if term <= 0:
        raise InvalidInput("a link's term must be longer than nothing")
    return LinkMessage(
        main_name=normalize(main_name),
        uri=uri,
        nonce=new_link_nonce(random),
        issued_at=now,
        expires_at=now + term,
        chain_id=chain_id,
        kind=kind,
        profile_name=profile_name,
        profile_hash=profile_hash,
        recover_into=recover_into,
        owner=checksum_address(owner),
    )


def issue_time(asking: OutgoingLink | None, now: int) -> int:
    """When the next Link Message says that it was issued; ``now`` and the answer in UNIX seconds.

    Later than those before, whichever way the clock went meanwhile: the main profile takes one that was
    issued earlier for overtaken, and says nothing. A clock that was wrong by more than `SKEW` had none taken.
    """
    texts = () if asking is None else (*(asked.link_message for asked in asking.earlier), asking.link_message)
    later = [parse_link_message(text).issued_at + 1 for text in texts if text]
    return max([now, *(time for time in later if time <= now + SKEW)])


class NothingKnown(LocalProtocolError):
    """Nothing is known of what the main profile reads: whoever asks is to say that it may be asked."""

    code = "nothing-known"
    hint = (
        "Nothing was sent. Ask with allow_unknown=True (--allow-unknown) if it is yours and takes links: the "
        "keys go only after its acceptance."
    )


def require_support(extension: ProfileExtension | None, kind: LinkKind, main_name: str) -> bool:
    """Whether the main profile lists such messages; False where nothing is known (specification 2.5).

    Raises `UnsupportedByPeer` when it says that it does not take them.
    """
    wanted = MessageType.LINK if kind is LinkKind.REQUEST else MessageType.LINK_RECOVER
    supported = None if extension is None else extension.supports(wanted)
    if supported is False:
        raise UnsupportedByPeer(
            f"{main_name} does not take {wanted}; nothing was sent",
            hint="The messenger of that profile cannot manage linked profiles.",
        )
    return supported is True


def ask(
    asking: OutgoingLink | None,
    *,
    text: str,
    message: LinkMessage,
    wallet_signature: str,
    after_accept: bool,
    public_record: bool,
    pairing: PairingProofs | None = None,
    main_owner: str = "",
    other_owner: bool = False,
) -> OutgoingLinkStep:
    """Ask to be linked, or renew the link that there is with the same main profile.

    With ``pairing`` keys go only once the acceptance has proved the code. ``main_owner`` is who owns the main
    profile's name now, ``other_owner`` whether another one than the wallet that signs was said to be meant.
    """
    after_accept = after_accept or pairing is not None
    state = asking.state if asking else OutgoingLinkState.UNLINKED
    until = message.expires_at or 0
    renewing = (
        asking is not None
        and state is OutgoingLinkState.LINKED
        and same_name(asking.main_name, message.main_name)
    )
    if asking is not None and state is OutgoingLinkState.LINKED and not renewing:
        raise InvalidInput(f"the profile is linked to {asking.main_name}; end that link first")
    row = ASKING.step(state, AskingEvent.RENEWED if renewing else AskingEvent.ASKED)
    if renewing and asking is not None:
        # No answer will come (specification 3.3), so the validity moves here as well.
        asked = replace(
            asking,
            link_message=text,
            wallet_signature=wallet_signature,
            requested_until=until,
            valid_until=until,
            after_accept=after_accept,
            earlier=_unanswered(asking, message.main_name),
            pairing=pairing,
            main_owner=main_owner,
            other_owner=other_owner or asking.other_owner,
        )
        return OutgoingLinkStep(replace(asked, state=row.next), row.effects)
    asked = OutgoingLink(
        state=row.next,
        main_name=message.main_name,
        link_message=text,
        wallet_signature=wallet_signature,
        requested_until=until,
        after_accept=after_accept,
        public_record=public_record,
        earlier=_unanswered(asking, message.main_name),
        pairing=pairing,
        main_owner=main_owner,
        other_owner=other_owner,
    )
    return OutgoingLinkStep(asked, row.effects)


def _unanswered(asking: OutgoingLink | None, main_name: str) -> tuple[Asked, ...]:
    """Earlier requests that the same main profile may accept yet.

    Once it has accepted one, it may take a later one for a renewal, which it does not answer: the
    acceptance of the earlier one is all that will come.
    """
    under_way = (OutgoingLinkState.REQUESTED, OutgoingLinkState.LINKED)
    if asking is None or asking.state not in under_way or asking.main_name != main_name:
        return ()
    latest = () if asking.link_message == asking.accepted_message else (latest_of(asking),)
    return (*asking.earlier, *latest)[-MAX_EARLIER:]


def handle_acceptance(
    asking: OutgoingLink | None,
    message: Message,
    main: Profile,
    own_name: str,
    own_hash: str,
    now: int,
    also: tuple[str, ...] = (),
) -> OutgoingLinkStep:
    """Check a LINK_ACCEPT whose message signature is known to be good, and step on.

    ``main`` is the profile of the message's sender, ``also`` are further names that lead to it; ``own_hash``
    is that of the own signed profile. What the acceptance leaves out is filled in. Raises `LinkRefused`.
    """
    payload = accepting_payload(message)
    if asking is None or (asking.state is OutgoingLinkState.UNLINKED and not asking.requested_until):
        raise LinkRefused(Reason.UNKNOWN_REQUEST)
    latest = latest_of(asking)
    payload = filled_in(payload, (*asking.earlier, latest), main, own_hash)
    texts = [asked.link_message for asked in asking.earlier]
    at = texts.index(payload.link_message) if payload.link_message in texts else len(texts)
    accepted = (*asking.earlier, latest)[at]
    check_acceptance(payload, (message.from_, *also), asking.main_name, main, accepted.link_message)
    check_paired(payload, accepted.pairing.acceptance if accepted.pairing else None)
    if payload.profile_name != own_name:
        raise LinkRefused(Reason.WRONG_PROFILE)
    if payload.profile_hash != own_hash:
        raise LinkRefused(Reason.WRONG_HASH)
    if payload.valid_until > accepted.until:
        raise LinkRefused(Reason.TERM_TOO_LONG)
    if payload.valid_until <= now:
        raise LinkRefused(Reason.EXPIRED)
    event = AskingEvent.ACCEPTED if accepted.with_keys else AskingEvent.ACCEPTED_WITHOUT_KEYS
    row = ASKING.step(asking.state, event)
    linked = replace(
        asking,
        state=row.next,
        # The latest request renews the link that an earlier one has made.
        valid_until=payload.valid_until if accepted == latest else asking.requested_until,
        accepted_message=accepted.link_message,
        accepted_signature=accepted.wallet_signature,
        accepted_until=accepted.until,
        main_signature=payload.signature,
        after_accept=asking.after_accept and accepted != latest,
        earlier=asking.earlier[at + 1 :],
    )
    return OutgoingLinkStep(linked, row.effects)


def pass_time(asking: OutgoingLink, now: int) -> OutgoingLink:
    """Let a request lapse or a link expire, the link a little later than the main profile may.

    Asked for while it is still in force there, it would be renewed without an answer, and this side would
    wait for one.
    """
    if asking.state is OutgoingLinkState.REQUESTED and now > asking.requested_until:
        return replace(asking, state=ASKING.step(asking.state, AskingEvent.LAPSED).next)
    if asking.state is OutgoingLinkState.LINKED and now > asking.valid_until + SKEW:
        return replace(asking, state=ASKING.step(asking.state, AskingEvent.EXPIRED).next)
    return asking
