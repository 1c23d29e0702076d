"""Clean-up of a delivery service's database, a bounded piece at a time.

The only work that looks across mailboxes: by time. Work functions for `dm3.store.Database`; times are
UNIX seconds.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, delete, select

from .delivery_readers import remove_reader
from .delivery_tables import message, reader, used_nonce
from .mailboxes import drop


def remove_expired(connection: Connection, now: int, most: int) -> int:
    """Remove up to ``most`` messages whose time is over; returns how many there were."""
    rows = connection.execute(
        select(message.c.mailbox, message.c.seq)
        .where(message.c.expires <= now)
        .order_by(message.c.expires)
        .limit(most)
    )
    expired: dict[str, list[int]] = defaultdict(list)
    for box, seq in rows:
        expired[box].append(seq)
    return sum(drop(connection, box, seqs) for box, seqs in sorted(expired.items()))


def remove_lost_readers(connection: Connection, unseen_since: int, most: int) -> tuple[str, ...]:
    """Forget up to ``most`` readers that were not seen since; returns their mailboxes."""
    rows = connection.execute(
        select(reader.c.mailbox, reader.c.reader)
        .where(reader.c.seen <= unseen_since)
        .order_by(reader.c.seen)
        .limit(most)
    ).all()
    for box, name in rows:
        remove_reader(connection, box, name)
    return tuple(sorted({box for box, _ in rows}))


def remove_used_nonces(connection: Connection, now: int) -> int:
    """Forget the answered challenges that have expired by themselves."""
    return connection.execute(delete(used_nonce).where(used_nonce.c.expires < now)).rowcount
