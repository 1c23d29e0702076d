"""What an operator decides about a board."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.protocol.board import MAX_STATEMENT_CHARS

STATEMENT_CHARS: Final = 1_000
PER_AUTHOR: Final = 5
IN_ALL: Final = 300
MOST_WAITING: Final = 500
MOST_PUBLISHED: Final = 2_000
MOST_KEPT: Final = 100_000


class Moderation(StrEnum):
    """What becomes of a statement that comes: it waits for the operator, or is published at once."""

    HOLD = "hold"
    PUBLISH = "publish"


class BoardSettings(Struct, frozen=True, kw_only=True):
    """A board.

    ``name``: its ENS name, which statements are addressed to.
    ``moderation``: whether statements wait for the operator.
    ``chars``: the longest text of a statement, in characters.
    ``per_author``: statements an hour by one author; 0: none.
    ``in_all``: statements an hour by all authors together; 0: none.
    ``most_waiting``: statements that may wait; what comes beyond is refused.
    ``most_published``: statements that are shown; the oldest go.
    """

    name: str
    moderation: Moderation = Moderation.HOLD
    chars: int = STATEMENT_CHARS
    per_author: int = PER_AUTHOR
    in_all: int = IN_ALL
    most_waiting: int = MOST_WAITING
    most_published: int = MOST_PUBLISHED


def check_board(settings: BoardSettings) -> str:
    """The board's name in normal form. Raises `ConfigurationError` for settings that cannot be."""
    try:
        name = normalize(settings.name)
    except InvalidInput as error:
        raise ConfigurationError(f"the board {settings.name[:100]!r}: {error}") from None
    bounds = (
        ("characters of a statement", settings.chars, 1, MAX_STATEMENT_CHARS),
        ("statements an hour by an author", settings.per_author, 0, MOST_KEPT),
        ("statements an hour in all", settings.in_all, 0, MOST_KEPT),
        ("statements that may wait", settings.most_waiting, 1, MOST_KEPT),
        ("statements that are shown", settings.most_published, 1, MOST_KEPT),
    )
    for what, value, least, most in bounds:
        if not least <= value <= most:
            raise ConfigurationError(f"the board {name}: {what} are from {least} to {most}, not {value}")
    return name
