"""Mailboxes of a delivery service: putting messages in, and removing them.

Work functions for `dm3.store.Database`: each takes the connection first. What is expected to happen is
a return value, never an exception. Times are UNIX seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from .tables import acknowledgement, mailbox, message, reader

FIRST_READER: Final = "default"
"""The reader who is meant where none is named."""


BYTES_AT_ONCE: Final = 2_000_000
"""Bytes of messages that one transaction of clean-up or moving handles."""


class StampedEnvelope(Struct, frozen=True):
    """A stamped envelope on its way into a mailbox; ``profile_hash`` is the profile it was stamped for.

    Two with the same ``hash`` of the same ``origin`` are one.
    """

    mailbox: str
    profile_hash: str
    name: str
    hash: str
    origin: str
    expires: int
    envelope: str


class Quota(Struct, frozen=True):
    """How much one mailbox may hold."""

    messages: int
    bytes: int


class StoreResult(Enum):
    """What became of a stamped envelope."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    FULL = "full"
    STALE = "stale"  # the mailbox has another profile by now, or is gone


_RESERVE = (
    update(mailbox)
    .where(
        mailbox.c.id == bindparam("b_mailbox"),
        mailbox.c.profile_hash == bindparam("b_profile"),
        mailbox.c.held + bindparam("b_count") <= bindparam("b_max_held"),
        mailbox.c.held_bytes + bindparam("b_bytes") <= bindparam("b_max_bytes"),
    )
    .values(
        last_seq=mailbox.c.last_seq + bindparam("b_count"),
        held=mailbox.c.held + bindparam("b_count"),
        held_bytes=mailbox.c.held_bytes + bindparam("b_bytes"),
    )
)

# The number was reserved by the statement above; `behind` tells the messages of one mailbox apart.
_PUT = insert(message).from_select(
    ["mailbox", "seq", "hash", "origin", "name", "expires", "size", "envelope"],
    select(
        mailbox.c.id,
        mailbox.c.last_seq - bindparam("b_behind"),
        bindparam("b_hash", type_=message.c.hash.type),
        bindparam("b_origin", type_=message.c.origin.type),
        bindparam("b_name", type_=message.c.name.type),
        bindparam("b_expires", type_=message.c.expires.type),
        bindparam("b_size", type_=message.c.size.type),
        bindparam("b_envelope", type_=message.c.envelope.type),
    ).where(mailbox.c.id == bindparam("b_mailbox")),
)


def deposit(connection: Connection, envelopes: Sequence[StampedEnvelope], quota: Quota) -> list[StoreResult]:
    """Put stamped envelopes in, each at most once by its hash and origin; returns what became of each.

    Two statements serve all of them when nothing is in the way, which is nearly always; otherwise they
    are undone and each stamped envelope is looked at.
    """
    attempt = connection.begin_nested()
    try:
        if _deposit_all(connection, envelopes, quota):
            attempt.commit()
            return [StoreResult.STORED] * len(envelopes)
    except IntegrityError:
        pass
    attempt.rollback()
    return [_deposit_one(connection, stamped, quota) for stamped in envelopes]


def _deposit_all(connection: Connection, envelopes: Sequence[StampedEnvelope], quota: Quota) -> bool:
    groups: dict[tuple[str, str], list[StampedEnvelope]] = {}
    for stamped in envelopes:
        groups.setdefault((stamped.mailbox, stamped.profile_hash), []).append(stamped)
    reserved = connection.execute(
        _RESERVE,
        [
            _reservation(box, profile, len(group), sum(map(_size, group)), quota)
            for (box, profile), group in sorted(groups.items())
        ],
    )
    if not connection.dialect.supports_sane_multi_rowcount or reserved.rowcount != len(groups):
        return False
    connection.execute(
        _PUT,
        [
            _row(stamped, len(group) - 1 - place)
            for group in groups.values()
            for place, stamped in enumerate(group)
        ],
    )
    return True


def _deposit_one(connection: Connection, stamped: StampedEnvelope, quota: Quota) -> StoreResult:
    if lock_mailbox(connection, stamped.mailbox) != stamped.profile_hash:
        return StoreResult.STALE
    same = select(message.c.seq).where(
        message.c.mailbox == stamped.mailbox,
        message.c.hash == stamped.hash,
        message.c.origin == stamped.origin,
    )
    if connection.execute(same).first():
        return StoreResult.DUPLICATE
    reservation = _reservation(stamped.mailbox, stamped.profile_hash, 1, _size(stamped), quota)
    if connection.execute(_RESERVE, reservation).rowcount != 1:
        return StoreResult.FULL
    connection.execute(_PUT, _row(stamped, 0))
    return StoreResult.STORED


def _size(stamped: StampedEnvelope) -> int:
    return len(stamped.envelope)


def _reservation(box: str, profile: str, count: int, size: int, quota: Quota) -> dict[str, object]:
    return {
        "b_mailbox": box,
        "b_profile": profile,
        "b_count": count,
        "b_bytes": size,
        "b_max_held": quota.messages,
        "b_max_bytes": quota.bytes,
    }


def _row(stamped: StampedEnvelope, behind: int) -> dict[str, object]:
    return {
        "b_mailbox": stamped.mailbox,
        "b_behind": behind,
        "b_hash": stamped.hash,
        "b_origin": stamped.origin,
        "b_name": stamped.name,
        "b_expires": stamped.expires,
        "b_size": _size(stamped),
        "b_envelope": stamped.envelope,
    }


def last_seq(connection: Connection, box: str) -> int:
    """The number of the newest message that the mailbox ever received; 0 for none."""
    found = connection.execute(select(mailbox.c.last_seq).where(mailbox.c.id == box)).scalar()
    return int(found or 0)


def lock_mailbox(connection: Connection, box: str) -> str | None:
    """Let no other transaction change the mailbox; returns the hash of its profile, None if it is gone.

    SQLite needs no such lock (it has one writer) and ignores it.
    """
    return connection.execute(
        select(mailbox.c.profile_hash).where(mailbox.c.id == box).with_for_update()
    ).scalar()


def within_bytes(sizes: Sequence[int]) -> int:
    """How many of these messages, the first at least, may be handled in one transaction.

    Removing and moving costs by size as well: the pages of a large message are freed one by one.
    """
    room = BYTES_AT_ONCE
    for count, size in enumerate(sizes):
        room -= size
        if room < 0:
            return max(1, count)
    return len(sizes)


def drop(connection: Connection, box: str, seqs: Iterable[int]) -> int:
    """Remove messages and what was noted about them; returns how many there were."""
    wanted = list(seqs)
    if not wanted:
        return 0
    chosen = (message.c.mailbox == box, message.c.seq.in_(wanted))
    count, size = connection.execute(
        select(func.count(), func.coalesce(func.sum(message.c.size), 0)).where(*chosen)
    ).one()
    connection.execute(delete(message).where(*chosen))
    names = connection.execute(select(reader.c.reader).where(reader.c.mailbox == box)).scalars().all()
    if names:
        connection.execute(
            delete(acknowledgement).where(
                acknowledgement.c.mailbox == box,
                acknowledgement.c.reader.in_(names),
                acknowledgement.c.seq.in_(wanted),
            )
        )
    connection.execute(
        update(mailbox)
        .where(mailbox.c.id == box)
        .values(held=mailbox.c.held - count, held_bytes=mailbox.c.held_bytes - int(size))
    )
    return int(count)
