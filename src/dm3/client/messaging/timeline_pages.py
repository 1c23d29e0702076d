"""One page of a conversation, read without the rest of it, and exactly as in its whole timeline.

What is read is what stands on the page, all that changes it, and all that those refer to. `Timeline.page` of
the whole says what a page is; where no outline can be had, or answers lead too far back, it is taken of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from dm3.base.errors import InvalidInput, NotFound
from dm3.model import MessageType
from dm3.protocol.messages import Entry, Timeline, timeline
from dm3.store.vault import Vault, Within

from ..state.outline_records import Outline
from ..state.records import MESSAGES, StoredMessage
from .conversations import message_key
from .outlines import Place, last_places, make_outline, mentions_of, outline_in
from .peer_names import conversation_key
from .stored_lines import Progress, as_record

_ATTEMPTS: Final = 5
_STEPS: Final = 200
"""How far answers are followed back one by one; reading all of the conversation is faster then."""

_MORE: Final = 4
_TOO_MANY: Final = 5_000

_ALSO_CHANGED: Final = (MessageType.EDIT, MessageType.RESEND_REQUEST)
"""What these refer to counts as it stands now, and not only by what it is."""


async def whole_timeline(vault: Vault, profile: str, names: tuple[str, ...], progress: Progress) -> Timeline:
    """All of the conversation of ``profile`` with the peer of these names."""

    # In a thread of its own: of ten thousand messages nobody else is kept waiting.
    def read(within: Within) -> Timeline:
        found = within.sections(MESSAGES, [conversation_key(profile, name) for name in names])
        kept = (message for section in found.values() for message in section)
        return timeline(as_record(message, progress, names[0]) for message in kept)

    return await vault.read(read)


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
        read = partial(_page_in, _Wanted(profile, names, newest, before), progress)
        for _ in range(_ATTEMPTS):
            try:
                found = await vault.read(read)
            except _NoOutlineError as lacking:
                if not await make_outline(vault, lacking.conversation):
                    break
                continue
            if found is None:
                break
            return found
    whole = await whole_timeline(vault, profile, names, progress)
    return whole.page(newest=newest, before=before)


async def last_entries(
    vault: Vault, conversations: Sequence[tuple[str, tuple[str, ...]]], progress: Progress
) -> list[Entry | None]:
    """The newest entry of each conversation, given as profile and names of the peer; None where none is."""

    def read(within: Within) -> list[Timeline | None]:
        found: list[Timeline | None] = []
        for profile, names in conversations:
            try:
                found.append(_page_in(_Wanted(profile, names, 1), progress, within))
            except _NoOutlineError:
                found.append(None)
        return found

    entries: list[Entry | None] = []
    for (profile, names), page in zip(conversations, await vault.read(read), strict=True):
        shown = page or await timeline_page(vault, profile, names, progress, newest=1)
        entries.append(shown.entries[-1] if shown.entries else None)
    return entries


class _NoOutlineError(Exception):
    """A conversation has no outline, or one without some of its messages."""

    def __init__(self, conversation: str) -> None:
        super().__init__("a conversation has no outline")
        self.conversation = conversation


class _Wanted(Struct, frozen=True):
    profile: str
    names: tuple[str, ...]
    newest: int
    before: str | None = None


def _page_in(wanted: _Wanted, progress: Progress, within: Within) -> Timeline | None:
    """The page as it is in one transaction; None where that takes too much."""
    return _Reading(wanted, progress, within).page()


class _Reading:
    """What was read so far of one conversation."""

    def __init__(self, wanted: _Wanted, progress: Progress, within: Within) -> None:
        self._wanted = wanted
        self._progress = progress
        self._within = within
        self._outlines: dict[str, Outline] = {}
        self._read: dict[str, StoredMessage] = {}
        self._asked: set[str] = set()
        self._followed: set[str] = set()
        self._searched: set[str] = set()
        for name in wanted.names:
            conversation = conversation_key(wanted.profile, name)
            outline = outline_in(within, conversation)
            if outline is None:
                raise _NoOutlineError(conversation)
            self._outlines[conversation] = outline

    def page(self) -> Timeline | None:
        """The page; None where that takes too much. Raises `NotFound` as `Timeline.page` does."""
        newest, before = self._wanted.newest, self._wanted.before
        end: Place | None = None
        if before is not None:
            if not self._take({before}):
                return None
            found = self._shown().find(before)
            if found is None:
                raise NotFound(f"no message {before[:80]} is in this conversation")
            end = found.place
        count = newest + newest // 2 + _MORE
        while count < _TOO_MANY:
            places = self._last(end, count)
            if not self._take(hash for _, hash in places):
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

    def _last(self, end: Place | None, count: int) -> list[Place]:
        places: list[Place] = []
        for conversation, outline in self._outlines.items():
            places += last_places(self._within, conversation, outline, end, count)
        return sorted(places)[-count:]

    def _take(self, hashes: Iterable[str]) -> bool:
        """Read these, what changes them, and what all those refer to; False where that leads too far."""
        changed, referred = set(hashes), set[str]()
        for _ in range(_STEPS):
            changed -= self._searched
            referred -= self._followed
            if not changed and not referred:
                return True
            self._read_in(changed | referred)
            self._searched |= changed
            self._followed |= changed | referred
            further, back = set[str](), set[str]()
            for conversation in self._outlines:
                further |= mentions_of(self._within, conversation, changed)
            for hash in changed | referred:
                message = self._read.get(hash)
                if message is not None and message.reference:
                    also = hash in changed and message.type in _ALSO_CHANGED
                    (further if also else back).add(message.reference)
            changed, referred = further, back
        return False

    def _read_in(self, hashes: set[str]) -> None:
        keys = {message_key(self._wanted.profile, hash) for hash in hashes - self._asked}
        self._asked |= hashes
        for message in self._within.get_all(MESSAGES, keys).values():
            if message.peer in self._wanted.names:
                self._read[message.hash] = message

    def _shown(self) -> Timeline:
        peer = self._wanted.names[0]
        return timeline(as_record(message, self._progress, peer) for message in self._read.values())
