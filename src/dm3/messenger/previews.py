"""Last lines of conversations, kept while the vault is open: a list with one that is new reads that one."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Final

from msgspec import Struct

from dm3.client import Conversation, Messenger
from dm3.net.cache import TimedCache
from dm3.protocol.messages import Entry

LIFE: Final = 60.0
"""Seconds after which a line is read anew: another program with the same vault may have changed it."""


class _Line(Struct, frozen=True):
    """The newest entry of a conversation, and how that stood then."""

    entry: Entry | None
    messages: int
    last_at: int


class Previews:
    """The newest entries of conversations."""

    def __init__(self) -> None:
        self._lines: TimedCache[tuple[str, str], _Line] = TimedCache(monotonic)

    def forget(self, profile: str, peer: str) -> None:
        """Have the line of a conversation be read anew: something in it has changed."""
        self._lines.drop((profile, peer))

    async def of(self, messenger: Messenger, heads: Sequence[Conversation]) -> list[Entry | None]:
        """The newest entry of each of these conversations, None where there is none."""
        lines = [self._kept(head) for head in heads]
        unknown = [head for head, line in zip(heads, lines, strict=True) if line is None]
        read = iter(await messenger.last_entries(unknown))
        return [
            line.entry if line else self._keep(head, next(read))
            for head, line in zip(heads, lines, strict=True)
        ]

    def _kept(self, head: Conversation) -> _Line | None:
        """What is kept of a conversation to which nothing has been added since."""
        (line,) = self._lines.get((head.profile, head.peer)) or (None,)
        same = line is not None and (line.messages, line.last_at) == (head.messages, head.last_at)
        return line if same else None

    def _keep(self, head: Conversation, entry: Entry | None) -> Entry | None:
        line = _Line(entry, head.messages, head.last_at)
        self._lines.put((head.profile, head.peer), line, seconds=LIFE)
        return entry
