"""Whether an asker is told what was refused, and why: LINK_REJECT with a code (specification 3.3).

Only who has proved to be the owner is told: the message and the wallet's signature are good, and the wallet
is the main profile's own or holds a pairing code. All others learn nothing, not even that somebody is there.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from dm3.model import LinkKind, LinkPayload, Message
from dm3.protocol.names import Question, ResolvedProfile

from .carried_keys import require_keys_of
from .checks import MainProfile, check_pairing, sender_of
from .link_message_reading import parse_link_message
from .records import Request
from .refusals import LinkRefused, Reason
from .wallet_signatures import was_signed

HOUR: Final = 3_600
MOST_AN_HOUR: Final = 10
"""So many refusals are told an hour, by one main profile."""


class RejectCode(StrEnum):
    """Why a request was refused, as LINK_REJECT says it: a closed list."""

    REJECTED = "rejected"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    TERM_TOO_LONG = "term-too-long"
    WRONG_MAIN = "wrong-main"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"


_CODES: Final = {
    Reason.NOT_YET_VALID: RejectCode.NOT_YET_VALID,
    Reason.EXPIRED: RejectCode.EXPIRED,
    Reason.TERM_TOO_LONG: RejectCode.TERM_TOO_LONG,
    Reason.WRONG_MAIN: RejectCode.WRONG_MAIN,
    Reason.MALFORMED: RejectCode.MALFORMED,
    Reason.UNSUPPORTED: RejectCode.UNSUPPORTED,
}

_SENTENCES: Final = {
    RejectCode.NOT_YET_VALID: "by its clock the request lies in the future; check the clocks of both devices",
    RejectCode.EXPIRED: "the request has expired; ask again, and check the clock of this device",
    RejectCode.TERM_TOO_LONG: "the link would be valid for too long",
    RejectCode.WRONG_MAIN: "the wallet signed for another main profile",
    RejectCode.MALFORMED: "its messenger cannot read the text that the wallet signed",
    RejectCode.UNSUPPORTED: "its messenger does not know this kind of request",
}


class ToldRefusal(Struct, frozen=True):
    """What may be told: the code, to whom, about which payload (with its keys where they are theirs)."""

    code: RejectCode
    sender: ResolvedProfile
    payload: LinkPayload


def refusal_to_tell(
    message: Message, main: MainProfile, refused: LinkRefused, now: int
) -> Generator[Question, Any, ToldRefusal | None]:
    """What is told of a request that was refused; None where nothing is. ``now`` in UNIX seconds."""
    payload, code = message.link, _CODES.get(refused.reason)
    if payload is None or code is None or payload.kind not in (LinkKind.REQUEST, LinkKind.RECOVER):
        return None
    try:
        sender = yield from sender_of(message)
        owners = [main.owner]
        if check_pairing(payload, main, now) is not None:
            named = parse_link_message(payload.link_message).owner
            owners += [named] if named else []
    except LinkRefused:
        return None
    for owner in owners:
        if (yield from was_signed(owner, payload)):
            return ToldRefusal(code, sender, _with_own_keys(payload, sender))
    return None


def is_decision_told(request: Request) -> bool:
    """Whether the asker may be told that the user has rejected ``request``: the same rule."""
    return request.own_wallet or request.paired is not None


def _with_own_keys(payload: LinkPayload, sender: ResolvedProfile) -> LinkPayload:
    try:
        require_keys_of(payload, sender)
    except LinkRefused:
        return payload.without_keys()
    return payload


def known_code(code: str | None) -> RejectCode | None:
    """The code of the closed list, as it came; None where none came, or one that is not known here."""
    return next((known for known in RejectCode if known == code), None)


def told_reason(code: str | None, reason: str | None) -> str:
    """The sentence for who asked; empty where nothing was said. ``code`` is as it came."""
    known = known_code(code)
    return reason or ("" if known is None else _SENTENCES.get(known, ""))
