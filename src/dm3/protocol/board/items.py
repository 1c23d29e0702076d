"""The entries of a board's feed as JSON, and what a message has to be to stand there (specification 5.8)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from dm3.base import Members, one_spelling
from dm3.base.errors import InvalidInput
from dm3.model import Message, MessageType, SignedProfile
from dm3.wire import read_message, signed_profile_from

MAX_STATEMENT_CHARS: Final = 4_000
"""The longest text of a statement that any board publishes, in characters."""
MAX_ITEM_CHARS: Final = 32_000
"""The longest message text of a statement, in characters of its JSON."""


class NotAStatement(InvalidInput):
    """This message is no public statement for the board."""

    code = "not-a-statement"
    hint = "A statement is a message of type NEW to the board with text, no attachments, and public: true."


class GoneReason(StrEnum):
    """Why a statement that was published is no more: by its author, by the operator, by age."""

    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    WITHHELD = "withheld"
    OLD = "old"


class PublishedItem(Struct, frozen=True, kw_only=True):
    """A statement in the feed, as the board says it; nothing is verified yet.

    ``hash``: the message's, as the board says it.
    ``message``: the message as it was signed, read.
    ``signed``: the profile whose key has signed it.
    ``received_at``: when the board got it in milliseconds; the board's word alone.
    """

    hash: str
    message: Message
    signed: SignedProfile
    received_at: int


class GoneItem(Struct, frozen=True, kw_only=True):
    """What is left in the feed of a statement that was published.

    ``hash``: its message's.
    ``reason``: a word of `GoneReason`, or another that later boards say.
    """

    hash: str
    reason: str


def check_statement(message: Message, board: str) -> None:
    """Require that ``message`` may stand on the board of that name. Raises `NotAStatement`.

    Who has signed it is not looked at.
    """
    text = message.content or ""
    if not message.public:
        raise NotAStatement("its author has not made it public")
    if message.type != MessageType.NEW or message.reference is not None:
        raise NotAStatement("it is a message about another one")
    if one_spelling(message.to) != one_spelling(board):
        raise NotAStatement("it is addressed to somebody else")
    if message.attachments:
        raise NotAStatement("it has attachments")
    if not text.strip():
        raise NotAStatement("it has no text")
    if len(text) > MAX_STATEMENT_CHARS or len(message.text) > MAX_ITEM_CHARS:
        raise NotAStatement(f"it has more than {MAX_STATEMENT_CHARS} characters")


def published_json(message: str, profile: Any, received_at: int, hash: str) -> dict[str, Any]:
    """An item of the feed; ``message`` is the signed JSON text, ``profile`` the signed profile as JSON."""
    return {"hash": hash, "message": message, "profile": profile, "receivedAt": received_at}


def gone_json(hash: str, reason: str) -> dict[str, Any]:
    """What the feed says of a statement that is no more."""
    return {"hash": hash, "gone": reason}


def read_item(value: Any) -> PublishedItem | GoneItem:
    """Read an entry of the feed. Raises `MalformedData` or `InvalidName`; verifies nothing."""
    members = Members(value, "the entry of the feed")
    found = members.text("hash", max_length=66)
    gone = members.optional_text("gone", max_length=100)
    if gone is not None:
        return GoneItem(hash=found, reason=gone)
    return PublishedItem(
        hash=found,
        message=read_message(members.text("message", max_length=2 * MAX_ITEM_CHARS)),
        signed=signed_profile_from(members.object("profile").raw()),
        received_at=members.whole("receivedAt"),
    )
