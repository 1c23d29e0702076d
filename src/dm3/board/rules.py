"""What becomes of a statement: refused, kept waiting, or published. No I/O, no clock."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dm3.base.errors import BadSignature
from dm3.model import Message, Profile
from dm3.protocol.board import NotAStatement, check_statement
from dm3.protocol.messages import check_message
from dm3.store.board import Counts, StatementState

from .settings import BoardSettings, Moderation

HOUR_MS: Final = 3_600_000
OLDEST_MS: Final = 7 * 24 * HOUR_MS
"""How old a statement may be that comes: half as old as hashes of gone ones are kept, at most."""
NEWEST_MS: Final = HOUR_MS
MOST_OF_AUTHOR: Final = 20
MOST_UNTOLD: Final = 1_000
"""How many messages wait whose author nobody can tell of now: of one author, and in all."""


class Refusal(StrEnum):
    """Why a message is not taken as a statement; counted in ``/metrics``."""

    NOT_A_STATEMENT = "not-a-statement"
    BAD_SIGNATURE = "bad-signature"
    UNKNOWN_AUTHOR = "unknown-author"
    TOO_LONG = "too-long"
    WRONG_TIME = "wrong-time"
    AUTHOR_LIMIT = "author-limit"
    BOARD_LIMIT = "board-limit"
    FULL = "full"
    KNOWN = "known"


def refusal_of(message: Message, profile: Profile, settings: BoardSettings, now: int) -> Refusal | None:
    """What is wrong with a message by itself; ``now`` in milliseconds. None for a statement."""
    try:
        check_statement(message, settings.name)
        check_message(message, profile)
    except NotAStatement:
        return Refusal.NOT_A_STATEMENT
    except BadSignature:
        return Refusal.BAD_SIGNATURE
    if len(message.content or "") > settings.chars:
        return Refusal.TOO_LONG
    if not now - OLDEST_MS <= message.timestamp <= now + NEWEST_MS:
        return Refusal.WRONG_TIME
    return None


def place_for(settings: BoardSettings, counts: Counts) -> StatementState | Refusal:
    """Where a statement goes, by how many there are."""
    if counts.by_author >= settings.per_author:
        return Refusal.AUTHOR_LIMIT
    if counts.in_all >= settings.in_all:
        return Refusal.BOARD_LIMIT
    if settings.moderation is Moderation.PUBLISH:
        return StatementState.PUBLISHED
    return Refusal.FULL if counts.waiting >= settings.most_waiting else StatementState.WAITING


def refusal_to_wait(message: Message, of_author: int, in_all: int, now: int) -> Refusal | None:
    """Whether a message may not wait until somebody can tell of its author; ``now`` in milliseconds.

    ``of_author``, ``in_all``: how many wait already.
    """
    if message.timestamp < now - OLDEST_MS:
        return Refusal.WRONG_TIME
    if of_author >= MOST_OF_AUTHOR:
        return Refusal.AUTHOR_LIMIT
    return Refusal.BOARD_LIMIT if in_all >= MOST_UNTOLD else None
