"""One page of a conversation, read without the rest of it, and exactly as in its whole timeline.

What is read is what stands on the page, all that changes it, and all that those refer to. `Timeline.page` of
the whole says what a page is; where no outline can be had, or answers lead too far back, it is taken of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dm3.base.errors import InvalidInput, NotFound
from dm3.model import MessageType
from dm3.protocol.messages import Timeline, timeline
from dm3.store.vault import Vault

from ..state.outline_records import OUTLINES, Outline
from ..state.records import MESSAGES, StoredMessage
from .conversations import message_key, messages_under
from .outlines import Place, last_places, mentions_of, outline_of
from .peer_names import conversation_key
from .stored_lines import Progress, as_record

_ATTEMPTS: Final = 5
_STEPS: Final = 200
"""How far answers are followed back one by one; reading all of the conversation is faster then."""

_MORE: Final = 8
_TOO_MANY: Final = 5_000

_ALSO_CHANGED: Final = (MessageType.EDIT, MessageType.RESEND_REQUEST)
"""What these refer to counts as it stands now, and not only by what it is."""


async def whole_timeline(vault: Vault, profile: str, names: tuple[str, ...], progress: Progress) -> Timeline:
    """All of the conversation of ``profile`` with the peer of these names."""
    kept = await messages_under(vault, profile, names)
    return timeline(as_record(message, progress, names[0]) for message in kept)


async def timeline_page(
    vault: Vault,
    profile: str,
    names: tuple[str, ...],
    progress: Progress,
    *,
    newest: int | None = None,
    before: str | None = None,
) -> Timeline:
    """The page of that conversation; as `Timeline.page` of the whole, which raises the same."""
    if newest is not None and newest < 1:
        raise InvalidInput("a page has at least one entry")
    if newest is not None and newest < _TOO_MANY:
        for _ in range(_ATTEMPTS):
            reading = _Reading(vault, profile, names, progress)
            if not await reading.begin():
                break
            try:
                found = await reading.page(newest, before)
            except NotFound:
                if await reading.still_holds():
                    raise
                continue
            if found is None:
                break
            if await reading.still_holds():
                return found
    whole = await whole_timeline(vault, profile, names, progress)
    return whole.page(newest=newest, before=before)


class _Reading:
    """What was read so far of one conversation, which may change meanwhile."""

    def __init__(self, vault: Vault, profile: str, names: tuple[str, ...], progress: Progress) -> None:
        self._vault = vault
        self._profile = profile
        self._names = names
        self._progress = progress
        self._outlines: dict[str, tuple[Outline, int]] = {}
        self._read: dict[str, StoredMessage] = {}
        self._asked: set[str] = set()
        self._followed: set[str] = set()
        self._searched: set[str] = set()

    async def begin(self) -> bool:
        """Read the outlines; False where one cannot be had."""
        for name in self._names:
            conversation = conversation_key(self._profile, name)
            kept = await outline_of(self._vault, conversation)
            if kept is None:
                return False
            self._outlines[conversation] = kept.record, kept.revision
        return True

    async def still_holds(self) -> bool:
        """Whether nothing has come to the conversation since."""
        now = await self._vault.find_all(OUTLINES, self._outlines)
        return all(
            (now[key].revision if key in now else 0) == revision
            for key, (_, revision) in self._outlines.items()
        )

    async def page(self, newest: int, before: str | None) -> Timeline | None:
        """The page; None where that takes too much. Raises `NotFound` as `Timeline.page` does."""
        end: Place | None = None
        if before is not None:
            if not await self._take({before}):
                return None
            found = self._shown().find(before)
            if found is None:
                raise NotFound(f"no message {before[:80]} is in this conversation")
            end = found.place
        count = newest + _MORE
        while count < _TOO_MANY:
            places = await self._last(end, count)
            if not await self._take(hash for _, hash in places):
                return None
            shown = self._shown()
            if len(places) < count:  # the page has the beginning of the conversation
                first = None
            elif len(entries := shown.between(places[0], end).entries) > newest:
                first = entries[-newest].place
            else:
                count *= 2
                continue
            return shown.between(first, end).page(newest=newest)
        return None

    async def _last(self, end: Place | None, count: int) -> list[Place]:
        places: list[Place] = []
        for conversation, (outline, _) in self._outlines.items():
            places += await last_places(self._vault, conversation, outline, end, count)
        return sorted(places)[-count:]

    async def _take(self, hashes: Iterable[str]) -> bool:
        """Read these, what changes them, and what all those refer to; False where that leads too far."""
        changed, referred = set(hashes), set[str]()
        for _ in range(_STEPS):
            changed -= self._searched
            referred -= self._followed
            if not changed and not referred:
                return True
            await self._read_in(changed | referred)
            self._searched |= changed
            self._followed |= changed | referred
            further, back = set[str](), set[str]()
            for conversation in self._outlines:
                further |= await mentions_of(self._vault, conversation, changed)
            for hash in changed | referred:
                message = self._read.get(hash)
                if message is not None and message.reference:
                    also = hash in changed and message.type in _ALSO_CHANGED
                    (further if also else back).add(message.reference)
            changed, referred = further, back
        return False

    async def _read_in(self, hashes: set[str]) -> None:
        keys = {message_key(self._profile, hash) for hash in hashes - self._asked}
        self._asked |= hashes
        for kept in (await self._vault.find_all(MESSAGES, keys)).values():
            if kept.record.peer in self._names:
                self._read[kept.record.hash] = kept.record

    def _shown(self) -> Timeline:
        peer = self._names[0]
        return timeline(as_record(message, self._progress, peer) for message in self._read.values())
