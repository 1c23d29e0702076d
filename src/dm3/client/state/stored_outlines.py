"""The stored forms of what is kept of the order of conversations, by version; see `stored_records`."""

from __future__ import annotations

from dm3.store.vault import Stored


class OutlineV1(Stored):
    """How a conversation is cut into blocks."""

    messages: int
    starts: tuple[int, ...]


class BlockV1(Stored):
    """The places of some messages of a conversation."""

    places: tuple[tuple[int, str], ...]


class MentionV1(Stored):
    """A message that changes another."""

    hash: str
