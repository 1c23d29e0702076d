"""Last lines of conversations, kept while the vault is open: a list with one that is new reads that one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from dm3.client import Conversation, Messenger
from dm3.protocol.messages import Entry

LIFE: Final = 60.0
"""Seconds after which a line is read anew: another program with the same vault may have changed it."""


class _Kept(Struct, frozen=True):
    """A line, how its conversation stood then, and until when it counts."""

    entry: Entry | None
    messages: int
    last_at: int
    until: float


class Previews:
    """The newest entries of conversations."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    def forget(self, profile: str, peer: str) -> None:
        """Have the line of a conversation be read anew: something in it has changed."""
        self._kept.pop((profile, peer), None)

    async def of(self, messenger: Messenger, heads: Sequence[Conversation]) -> list[Entry | None]:
        """The newest entry of each of these conversations, None where there is none."""
        now = time.monotonic()
        unknown = [head for head in heads if not self._counts(head, now)]
        for head, entry in zip(unknown, await messenger.last_entries(unknown), strict=True):
            self._kept[head.profile, head.peer] = _Kept(entry, head.messages, head.last_at, now + LIFE)
        return [self._kept[head.profile, head.peer].entry for head in heads]

    def _counts(self, head: Conversation, now: float) -> bool:
        kept = self._kept.get((head.profile, head.peer))
        same = kept is not None and (kept.messages, kept.last_at) == (head.messages, head.last_at)
        return kept is not None and same and now < kept.until
