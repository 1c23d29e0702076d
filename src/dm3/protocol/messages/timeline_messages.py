"""Messages as the timeline takes them, and in which order (specification 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.model import Attachment, meaning_of

Place = tuple[int, str]
"""What a timeline is ordered by: time in milliseconds, and hash."""


class Delivery(StrEnum):
    """How far a message has come. The first three are what our own outbox says of it."""

    WAITING = "waiting"
    FAILED = "failed"
    DISCARDED = "discarded"
    SENT = "sent"
    RECEIVED = "received"
    READ = "read"


class Remark(StrEnum):
    """Why a message that should change another stands in the timeline by itself."""

    FOREIGN = "foreign"
    NO_REFERENCE = "no-reference"
    LOOP = "loop"
    AWAITED = "awaited"
    UNFIT = "unfit"

    @property
    def sentence(self) -> str:
        """What a person is told."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    Remark.FOREIGN: "refused: only its author may change a message",
    Remark.NO_REFERENCE: "it does not say which message it is about",
    Remark.LOOP: "refused: it refers back to itself",
    Remark.AWAITED: "the message that it is about is not here",
    Remark.UNFIT: "refused: this cannot be done to that message",
}


class TimelineMessage(Struct, frozen=True, kw_only=True):
    """One message of a conversation, as the timeline's rules take it.

    ``hash``: the message's hash, 0x-hex.
    ``author``: who wrote it: the same text for all messages of one party, whichever of its names it used.
    ``own``: we wrote it.
    ``type``: its type as on the wire.
    ``at``: when, in milliseconds.
    ``content``: its text.
    ``attachments``: what was attached.
    ``reference``: the hash of the message that it is about.
    ``unread``: the user has not read it yet.
    ``delivery``: how far our own message has come.
    """

    hash: str
    author: str
    own: bool
    type: str
    at: int
    content: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reference: str | None = None
    unread: bool = False
    delivery: Delivery = Delivery.SENT

    @property
    def place(self) -> Place:
        """What messages are ordered by."""
        return self.at, self.hash


def is_entry(message_type: str) -> bool:
    """Whether messages of this type stand for themselves: these can be unread and open a conversation."""
    return meaning_of(message_type).entry


def in_order(messages: Iterable[TimelineMessage]) -> list[TimelineMessage]:
    """Each message once, by time and hash. Of copies that say different times the earliest counts."""
    first: dict[str, TimelineMessage] = {}
    for message in messages:
        known = first.get(message.hash)
        if known is None or _preference(message) < _preference(known):
            first[message.hash] = message
    return sorted(first.values(), key=lambda message: message.place)


def _preference(message: TimelineMessage) -> tuple[int, str]:
    # Copies of one message are the same but for these; whichever comes first, the same one is taken.
    return message.at, f"{message.unread}{message.delivery}{message!r}"
