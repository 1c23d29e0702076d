"""Pages of mailboxes: what waits for a reader, of one mailbox or of several in one answer.

Work functions for `dm3.store.Database`. Times are UNIX seconds. No query reaches over the messages of
several mailboxes.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, exists, null, select, tuple_

from .tables import acknowledgement, mailbox, message, reader


class Waiting(Struct, frozen=True):
    """One message that waits in a mailbox; ``envelope`` is JSON text of ``size`` characters.

    None stands for one that is yet to be read, with `envelopes`.
    """

    seq: int
    hash: str
    size: int
    envelope: str | None


class Page(Struct, frozen=True):
    """Messages in the order of their arrival, and what is to be known of the mailbox.

    ``more``: whether further ones wait for the reader after them. ``last_seq``: the mailbox's last number.
    ``reader_seen``: when the reader was last seen (UNIX seconds), None for one that is not registered.
    """

    messages: tuple[Waiting, ...]
    last_seq: int
    reader_seen: int | None
    more: bool = False
    mailbox: str = ""


class Wanted(Struct, frozen=True):
    """What somebody asks of a mailbox: what ``reader`` lacks after number ``after``."""

    mailbox: str
    reader: str
    after: int


class _Listed(Struct):
    """The numbers and sizes of what waits, and how many of them go onto the page."""

    sizes: list[tuple[int, int]]
    newest: int
    seen: int | None
    taken: int = 0


def page(
    connection: Connection,
    box: str,
    reader_id: str,
    *,
    after: int,
    limit: int,
    max_bytes: int,
    now: int,
) -> Page:
    """The next messages after number ``after`` that the reader has not acknowledged, oldest first.

    At most ``limit`` of them, and no more than ``max_bytes`` together unless the first alone is bigger.
    """
    [found] = pages(connection, [Wanted(box, reader_id, after)], limit=limit, max_bytes=max_bytes, now=now)
    return found


def pages(
    connection: Connection,
    wanted: Sequence[Wanted],
    *,
    limit: int,
    max_bytes: int,
    now: int,
    turn: int = 0,
    at_once: int | None = None,
) -> list[Page]:
    """A page for each of ``wanted``: at most ``limit`` messages on each, ``max_bytes`` on all together.

    The mailboxes take turns, beginning with the one at ``turn``, so that none uses up what all share. The
    first message that is bigger than what is left goes along, once; for others there is another answer.
    Where all together have more than ``at_once`` bytes, the envelopes are not read yet.
    """
    listed = _list(connection, wanted, limit, now)
    _take_turns(listed, limit, max_bytes, turn)
    total = sum(size for entry in listed for _, size in entry.sizes[: entry.taken])
    whole = at_once is None or total <= at_once
    found = []
    for one, entry in zip(wanted, listed, strict=True):
        seqs = [seq for seq, _ in entry.sizes[: entry.taken]]
        messages = _messages(connection, one.mailbox, seqs, whole) if seqs else ()
        more = len(entry.sizes) > entry.taken
        found.append(Page(messages, entry.newest, entry.seen, more, one.mailbox))
    return found


def _list(connection: Connection, wanted: Sequence[Wanted], limit: int, now: int) -> list[_Listed]:
    # First, so that a message that arrives meanwhile counts as not seen.
    newest = last_seqs(connection, [one.mailbox for one in wanted])
    rows = connection.execute(
        select(reader.c.mailbox, reader.c.reader, reader.c.acked_through, reader.c.seen).where(
            tuple_(reader.c.mailbox, reader.c.reader).in_({(one.mailbox, one.reader) for one in wanted})
        )
    )
    known = {(box, name): (through, seen) for box, name, through, seen in rows}
    listed = []
    for one in wanted:
        through, seen = known.get((one.mailbox, one.reader), (0, None))
        last, start = newest.get(one.mailbox, 0), max(one.after, through)
        sizes = _sizes(connection, one, start, limit, now) if last > start else []
        listed.append(_Listed(sizes, last, seen))
    return listed


def _sizes(connection: Connection, one: Wanted, start: int, limit: int, now: int) -> list[tuple[int, int]]:
    """Numbers and sizes of what waits after ``start``: one more than ``limit``, if there are so many."""
    acknowledged = exists().where(
        acknowledgement.c.mailbox == one.mailbox,
        acknowledgement.c.reader == one.reader,
        acknowledgement.c.seq == message.c.seq,
    )
    rows = connection.execute(
        select(message.c.seq, message.c.size)
        .where(
            message.c.mailbox == one.mailbox,
            message.c.seq > start,
            message.c.expires > now,
            ~acknowledged,
        )
        .order_by(message.c.seq)
        .limit(limit + 1)
    )
    return [(seq, size) for seq, size in rows]


def _take_turns(listed: Sequence[_Listed], limit: int, room: int, turn: int) -> None:
    first = turn % len(listed) if listed else 0
    open_ = [*listed[first:], *listed[:first]]
    big_one = True  # or a message above the bound would never be handed out
    while open_:
        going_on = []
        for entry in open_:
            if entry.taken >= min(limit, len(entry.sizes)):
                continue
            size = entry.sizes[entry.taken][1]
            if size > room:
                if not big_one or entry.taken:
                    continue
                big_one = False
            room -= size
            entry.taken += 1
            going_on.append(entry)
        open_ = going_on


def _messages(connection: Connection, box: str, seqs: list[int], whole: bool) -> tuple[Waiting, ...]:
    envelope = message.c.envelope if whole else null()
    rows = connection.execute(
        select(message.c.seq, message.c.hash, message.c.size, envelope)
        .where(message.c.mailbox == box, message.c.seq.in_(seqs))
        .order_by(message.c.seq)
    )
    return tuple(Waiting(*row) for row in rows)


def envelopes(connection: Connection, box: str, seqs: Sequence[int]) -> dict[int, str]:
    """The envelopes of a mailbox's messages by number, of those that are still there."""
    rows = connection.execute(
        select(message.c.seq, message.c.envelope).where(message.c.mailbox == box, message.c.seq.in_(seqs))
    )
    return {row.seq: row.envelope for row in rows}


def last_seqs(connection: Connection, boxes: Sequence[str]) -> dict[str, int]:
    """The number of the newest message that each mailbox ever received, of those that there are."""
    rows = connection.execute(select(mailbox.c.id, mailbox.c.last_seq).where(mailbox.c.id.in_(set(boxes))))
    return {box: int(seq) for box, seq in rows}
