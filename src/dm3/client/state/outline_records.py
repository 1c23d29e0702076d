"""What is kept of the order of conversations, so that a page of one is read without the rest of it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.store.vault import RecordType

from . import stored_outlines as stored


class Outline(Struct, frozen=True):
    """How a conversation is cut into blocks by time, and how many messages they have in all.

    A block begins at its start (milliseconds) and ends before the next one's; the first has what is earlier.
    """

    messages: int = 0
    starts: tuple[int, ...] = (0,)


class Block(Struct, frozen=True):
    """The places of a block's messages in their order: time in milliseconds, and hash."""

    places: tuple[tuple[int, str], ...] = ()


class Mention(Struct, frozen=True):
    """The hash of a message that changes another one, under whose hash this lies."""

    hash: str


OUTLINES: Final = RecordType("outline", Outline, stored.OutlineV1)
BLOCKS: Final = RecordType("outline-block", Block, stored.BlockV1)
MENTIONS: Final = RecordType("mention", Mention, stored.MentionV1)
