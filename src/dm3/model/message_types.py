"""The one table of message types: what each means for timelines, receipts, the outbox and linking."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct

from .link import LinkKind


class MessageType(StrEnum):
    """The message types known here. The set is open: others are kept as plain text."""

    NEW = "NEW"
    DELETE_REQUEST = "DELETE_REQUEST"
    EDIT = "EDIT"
    REPLY = "REPLY"
    REACTION = "REACTION"
    READ_OPENED = "READ_OPENED"
    READ_RECEIVED = "READ_RECEIVED"
    RESEND_REQUEST = "RESEND_REQUEST"
    LINK = "LINK"
    LINK_RECOVER = "LINK_RECOVER"
    LINK_ACCEPT = "LINK_ACCEPT"
    LINK_REJECT = "LINK_REJECT"
    LINK_REVOKE = "LINK_REVOKE"


DEVICE_SYNC: Final = "DEVICE_SYNC"
"""What a profile's devices tell each other: from the profile to itself, never listed as supported."""


class Meaning(Struct, frozen=True, kw_only=True):
    """What a message type means (specification 2.4 and 3.6)."""

    entry: bool = True
    """Whether it stands for itself: it can be unread, opens a conversation, and has receipts."""
    plain: bool = False
    """Whether its text is shown without saying its type."""
    receipt: bool = False
    """Whether it says how far another message has come; lost where it cannot be sent."""
    needs_text: bool = True
    """Whether it is nothing without a text."""
    editable: bool = True
    """Whether its author can replace its text."""
    deletable: bool = True
    """Whether its author can take it back."""
    base: bool = False
    """Whether it is of the base protocol: read by profiles that have never said what they read."""
    link: LinkKind | None = None
    """The step of linking that it carries."""


_OTHER: Final = Meaning()


def meaning_of(type: str) -> Meaning:
    """What a message type means; one that is not known here is an entry, shown with its name."""
    return MEANINGS.get(type, _OTHER)


def _meaning(type: MessageType) -> Meaning:
    match type:
        case MessageType.NEW | MessageType.REPLY:
            return Meaning(plain=True, base=True)
        case MessageType.EDIT:
            return Meaning(entry=False, base=True)
        case MessageType.REACTION:
            return Meaning(entry=False, needs_text=False, editable=False, base=True)
        case MessageType.READ_OPENED | MessageType.READ_RECEIVED:
            return _about_another(receipt=True)
        case MessageType.DELETE_REQUEST | MessageType.RESEND_REQUEST:
            return _about_another()
        case MessageType.LINK:
            return Meaning(link=LinkKind.REQUEST)
        case MessageType.LINK_RECOVER:
            return Meaning(link=LinkKind.RECOVER)
        case MessageType.LINK_ACCEPT:
            return Meaning(link=LinkKind.ACCEPT)
        case MessageType.LINK_REJECT:
            return Meaning(link=LinkKind.REJECT)
        case MessageType.LINK_REVOKE:
            return Meaning(link=LinkKind.REVOKE)
        case _:
            assert_never(type)


def _about_another(*, receipt: bool = False) -> Meaning:
    """Of a base type that says something about another message, and is final."""
    return Meaning(entry=False, receipt=receipt, needs_text=False, editable=False, deletable=False, base=True)


MEANINGS: Final[dict[str, Meaning]] = {type: _meaning(type) for type in MessageType}

BASE_TYPES: Final = tuple(type for type in MessageType if MEANINGS[type].base)
"""The types of the base protocol: what a profile is told to read that has never said what it supports."""
