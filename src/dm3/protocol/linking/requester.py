"""The linked profile's side: asking, taking the acceptance in, renewing (``protocol.md`` 3.3)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import normalize, same_name, sha256_hex
from dm3.base.errors import InvalidInput, UnsupportedByPeer
from dm3.crypto import RandomBytes, Seed, WalletKey, checksum_address, is_signed
from dm3.model import (
    LinkKind,
    LinkMessage,
    LinkPayload,
    Message,
    MessageType,
    Profile,
    ProfileExtension,
)

from .link_message import new_link_nonce, parse_link_message
from .policy import YEAR
from .records import Asking
from .refusals import LinkRefused, Reason
from .tables import ASKING, AskingEffect, AskingEvent, AskingState

DEFAULT_TERM: Final = YEAR
MAX_EARLIER: Final = 8
SKEW: Final = 120
"""How far the main profile's clock may differ, in seconds."""


class OwnProfile(Struct, frozen=True, kw_only=True):
    """What the linked profile knows of itself: all that a link hands over."""

    name: str
    hash: str
    seed: Seed
    nonce: str
    wallet_key: WalletKey | None


class AskingStep(Struct, frozen=True):
    """The new record and what to do."""

    asking: Asking
    effects: tuple[AskingEffect, ...]


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


def require_support(extension: ProfileExtension | None, kind: LinkKind, main_name: str) -> None:
    """Raise `UnsupportedByPeer` when the main profile says that it does not take such messages.

    Where nothing is known, as with reference services, asking is allowed (``protocol.md`` 3.3).
    """
    wanted = MessageType.LINK if kind is LinkKind.REQUEST else MessageType.LINK_RECOVER
    if extension is not None and extension.supports(wanted) is False:
        raise UnsupportedByPeer(
            f"{main_name} does not take {wanted}; nothing was sent",
            hint="The messenger of that profile cannot manage linked profiles.",
        )


def ask(
    asking: Asking | None,
    *,
    text: str,
    message: LinkMessage,
    wallet_signature: str,
    after_accept: bool,
    public_record: bool,
) -> AskingStep:
    """Ask to be linked, or renew the link that there is with the same main profile."""
    state = asking.state if asking else AskingState.UNLINKED
    until = message.expires_at or 0
    renewing = (
        asking is not None and state is AskingState.LINKED and same_name(asking.main_name, message.main_name)
    )
    if asking is not None and state is AskingState.LINKED and not renewing:
        raise InvalidInput(f"the profile is linked to {asking.main_name}; end that link first")
    row = ASKING.step(state, AskingEvent.RENEWED if renewing else AskingEvent.ASKED)
    if renewing and asking is not None:
        # No answer will come (``protocol.md`` 3.3), so the validity moves here as well.
        asked = replace(
            asking,
            link_message=text,
            wallet_signature=wallet_signature,
            requested_until=until,
            valid_until=until,
        )
        return AskingStep(replace(asked, state=row.next), row.effects)
    asked = Asking(
        state=row.next,
        main_name=message.main_name,
        link_message=text,
        wallet_signature=wallet_signature,
        requested_until=until,
        after_accept=after_accept,
        public_record=public_record,
        earlier=_unanswered(asking, message.main_name),
    )
    return AskingStep(asked, row.effects)


def _unanswered(asking: Asking | None, main_name: str) -> tuple[str, ...]:
    """Earlier Link Messages that the same main profile may accept yet.

    Once it has accepted one that carried the keys, it takes a later one for a renewal and does not
    answer it: the acceptance of the earlier one is all that will come.
    """
    if asking is None or asking.state is not AskingState.REQUESTED or asking.main_name != main_name:
        return ()
    latest = () if asking.after_accept else (asking.link_message,)
    return (*asking.earlier, *latest)[-MAX_EARLIER:]


def request_payload(asking: Asking, own: OwnProfile, *, with_keys: bool) -> LinkPayload:
    """The payload of LINK; the key hand-over of ``protocol.md`` 3.3 decides about ``with_keys``."""
    return LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=own.name,
        profile_hash=own.hash,
        valid_until=asking.requested_until,
        link_message=asking.link_message,
        signature=asking.wallet_signature,
        profile_key=own.seed if with_keys else None,
        wallet_key=own.wallet_key if with_keys else None,
        nonce=own.nonce if with_keys else None,
    )


def take_acceptance(
    asking: Asking | None, message: Message, main: Profile, own_name: str, own_hash: str, now: int
) -> AskingStep:
    """Check a LINK_ACCEPT whose message signature is known to be good, and step on.

    ``main`` is the profile of the message's sender; ``own_hash`` that of the own signed profile. Raises
    `LinkRefused`.
    """
    payload = message.link
    if payload is None or payload.kind is not LinkKind.ACCEPT:
        raise LinkRefused(Reason.WRONG_TYPE)
    if asking is None:
        raise LinkRefused(Reason.UNKNOWN_REQUEST)
    earlier = payload.link_message in asking.earlier
    accepted = payload.link_message if earlier else asking.link_message
    check_acceptance(payload, message.from_, asking.main_name, main, accepted)
    if payload.profile_name != own_name:
        raise LinkRefused(Reason.WRONG_PROFILE)
    if payload.profile_hash != own_hash:
        raise LinkRefused(Reason.WRONG_HASH)
    asked_until = parse_link_message(accepted).expires_at or 0 if earlier else asking.requested_until
    if payload.valid_until > asked_until:
        raise LinkRefused(Reason.TERM_TOO_LONG)
    if payload.valid_until <= now:
        raise LinkRefused(Reason.EXPIRED)
    without_keys = asking.after_accept and not earlier
    event = AskingEvent.ACCEPTED_WITHOUT_KEYS if without_keys else AskingEvent.ACCEPTED
    row = ASKING.step(asking.state, event)
    linked = replace(
        asking,
        state=row.next,
        # The latest request renews the link that the earlier one has made.
        valid_until=asking.requested_until if earlier else payload.valid_until,
        accepted_message=accepted,
        main_signature=payload.signature,
        after_accept=False,
        earlier=(),
    )
    return AskingStep(linked, row.effects)


def check_acceptance(
    payload: LinkPayload, sender: str, main_name: str, main: Profile, link_message: str
) -> None:
    """The checks that linking and recovery share. Raises `LinkRefused`."""
    if not same_name(sender, main_name):
        raise LinkRefused(Reason.WRONG_SENDER)
    if payload.link_message != link_message:
        raise LinkRefused(Reason.WRONG_LINK_MESSAGE)
    if not is_signed(main.signing_key, sha256_hex(link_message), payload.signature):
        raise LinkRefused(Reason.BAD_MAIN_SIGNATURE)


def pass_time(asking: Asking, now: int) -> Asking:
    """Let a request lapse or a link expire, the link a little later than the main profile may.

    Asked for while it is still in force there, it would be renewed without an answer, and this side would
    wait for one.
    """
    if asking.state is AskingState.REQUESTED and now > asking.requested_until:
        return replace(asking, state=ASKING.step(asking.state, AskingEvent.LAPSED).next)
    if asking.state is AskingState.LINKED and now > asking.valid_until + SKEW:
        return replace(asking, state=ASKING.step(asking.state, AskingEvent.EXPIRED).next)
    return asking
