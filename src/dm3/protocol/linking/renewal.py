"""A link is renewed: the same party asks again, and only the validity moves (specification 3.3)."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from dm3.model import LinkMessage, LinkPayload

from .checks import CheckedRequest
from .pages import same_page
from .policy import LinkPolicy
from .records import Link, LinkMoment, Moment
from .requester import MAX_EARLIER

MAX_HISTORY: Final = 50
"""How much of a link's history is kept, the newest."""


def is_covered(payload: LinkPayload, text: LinkMessage) -> bool:
    """Whether the wallet's text lasts as long as the link that is asked for.

    A sign-in message of EIP-4361 is valid for minutes: its Expiration Time says how long the request may
    wait, and nothing of the link.
    """
    return text.expires_at is None or payload.valid_until <= text.expires_at


def is_renewal(checked: CheckedRequest, link: Link) -> bool:
    """Same keys, owner and page: then nobody is asked, whether the text binds that or not.

    What it does bind was compared. A term beyond what the wallet signed for is the user's to judge, once.
    """
    payload = checked.payload
    return (
        checked.owner == link.owner
        and same_page(checked.link_message.uri, link.uri)
        and payload.profile_hash == link.profile_hash
        and payload.profile_key in (None, link.profile_key)
        and payload.wallet_key in (None, link.wallet_key)
        and payload.nonce in (None, link.nonce)
        and (link.uncovered or is_covered(payload, checked.link_message))
    )


def renewed(checked: CheckedRequest, link: Link, policy: LinkPolicy, now: int) -> Link:
    """``link`` with its validity moved, never past the user's limit; one that was overtaken moves nothing.

    Nothing is overtaken by what was asked in the future: one of the clocks was wrong then.
    """
    text = checked.link_message
    known = replace(link, renewals=(*link.renewals, checked.payload.link_message)[-MAX_EARLIER:])
    if text.issued_at < link.asked_at <= now + policy.skew:
        return known
    until = min(checked.payload.valid_until, now + policy.term_limit)
    moved = replace(known, valid_until=until, asked_at=text.issued_at)
    return with_moment(moved, Moment.RENEWED, now, page=text.uri, to=checked.sender.name)


def with_moment(link: Link, what: Moment, now: int, *, page: str, to: str) -> Link:
    """``link`` with one more line in its history."""
    moment = LinkMoment(at=now, what=what, until=link.valid_until, page=page, to=to)
    return replace(link, history=(*link.history, moment)[-MAX_HISTORY:])
