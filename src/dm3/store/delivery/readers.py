"""Readers of a mailbox: a message is kept until every one of them has acknowledged it.

A reader counts while it was seen within the time that messages are kept (``keep``, seconds). Work
functions for `dm3.store.Database`; times are UNIX seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from .mailboxes import drop, lock_mailbox, within_bytes
from .reader_marks import advance, highest_of, lacked_by, lacked_by_none, noted_of, readers_of
from .tables import acknowledgement, message, reader

RELEASE_PAGE: Final = 500
"""How many messages one transaction looks at when a reader has gone."""
ACKNOWLEDGED_AT_ONCE: Final = 1_000
"""How many messages are acknowledged at once by their hashes alone: any number may claim the same one."""


class Readers(Struct, frozen=True):
    """How long a reader counts after it was last seen (seconds), and how many a mailbox may have."""

    keep: int
    most: int


def admit_reader(connection: Connection, box: str, reader_id: str, rules: Readers, now: int) -> int | None:
    """Register the reader, or note that it was seen; returns how many there are, None for too many."""
    known = readers_of(connection, box)
    # Those that are gone count no more; removing them is long work, and clean-up's.
    others = [one for one in known if one.reader != reader_id and one.seen > now - rules.keep]
    me = next((one for one in known if one.reader == reader_id), None)
    if (me is None or me.seen <= now - rules.keep) and len(others) >= rules.most:
        return None
    if me is None:
        connection.execute(insert(reader).values(mailbox=box, reader=reader_id, acked_through=0, seen=now))
    else:
        here = (reader.c.mailbox == box, reader.c.reader == reader_id)
        connection.execute(update(reader).where(*here).values(seen=now))
    return len(others) + 1


def remove_reader(connection: Connection, box: str, reader_id: str) -> bool:
    """Forget the reader; `release` removes what it alone still lacked. Returns whether it was there."""
    connection.execute(
        delete(acknowledgement).where(acknowledgement.c.mailbox == box, acknowledgement.c.reader == reader_id)
    )
    gone = connection.execute(delete(reader).where(reader.c.mailbox == box, reader.c.reader == reader_id))
    return gone.rowcount == 1


def forget_notes(connection: Connection, box: str, reader_id: str, most: int) -> int:
    """Forget up to ``most`` of what the reader has acknowledged above its mark; returns how many there were.

    Only to make an end of it: what it has acknowledged counts as lacking until the reader is removed.
    """
    noted = select(acknowledgement.c.seq).where(
        acknowledgement.c.mailbox == box, acknowledgement.c.reader == reader_id
    )
    seqs = connection.execute(noted.order_by(acknowledgement.c.seq).limit(max(0, most))).scalars().all()
    if seqs:
        connection.execute(
            delete(acknowledgement).where(
                acknowledgement.c.mailbox == box,
                acknowledgement.c.reader == reader_id,
                acknowledgement.c.seq <= seqs[-1],
            )
        )
    return len(seqs)


def acknowledge(
    connection: Connection,
    box: str,
    reader_id: str,
    hashes: Iterable[str],
    rules: Readers,
    now: int,
    places: Mapping[str, Collection[int]] | None = None,
) -> int | None:
    """Note that the reader has these messages; what nobody lacks any more is removed.

    They are those with ``hashes``, at most `ACKNOWLEDGED_AT_ONCE`, and those that have a hash of ``places``
    at one of its numbers in the mailbox: others with that hash may have come since, and there may be any
    number. Returns how many of them were new to it, None when the reader is unknown and there are too many.
    """
    lock_mailbox(connection, box)  # or two readers at once would each wait for the other
    if admit_reader(connection, box, reader_id, rules, now) is None:
        return None
    known = readers_of(connection, box)
    me = next(one for one in known if one.reader == reader_id)
    others = [one for one in known if one is not me and one.seen > now - rules.keep]
    wanted = _at(connection, box, places or {})
    # What it has already is passed over where it stays, or the rest would never have its turn.
    wanted |= _with(connection, box, set(hashes), lacked_by(box, me) if others else ())
    before = noted_of(connection, box, [me], wanted)
    fresh = [seq for seq in wanted if seq not in before[me.reader]]
    if not others:
        # Also those noted earlier, while there were others.
        drop(connection, box, wanted)
        return len(fresh)
    if fresh:
        rows = [{"mailbox": box, "reader": reader_id, "seq": seq} for seq in fresh]
        connection.execute(insert(acknowledgement), rows)
        drop(connection, box, lacked_by_none(connection, box, others, fresh))
        advance(connection, box, me)
    return len(fresh)


def release(
    connection: Connection,
    box: str,
    rules: Readers,
    now: int,
    position: int = 0,
    most: int = RELEASE_PAGE,
) -> tuple[int, int | None]:
    """Remove what the readers that are left have all acknowledged, up to ``most`` messages at a time.

    Returns how many were removed and the position to go on from, None at the end.
    """
    left = [one for one in readers_of(connection, box) if one.seen > now - rules.keep]
    if not left:
        return 0, None
    # Above this, some reader has acknowledged nothing.
    bound = min(highest_of(connection, box, one) for one in left)
    found = connection.execute(
        select(message.c.seq, message.c.size)
        .where(message.c.mailbox == box, message.c.seq > position, message.c.seq <= bound)
        .order_by(message.c.seq)
        .limit(most)
    ).all()
    seqs = [seq for seq, _ in found[: within_bytes([size for _, size in found])]]
    removed = drop(connection, box, lacked_by_none(connection, box, left, seqs))
    return removed, seqs[-1] if seqs and (len(seqs) < len(found) or len(found) == most) else None


def _at(connection: Connection, box: str, places: Mapping[str, Collection[int]]) -> set[int]:
    seqs = {seq for numbers in places.values() for seq in numbers}
    if not seqs:
        return set()
    rows = connection.execute(
        select(message.c.seq, message.c.hash).where(message.c.mailbox == box, message.c.seq.in_(seqs))
    )
    return {seq for seq, hash_ in rows if seq in places.get(hash_, ())}


def _with(
    connection: Connection, box: str, hashes: set[str], only: Sequence[ColumnElement[bool]]
) -> set[int]:
    if not hashes:
        return set()
    # In no order: to sort them, all that have the hash would be looked at.
    return set(
        connection.execute(
            select(message.c.seq)
            .where(message.c.mailbox == box, message.c.hash.in_(hashes), *only)
            .limit(ACKNOWLEDGED_AT_ONCE)
        ).scalars()
    )
