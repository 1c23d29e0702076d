"""How far each reader of a mailbox is: its mark, below which it has all, and single notes above it.

Work functions for `dm3.store.Database`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from .mailboxes import last_seq
from .tables import acknowledgement, message, reader

ADVANCED_AT_ONCE: Final = 500
"""How many messages a reader's mark passes at once: more than are acknowledged at once."""


class KnownReader(Struct, frozen=True):
    """A reader: its name, the number up to which it has all, and when it was last seen (UNIX seconds)."""

    reader: str
    acked_through: int
    seen: int


def lacked_by(box: str, one: KnownReader) -> tuple[ColumnElement[bool], ...]:
    """Conditions on messages of the mailbox: this reader has not acknowledged them."""
    noted = exists().where(
        acknowledgement.c.mailbox == box,
        acknowledgement.c.reader == one.reader,
        acknowledgement.c.seq == message.c.seq,
    )
    # Not the bare number: SQLite would go through all above it instead of those with the hash.
    return message.c.seq + 0 > one.acked_through, ~noted


def readers_of(connection: Connection, box: str) -> list[KnownReader]:
    """All readers of the mailbox, whenever they were seen."""
    rows = connection.execute(
        select(reader.c.reader, reader.c.acked_through, reader.c.seen).where(reader.c.mailbox == box)
    )
    return [KnownReader(*row) for row in rows]


def noted_of(
    connection: Connection, box: str, readers: Sequence[KnownReader], seqs: Collection[int]
) -> dict[str, set[int]]:
    """Which of ``seqs`` each reader has acknowledged."""
    noted = {one.reader: {seq for seq in seqs if seq <= one.acked_through} for one in readers}
    if seqs:
        rows = connection.execute(
            select(acknowledgement.c.reader, acknowledgement.c.seq).where(
                acknowledgement.c.mailbox == box,
                acknowledgement.c.reader.in_(noted),
                acknowledgement.c.seq.in_(seqs),
            )
        )
        for name, seq in rows:
            noted[name].add(seq)
    return noted


def lacked_by_none(
    connection: Connection, box: str, readers: Sequence[KnownReader], seqs: Sequence[int]
) -> set[int]:
    """Those of ``seqs`` that every one of ``readers`` has acknowledged."""
    return set(seqs).intersection(*noted_of(connection, box, readers, seqs).values())


def highest_of(connection: Connection, box: str, one: KnownReader) -> int:
    """The highest number in the mailbox that the reader has acknowledged."""
    noted = connection.execute(
        select(func.max(acknowledgement.c.seq)).where(
            acknowledgement.c.mailbox == box, acknowledgement.c.reader == one.reader
        )
    ).scalar()
    return max(one.acked_through, int(noted or 0))


def advance(connection: Connection, box: str, me: KnownReader) -> None:
    """Move the reader's mark up to the first message that it lacks, and single notes below it go.

    A long way is gone in steps, one with each of its acknowledgements: nothing depends on where it is.
    """
    newest = last_seq(connection, box)  # before looking: what arrives meanwhile is above the mark
    ahead = (
        select(message.c.seq)
        .where(message.c.mailbox == box, message.c.seq > me.acked_through)
        .order_by(message.c.seq)
        .limit(ADVANCED_AT_ONCE)
    )
    seqs = connection.execute(ahead).scalars().all()
    noted = noted_of(connection, box, [me], seqs)[me.reader]
    lacking = next((seq for seq in seqs if seq not in noted), None)
    end = seqs[-1] if len(seqs) == ADVANCED_AT_ONCE else newest
    mark = end if lacking is None else lacking - 1
    if mark <= me.acked_through:
        return
    connection.execute(
        update(reader).where(reader.c.mailbox == box, reader.c.reader == me.reader).values(acked_through=mark)
    )
    connection.execute(
        delete(acknowledgement).where(
            acknowledgement.c.mailbox == box,
            acknowledgement.c.reader == me.reader,
            acknowledgement.c.seq <= mark,
        )
    )
