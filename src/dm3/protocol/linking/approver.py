"""The main profile's side of linking: checked requests and the user's word in, records and effects out."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.model import LinkKind, LinkPayload

from .admission import Waiting, require_admission
from .checks import CheckedRequest
from .pages import same_page
from .policy import DAY, YEAR, LinkPolicy
from .records import Link, Moment, Request
from .refusals import LinkRefused, Reason
from .release import is_unasked
from .renewal import is_renewal, renewed, with_moment
from .requester import MAX_EARLIER
from .tables import LINKS, REQUESTS, Effect, LinkEvent, LinkState, RequestEvent, RequestState

LONGEST_WAIT: Final = YEAR
"""How long a request waits, or is remembered as rejected, at most: its text may name any day."""


class Decision(Struct, frozen=True, kw_only=True):
    """What to keep and what to do: ``request`` and ``link`` replace what is stored (None removes it).

    Both are committed together with the messages that ``effects`` cause (specification 3.3).
    """

    request: Request | None
    link: Link | None
    effects: tuple[Effect, ...] = ()


def decide(
    checked: CheckedRequest,
    request: Request | None,
    link: Link | None,
    waiting: Waiting,
    policy: LinkPolicy,
    now: int,
) -> Decision:
    """Take in a checked LINK or LINK_RECOVER. Raises `LinkRefused` when a bound is reached.

    ``waiting``: what `waiting_beside` counts.
    """
    if checked.payload.kind is LinkKind.RECOVER:
        return _decide_recovery(checked, request, link, waiting, policy, now)
    if link is not None and link.state is LinkState.AWAITING_KEYS and _same_message(checked, link):
        row = LINKS.step(link.state, LinkEvent.KEYS_ARRIVED)
        held = replace(
            link,
            state=row.next,
            profile_key=checked.payload.profile_key,
            wallet_key=checked.payload.wallet_key,
            nonce=checked.payload.nonce,
        )
        return Decision(request=request, link=held, effects=row.effects)
    if link is not None and link.in_force(now) and is_renewal(checked, link):
        row = LINKS.step(link.state, LinkEvent.RENEWED)
        moved = replace(renewed(checked, link, policy, now), state=row.next)
        return Decision(request=request, link=moved, effects=row.effects)
    return _ask(checked, request, link, waiting, policy, now)


def _same_message(checked: CheckedRequest, link: Link) -> bool:
    return checked.payload.link_message == link.link_message


def _ask(
    checked: CheckedRequest,
    request: Request | None,
    link: Link | None,
    waiting: Waiting,
    policy: LinkPolicy,
    now: int,
) -> Decision:
    text = checked.link_message
    if request is not None and _is_older(checked, request):
        return Decision(request=request, link=link)
    require_admission(checked, request, link, waiting, policy, now)
    state = request.state if request else RequestState.NONE
    row = REQUESTS.step(state, RequestEvent.REQUESTED)
    asked = Request(
        state=row.next,
        profile_name=checked.payload.profile_name,
        payload=checked.payload,
        main_name=text.main_name,
        owner=checked.owner,
        own_wallet=checked.own_wallet,
        bound=checked.bound,
        uri=text.uri,
        nonce=text.nonce,
        reply_to=checked.sender.name,
        reply_hash=checked.sender.signed.hash,
        message_hash=checked.message_hash,
        received_at=now,
        expires_at=min(text.expires_at or now + policy.undated_life, now + LONGEST_WAIT),
        issued_at=text.issued_at,
        link_uri=link.uri if link is not None else "",
        opaque=checked.opaque,
        paired=checked.paired,
        signed_until=text.expires_at or 0,
    )
    return Decision(request=asked, link=link, effects=row.effects)


def _is_older(checked: CheckedRequest, request: Request) -> bool:
    """Whether a newer request of the same kind has overtaken this one on its way, waiting or rejected."""
    same_kind = checked.payload.kind is request.payload.kind
    return same_kind and checked.link_message.issued_at < request.issued_at


def _decide_recovery(
    checked: CheckedRequest,
    request: Request | None,
    link: Link | None,
    waiting: Waiting,
    policy: LinkPolicy,
    now: int,
) -> Decision:
    if link is None:
        raise LinkRefused(Reason.NOT_LINKED)
    recent = tuple(time for time in link.recoveries if time > now - DAY)
    if len(recent) >= policy.recoveries_per_day:
        raise LinkRefused(Reason.TOO_MANY, f"{len(recent)} recoveries within a day")
    if link.paired or not is_unasked(checked, link, policy):
        return _ask(checked, request, link, waiting, policy, now)
    held = replace(link, recoveries=recent)
    page, to = checked.link_message.uri, checked.sender.name
    return _grant_recovery(request, held, checked.payload, now, page=page, to=to)


def _grant_recovery(
    request: Request | None, link: Link, payload: LinkPayload, now: int, *, page: str, to: str
) -> Decision:
    """The keys go to the profile ``to``, which asks from ``page``."""
    row = LINKS.step(link.state, LinkEvent.RECOVERY_GRANTED)
    held = replace(
        link,
        state=row.next,
        link_message=payload.link_message,  # the published record will refer to this one
        earlier_messages=_with_latest(link),
        recoveries=(*link.recoveries, now),
    )
    told = with_moment(held, Moment.RECOVERED, now, page=page, to=to)
    return Decision(request=request, link=told, effects=row.effects)


def _with_latest(link: Link) -> tuple[str, ...]:
    return (*link.earlier_messages, link.link_message)[-MAX_EARLIER:]


def approve(
    request: Request,
    link: Link | None,
    policy: LinkPolicy,
    now: int,
    valid_until: int | None = None,
) -> Decision:
    """The user approves; ``valid_until`` shortens the term. Raises `LinkRefused` when it lapsed."""
    REQUESTS.step(request.state, RequestEvent.APPROVED)
    if now > request.expires_at + policy.skew:
        raise LinkRefused(Reason.EXPIRED)
    payload = request.payload
    if payload.kind is LinkKind.RECOVER:
        if link is None or not link.in_force(now):
            raise LinkRefused(Reason.NOT_LINKED)
        by_code = link.paired and request.paired is not None
        if not by_code and (link.paired or link.owner != request.owner):
            raise LinkRefused(Reason.NOT_LINKED)
        if link.profile_hash != payload.profile_hash:
            raise LinkRefused(Reason.WRONG_HASH)
        return _grant_recovery(None, link, payload, now, page=request.uri, to=request.reply_to)
    limits = [payload.valid_until, now + policy.term_limit]
    until = min([*limits, valid_until] if valid_until is not None else limits)
    if until <= now:
        raise LinkRefused(Reason.EXPIRED)
    # Keys that are held serve on only if they are still those of the profile as published.
    held = link if link is not None and link.profile_hash == payload.profile_hash else None
    event = LinkEvent.GRANTED if payload.profile_key else LinkEvent.GRANTED_WITHOUT_KEYS
    row = LINKS.step(held.state if held else LinkState.NONE, event)
    granted = Link(
        state=row.next,
        profile_name=request.profile_name,
        profile_hash=payload.profile_hash,
        main_name=request.main_name,
        owner=request.owner,
        uri=request.uri,
        valid_until=until,
        linked_at=now,
        asked_at=request.issued_at,
        link_message=payload.link_message,
        vocabulary=payload.vocabulary,
        profile_key=payload.profile_key or (held.profile_key if held else None),
        wallet_key=payload.wallet_key or (held.wallet_key if held else None),
        nonce=payload.nonce or (held.nonce if held else None),
        recoveries=link.recoveries if link else (),
        # Devices that know the link by these are to be told of its end, and may end it.
        earlier_messages=_with_latest(held) if held else (),
        renewals=held.renewals if held else (),
        # What the user has allowed was for the page and the owner that they knew.
        recovery=held.recovery if held and _is_same_party(request, held) else None,
        paired=request.paired is not None or bool(link and link.paired and link.owner == request.owner),
        uncovered=0 < request.signed_until < until,
        history=link.history if link else (),
    )
    told = with_moment(granted, Moment.LINKED, now, page=request.uri, to=request.reply_to)
    return Decision(request=None, link=told, effects=row.effects)


def _is_same_party(request: Request, link: Link) -> bool:
    return request.owner == link.owner and same_page(request.uri, link.uri)


def reject(request: Request, link: Link | None) -> Decision:
    """The user rejects; the keys that came along are dropped.

    The specification has no answer for this; LINK_REJECT goes to whom lists it as supported.
    """
    row = REQUESTS.step(request.state, RequestEvent.REJECTED)
    rejected = replace(request, state=row.next, payload=request.payload.without_keys())
    return Decision(request=rejected, link=link, effects=row.effects)


def pass_time(request: Request | None, link: Link | None, policy: LinkPolicy, now: int) -> Decision:
    """Let requests lapse and links expire. Keys of an expired link stay until it is renewed or removed.

    A recovery lapses with the link whose keys it asks for.
    """
    effects: tuple[Effect, ...] = ()
    idle = request is not None and request.is_recovery and (link is None or not link.in_force(now))
    if request is not None and (idle or now > request.expires_at + policy.skew):
        REQUESTS.step(request.state, RequestEvent.LAPSED)
        request = None
    if link is not None and now > link.valid_until and LINKS.allows(link.state, LinkEvent.EXPIRED):
        row = LINKS.step(link.state, LinkEvent.EXPIRED)
        effects = row.effects
        link = None if row.next is LinkState.NONE else replace(link, state=row.next)
    return Decision(request=request, link=link, effects=effects)


def remove(request: Request | None, link: Link) -> Decision:
    """The user removes a link; its keys are wiped with it."""
    row = LINKS.step(link.state, LinkEvent.REMOVED)
    return Decision(request=request, link=None, effects=row.effects)
