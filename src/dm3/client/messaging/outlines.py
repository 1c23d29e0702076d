"""Outlines of conversations: their messages' order in blocks, and which messages change which.

They are written with each message, and hold only what its record says, so they can be made anew at any time:
for conversations of before there were any, and where another version of dm3 has kept messages without them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable
from typing import Final

from dm3.base.errors import StoreError
from dm3.protocol.messages import is_entry
from dm3.store.vault import Change, Conflict, Vault, Versioned, Within

from ..state.outline_records import BLOCKS, MENTIONS, OUTLINES, Block, Mention, Outline
from ..state.records import MESSAGES, StoredMessage

Place = tuple[int, str]
"""What messages are ordered by: time in milliseconds, and hash."""

BLOCK: Final = 128
"""How many places a block has at most, but for messages of one and the same millisecond."""

_READ_AT_ONCE: Final = 500


def add_place(change: Change, conversation: str, stored: StoredMessage) -> None:
    """Note within ``change``, which keeps it as a new message, where it stands."""
    change.work(lambda within: _add(within, conversation, stored))


def _add(within: Within, conversation: str, stored: StoredMessage) -> None:
    outline = within.get(OUTLINES, conversation)
    if outline is None:
        if within.count(MESSAGES, conversation, 2) > 1:
            return  # the conversation is older than outlines: whoever reads it makes one
        outline = Outline()
    number = max(0, bisect_right(outline.starts, stored.at) - 1)
    start = outline.starts[number]
    block = within.get(BLOCKS, _block_key(conversation, start)) or Block()
    places, place = list(block.places), (stored.at, stored.hash)
    insort(places, place)
    starts = list(outline.starts)
    at_end = number == len(starts) - 1 and places[-1] == place
    cut = _cut(places, len(places) - 1 if at_end else len(places) // 2) if len(places) > BLOCK else None
    if cut is not None:
        later = places[cut:]
        starts.insert(number + 1, later[0][0])
        within.put(BLOCKS, _block_key(conversation, later[0][0]), Block(tuple(later)))
        places = places[:cut]
    within.put(BLOCKS, _block_key(conversation, start), Block(tuple(places)))
    within.put(OUTLINES, conversation, Outline(outline.messages + 1, tuple(starts)))
    if (target := _changed_by(stored)) is not None:
        number = _first_free(within, conversation, target)
        within.put(MENTIONS, _mention_key(conversation, target, number), Mention(stored.hash))


def _cut(places: list[Place], wanted: int) -> int | None:
    """Where a block is cut, near ``wanted``: never between two messages of one millisecond."""
    cuts = [at for at in range(1, len(places)) if places[at - 1][0] < places[at][0]]
    return min(cuts, key=lambda at: abs(at - wanted), default=None)


def _changed_by(stored: StoredMessage) -> str | None:
    return None if is_entry(stored.type) or not stored.reference else stored.reference


def _first_free(within: Within, conversation: str, target: str) -> int:
    def taken(number: int) -> bool:
        return within.get(MENTIONS, _mention_key(conversation, target, number)) is not None

    beyond = 1
    while taken(beyond - 1):
        beyond *= 2
    low, high = beyond // 2, beyond - 1  # all below ``low`` are taken, ``high`` is not
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if taken(middle) else (low, middle)
    return low


def outline_in(within: Within, conversation: str) -> Outline | None:
    """The outline of a conversation; None where it is missing or does not have all messages."""
    found = within.get(OUTLINES, conversation) or Outline()
    return found if found.messages == within.count(MESSAGES, conversation) else None


async def make_outline(vault: Vault, conversation: str) -> bool:
    """Make the outline of a conversation anew; False where the vault cannot be written now.

    What comes meanwhile may be missing in it, which `outline_in` notices.
    """
    known = await vault.find(OUTLINES, conversation)
    try:
        await _make(vault, conversation, known)
    except Conflict:
        return True  # somebody else has made it, or something has come
    except StoreError:
        return False
    return True


async def remove_outline(
    vault: Vault, change: Change, conversation: str, messages: Iterable[StoredMessage]
) -> None:
    """Remove within ``change`` what is kept of the order of a conversation, all of whose messages go."""
    known = await vault.find(OUTLINES, conversation)
    if known is None:
        return
    change.remove(OUTLINES, conversation, expect=known.revision)
    for start in known.record.starts:
        change.remove(BLOCKS, _block_key(conversation, start))
    numbers = Counter(target for message in messages if (target := _changed_by(message)) is not None)
    for target, number in numbers.items():
        for mention in range(number):
            change.remove(MENTIONS, _mention_key(conversation, target, mention))


async def _make(vault: Vault, conversation: str, known: Versioned[Outline] | None) -> None:
    places: list[Place] = []
    mentions: dict[str, list[str]] = {}
    after = 0
    while found := await vault.entries(MESSAGES, section=conversation, after=after, limit=_READ_AT_ONCE):
        after = found[-1].seq
        for stored in (kept.record for kept in found):
            places.append((stored.at, stored.hash))
            if (target := _changed_by(stored)) is not None:
                mentions.setdefault(target, []).append(stored.hash)
    places.sort()
    change = vault.change()
    for start in known.record.starts if known else ():
        change.remove(BLOCKS, _block_key(conversation, start))
    starts = [0]
    left = places
    while left:
        cut = _cut(left[: BLOCK + 1], BLOCK) if len(left) > BLOCK else None
        if cut is None and len(left) > BLOCK:  # so many of one millisecond
            cut = bisect_right(left, left[0][0], key=lambda place: place[0])
        block, left = (left, []) if cut is None else (left[:cut], left[cut:])
        change.put(BLOCKS, _block_key(conversation, starts[-1]), Block(tuple(block)))
        if left:
            starts.append(left[0][0])
    for target, hashes in mentions.items():
        for number, hash in enumerate(hashes):
            change.put(MENTIONS, _mention_key(conversation, target, number), Mention(hash))
    outline = Outline(len(places), tuple(starts))
    change.put(OUTLINES, conversation, outline, expect=known.revision if known else 0)
    await vault.commit(change)


def last_places(
    within: Within, conversation: str, outline: Outline, before: Place | None, count: int
) -> list[Place]:
    """The last ``count`` places of a conversation, of those before ``before``, in their order."""
    starts = outline.starts
    end = len(starts) if before is None else max(1, bisect_right(starts, before[0]))
    found: list[Place] = []
    while end > 0 and len(found) < count:
        first = max(0, end - 1 - count // BLOCK)
        keys = [_block_key(conversation, start) for start in starts[first:end]]
        blocks = within.get_all(BLOCKS, keys)
        places = [place for key in keys if key in blocks for place in blocks[key].places]
        found = [place for place in places if before is None or place < before] + found
        end = first
    return found[-count:]


def mentions_of(within: Within, conversation: str, hashes: Iterable[str]) -> set[str]:
    """The hashes of the messages of a conversation that change one of these."""
    found: set[str] = set()
    left, first, count = list(hashes), 0, 2
    while left:
        last = {_mention_key(conversation, hash, first + count - 1): hash for hash in left}
        keys = [_mention_key(conversation, hash, first + n) for hash in left for n in range(count)]
        mentions = within.get_all(MENTIONS, keys)
        found.update(mention.hash for mention in mentions.values())
        left = [hash for key, hash in last.items() if key in mentions]
        first, count = first + count, 2 * count
    return found


def _block_key(conversation: str, start: int) -> str:
    return f"{conversation}|{start}"


def _mention_key(conversation: str, target: str, number: int) -> str:
    return f"{conversation}|{target}|{number}"
