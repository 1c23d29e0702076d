"""Clean-up of a delivery service's database, a bounded piece at a time.

The only work that looks across mailboxes: by time. Everything of a piece is done set by set, so that it
costs the same in however many mailboxes it lies. Work functions for `dm3.store.Database`; times are UNIX
seconds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from .mailboxes import within_bytes
from .readers import forget_notes, remove_reader
from .tables import acknowledgement, escrow_release, mailbox, message, reader, used_nonce

_FORGET: Final = delete(acknowledgement).where(
    acknowledgement.c.mailbox == bindparam("b_mailbox"),
    acknowledgement.c.reader.in_(select(reader.c.reader).where(reader.c.mailbox == bindparam("b_mailbox"))),
    acknowledgement.c.seq == bindparam("b_seq"),
)
_REMOVE: Final = delete(message).where(
    message.c.mailbox == bindparam("b_mailbox"), message.c.seq == bindparam("b_seq")
)
_COUNT: Final = (
    update(mailbox)
    .where(mailbox.c.id == bindparam("b_mailbox"))
    .values(
        held=mailbox.c.held - bindparam("b_count"), held_bytes=mailbox.c.held_bytes - bindparam("b_bytes")
    )
)


def remove_expired(connection: Connection, now: int, most: int) -> int:
    """Remove up to ``most`` messages whose time is over; returns how many there were, 0 at the end."""
    rows = connection.execute(
        select(message.c.mailbox, message.c.seq, message.c.size)
        .where(message.c.expires <= now)
        .order_by(message.c.expires)
        .limit(most)
    ).all()
    gone = rows[: within_bytes([size for _, _, size in rows])]
    if not gone:
        return 0
    # In the order of the tables, so that two processes never wait for each other.
    places = [{"b_mailbox": box, "b_seq": seq} for box, seq, _ in sorted(tuple(row) for row in gone)]
    sizes: dict[str, list[int]] = defaultdict(list)
    for box, _, size in gone:
        sizes[box].append(size)
    counts = [
        {"b_mailbox": box, "b_count": len(found), "b_bytes": sum(found)}
        for box, found in sorted(sizes.items())
    ]
    connection.execute(_COUNT, counts)
    connection.execute(_FORGET, places)
    connection.execute(_REMOVE, places)
    return len(gone)


def remove_lost_readers(connection: Connection, unseen_since: int, most: int) -> tuple[tuple[str, ...], bool]:
    """Forget up to ``most`` readers that were not seen since, with as many of their notes.

    Returns the mailboxes of those that are gone, and whether there may be more of them.
    """
    rows = connection.execute(
        select(reader.c.mailbox, reader.c.reader)
        .where(reader.c.seen <= unseen_since)
        .order_by(reader.c.seen)
        .limit(most)
    ).all()
    boxes, room = set[str](), most
    for box, name in rows:
        room -= forget_notes(connection, box, name, room) + 1
        if room < 0:
            return tuple(sorted(boxes)), True
        remove_reader(connection, box, name)
        boxes.add(box)
    return tuple(sorted(boxes)), len(rows) == most


def remove_used_nonces(connection: Connection, now: int, most: int) -> int:
    """Forget up to ``most`` answered challenges that have expired by themselves; returns how many."""
    key = tuple_(used_nonce.c.mailbox, used_nonce.c.nonce)
    old = select(used_nonce.c.mailbox, used_nonce.c.nonce).where(used_nonce.c.expires < now).limit(most)
    return connection.execute(delete(used_nonce).where(key.in_(old))).rowcount


def remove_old_releases(connection: Connection, before: int, most: int) -> int:
    """Forget up to ``most`` logins that asked for a copy in escrow before that time; returns how many."""
    key = tuple_(escrow_release.c.app, escrow_release.c.owner, escrow_release.c.nonce)
    old = select(escrow_release.c.app, escrow_release.c.owner, escrow_release.c.nonce)
    old = old.where(escrow_release.c.at < before).limit(most)
    return connection.execute(delete(escrow_release).where(key.in_(old))).rowcount
