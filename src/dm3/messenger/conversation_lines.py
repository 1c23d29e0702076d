"""The lines of a conversation: each entry with what is shown beside it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec import Struct

from dm3.client import OutboxEntryView
from dm3.protocol.messages import AttachedFile, Entry, describe_attachments

from .pages import Pages, day

IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Shown in the page. What else there is – SVG, which may hold programs, first of all – is downloaded."""


class File(Struct, frozen=True):
    """An attachment of an entry: where it stands in the message, what it says of itself, if it is shown."""

    place: int
    told: AttachedFile
    is_image: bool


class Line(Struct, frozen=True, kw_only=True):
    """An entry as it is shown. ``quote`` is what it answers, ``waiting`` what the outbox says of it.

    ``keys_at``: when the peer's keys have changed, between the entry before and this one, in milliseconds;
    0 where they have not. ``answers``: how many the thread has that begins with it.
    """

    entry: Entry
    files: tuple[File, ...]
    new_day: bool
    quote: str
    waiting: OutboxEntryView | None
    keys_at: int = 0
    answers: int = 0


async def lines_of(
    pages: Pages, names: tuple[str, ...], entries: tuple[Entry, ...]
) -> tuple[list[Line], list[int]]:
    """The lines of these entries of a conversation with a peer of these names.

    And when the peer's keys have changed, in milliseconds, oldest first.
    """
    changes = await _key_changes(pages, names)
    outbox = {one.message_hash: one for one in await pages.messenger.waiting() if one.to in names}
    return _lines(entries, outbox, changes), changes


async def _key_changes(pages: Pages, names: tuple[str, ...]) -> list[int]:
    """When the keys of whoever has these names have changed, in milliseconds, oldest first."""
    for name in names:
        seconds = await pages.desk.client.peers.key_changes(name)
        if seconds:
            return [second * 1000 for second in seconds]
    return []


def _lines(entries: tuple[Entry, ...], outbox: dict[str, OutboxEntryView], changes: list[int]) -> list[Line]:
    known = {entry.hash: entry for entry in entries}
    answers = Counter(entry.thread for entry in entries if entry.depth)
    lines, before, before_at = [], "", 0
    for entry in entries:
        told = describe_attachments(entry.attachments)
        quoted = known.get(entry.reply_to or "")
        quote = ""
        if entry.reply_to:
            quote = "an earlier message" if quoted is None else (quoted.content or "a file")[:120]
        lines.append(
            Line(
                entry=entry,
                files=tuple(
                    File(place, one, one.url is None and one.mime in IMAGES) for place, one in enumerate(told)
                ),
                new_day=day(entry.at) != before,
                quote=quote,
                waiting=outbox.get(entry.latest) or outbox.get(entry.hash),
                keys_at=next((at for at in reversed(changes) if before_at < at <= entry.at), 0),
                answers=answers[entry.hash],
            )
        )
        before, before_at = day(entry.at), entry.at
    return lines
