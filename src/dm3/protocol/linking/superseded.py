"""Answers to requests that later ones have taken the place of: no refusals, and without effect."""

from __future__ import annotations

from dm3.base import same_name, sha256_hex
from dm3.crypto import is_signed
from dm3.model import LinkKind, LinkMessage, LinkPayload, Message, Profile

from .ending import is_ending_signed
from .link_message_reading import parse_link_message
from .records import OutgoingLink
from .refusals import LinkRefused
from .requester import SKEW

_ANSWERS = frozenset({LinkKind.ACCEPT, LinkKind.REJECT, LinkKind.REVOKE})


def is_superseded(
    asking: OutgoingLink | None, message: Message, main: Profile, own_name: str, also: tuple[str, ...] = ()
) -> bool:
    """Whether an answer is about an earlier request than any that still counts.

    The mailbox of a profile that was recovered, or read late, holds what was said before. It has to be the
    main profile's own word (``main``, by a name of its own or one of ``also``) about a Link Message for this
    very profile that is not later than the present one. Anything else is refused as ever.

    A Link Message may be dated up to `SKEW` ahead (`issue_time`), and a device that recovers does not know of
    those before its own: so far a later one counts as earlier, too.
    """
    payload = message.link
    if asking is None or payload is None or payload.kind not in _ANSWERS:
        return False
    if payload.link_message in asking.messages:
        return False
    if not any(same_name(name, asking.main_name) for name in (message.from_, *also)):
        return False
    if not _is_signed(payload, main):
        return False
    about, present = _parsed(payload.link_message), _parsed(asking.link_message)
    if about is None or present is None or about.profile_name is None:
        return False
    mine = same_name(about.profile_name, own_name) and same_name(payload.profile_name, own_name)
    return mine and about.issued_at <= present.issued_at + SKEW


def _is_signed(payload: LinkPayload, main: Profile) -> bool:
    if payload.kind is not LinkKind.ACCEPT:
        return is_ending_signed(payload, main)
    return is_signed(main.signing_key, sha256_hex(payload.link_message), payload.signature)


def _parsed(text: str) -> LinkMessage | None:
    try:
        return parse_link_message(text)
    except LinkRefused:
        return None
