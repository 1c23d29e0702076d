"""Messages that follow their name into another mailbox, a page at a time.

A name changes its mailbox at once; a mailbox may hold any number of messages for it, and the only writer
must not be held for all of them. What is left to move is noted in the database, so that it goes on after a
crash. Work functions for `dm3.store.Database`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, insert, select, update

from .mailboxes import drop, within_bytes
from .tables import acknowledgement, mailbox, mailbox_move, mailbox_name, message, reader, used_nonce

MOVED_AT_ONCE: Final = 50
"""How many messages are looked at together with the registration itself: most mailboxes hold fewer."""


class Move(Struct, frozen=True):
    """Messages for ``name`` that are still in the mailbox ``source``."""

    source: str
    name: str


class _Candidate(Struct, frozen=True):
    seq: int
    size: int
    name: str


_TAKE_ALONG: Final = (
    update(message)
    .where(message.c.mailbox == bindparam("b_source"), message.c.seq == bindparam("b_seq"))
    .values(mailbox=bindparam("b_target"), seq=bindparam("b_place"))
)


def start_moving(connection: Connection, move: Move, target: str, *, at_once: bool = True) -> None:
    """Have the name receive in ``target``, with as many of its messages as go ``at_once``."""
    connection.execute(update(mailbox_name).where(mailbox_name.c.name == move.name).values(mailbox=target))
    noted = select(mailbox_move.c.name).where(*_is(move))
    if connection.execute(noted).first() is None:
        connection.execute(insert(mailbox_move).values(source=move.source, name=move.name))
    if at_once:
        move_page(connection, move, 0, MOVED_AT_ONCE)


def moves_left(connection: Connection, most: int) -> tuple[Move, ...]:
    """Some of what is left to move."""
    rows = connection.execute(select(mailbox_move.c.source, mailbox_move.c.name).limit(most))
    return tuple(Move(*row) for row in rows)


def move_page(connection: Connection, move: Move, position: int, most: int) -> int | None:
    """Look at up to ``most`` messages after number ``position``, and move those for the name.

    They go to where the name receives now. Returns the position to go on from, None at the end.
    """
    target = connection.execute(
        select(mailbox_name.c.mailbox).where(mailbox_name.c.name == move.name)
    ).scalar()
    if target is None or target == move.source:  # it has come back meanwhile
        connection.execute(delete(mailbox_move).where(*_is(move)))
        return None
    rows = connection.execute(
        select(message.c.seq, message.c.size, message.c.name)
        .where(message.c.mailbox == move.source, message.c.seq > position)
        .order_by(message.c.seq)
        .limit(most)
    )
    seen = [_Candidate(*row) for row in rows]
    looked_at = seen[: within_bytes([one.size for one in seen])]
    _take_along(connection, move.source, target, [one for one in looked_at if one.name == move.name])
    if len(looked_at) == most or len(looked_at) < len(seen):
        return looked_at[-1].seq
    connection.execute(delete(mailbox_move).where(*_is(move)))
    _remove_if_left(connection, move.source)
    return None


def _take_along(connection: Connection, source: str, target: str, chosen: Sequence[_Candidate]) -> None:
    if not chosen:
        return
    seqs = [one.seq for one in chosen]
    there = message.alias()
    twice = set(
        connection.execute(
            select(message.c.seq).where(
                message.c.mailbox == source,
                message.c.seq.in_(seqs),
                exists().where(
                    there.c.mailbox == target,
                    there.c.hash == message.c.hash,
                    there.c.origin == message.c.origin,
                ),
            )
        ).scalars()
    )
    drop(connection, source, twice)
    moved = [one for one in chosen if one.seq not in twice]
    if not moved:
        return
    start = connection.execute(
        select(mailbox.c.last_seq).where(mailbox.c.id == target).with_for_update()
    ).scalar_one()
    places = [
        {"b_source": source, "b_seq": one.seq, "b_target": target, "b_place": start + number}
        for number, one in enumerate(moved, start=1)
    ]
    connection.execute(_TAKE_ALONG, places)
    names = select(reader.c.reader).where(reader.c.mailbox == source)
    connection.execute(
        delete(acknowledgement).where(
            acknowledgement.c.mailbox == source,
            acknowledgement.c.reader.in_(names),
            acknowledgement.c.seq.in_([one.seq for one in moved]),
        )
    )
    count, size = len(moved), sum(one.size for one in moved)
    for box, sign in ((source, -1), (target, 1)):
        connection.execute(
            update(mailbox)
            .where(mailbox.c.id == box)
            .values(held=mailbox.c.held + sign * count, held_bytes=mailbox.c.held_bytes + sign * size)
        )
    connection.execute(update(mailbox).where(mailbox.c.id == target).values(last_seq=start + count))


def _remove_if_left(connection: Connection, box: str) -> None:
    """Remove a mailbox in which no name receives any more, once nothing is left to move out of it."""
    for table, column in ((mailbox_name, mailbox_name.c.mailbox), (mailbox_move, mailbox_move.c.source)):
        if connection.execute(select(column).select_from(table).where(column == box).limit(1)).first():
            return
    for emptied in (acknowledgement, reader, used_nonce):
        connection.execute(delete(emptied).where(emptied.c.mailbox == box))
    connection.execute(delete(mailbox).where(mailbox.c.id == box))


def _is(move: Move) -> tuple[ColumnElement[bool], ...]:
    return mailbox_move.c.source == move.source, mailbox_move.c.name == move.name
