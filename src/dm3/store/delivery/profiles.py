"""Registered profiles: which names receive in which mailbox.

A mailbox belongs to one profile; names that have the same profile share it. When a name gets another
profile, only those names follow that have it as well: whoever points a name of his at somebody else's
profile must not be able to take that mailbox along later. Work functions for `dm3.store.Database`.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Select, insert, select, update

from dm3.base import spellings_of

from .mailboxes import FIRST_READER
from .moves import Move, start_moving
from .tables import mailbox, mailbox_name, reader


class Registered(Struct, frozen=True):
    """A mailbox as it is known by one of its names.

    ``profile`` is the signed profile's JSON text; ``name`` the name as it was registered, which of an owner
    alias may be in the other spelling than was asked for.
    """

    mailbox: str
    profile_hash: str
    profile: str
    extension: str | None
    token_epoch: int
    name: str


class Registration(Enum):
    """What became of a registration."""

    DONE = "done"
    SAME = "same"
    OVERTAKEN = "overtaken"  # another registration of the name came first


class NewProfile(Struct, frozen=True):
    """A profile whose authenticity was checked.

    ``instead_of`` is the hash of the profile that the name was seen to have before (None: none), and
    ``new_id`` becomes the mailbox's id if it needs a new one, ``reader`` its first reader, seen at ``now``
    (UNIX seconds).
    """

    name: str
    profile_hash: str
    profile: str
    new_id: str
    instead_of: str | None
    reader: str
    now: int


def registered(connection: Connection, name: str) -> Registered | None:
    """The mailbox in which ``name`` receives; an owner alias receives in either spelling."""
    for spelling in spellings_of(name):
        row = connection.execute(_by_name(spelling)).one_or_none()
        if row:
            return Registered(*row)
    return None


def registered_all(connection: Connection, names: Collection[str]) -> dict[str, Registered]:
    """The mailboxes in which ``names`` receive, of those that are registered; as `registered`."""
    spelt = {name: spellings_of(name) for name in names}
    rows = connection.execute(
        select(*_REGISTERED)
        .join(mailbox, mailbox_name.c.mailbox == mailbox.c.id)
        .where(mailbox_name.c.name.in_({one for spellings in spelt.values() for one in spellings}))
    )
    found = {one.name: one for one in (Registered(*row) for row in rows)}
    boxes = {name: next((found[one] for one in spelt[name] if one in found), None) for name in names}
    return {name: box for name, box in boxes.items() if box is not None}


def names_beside(connection: Connection, name: str, most: int) -> tuple[str, ...]:
    """Other names that share the mailbox of ``name``: at most ``most`` + 1 of them."""
    own = select(mailbox_name.c.mailbox).where(mailbox_name.c.name == name).scalar_subquery()
    rows = connection.execute(
        select(mailbox_name.c.name)
        .where(mailbox_name.c.mailbox == own, mailbox_name.c.name != name)
        .limit(most + 1)
    )
    return tuple(rows.scalars())


def register(connection: Connection, new: NewProfile, following: Collection[str] = ()) -> Registration:
    """Register a profile under a name; ``following`` names were seen to have the new profile, too.

    Where names change their mailbox and there is much to take along, `moves_left` says what is left to do.
    """
    old = connection.execute(_by_name(new.name).with_for_update()).one_or_none()
    if old is not None and old.profile_hash == new.profile_hash:
        return Registration.SAME
    if (old.profile_hash if old else None) != new.instead_of:
        return Registration.OVERTAKEN
    target = connection.execute(
        select(mailbox.c.id).where(mailbox.c.profile_hash == new.profile_hash)
    ).scalar()
    if old is None:
        connection.execute(
            insert(mailbox_name).values(name=new.name, mailbox=target or _create(connection, new))
        )
        return Registration.DONE
    leaving = {new.name, *following}
    here = select(mailbox_name.c.name).where(mailbox_name.c.mailbox == old.id)
    if connection.execute(here.where(mailbox_name.c.name.not_in(leaving)).limit(1)).first():
        box = target or _create(connection, new, like=old.id)
        start_moving(connection, Move(old.id, new.name), box)
    elif target is None:
        _replace_profile(connection, old.id, new)
    else:
        sharing = connection.execute(here.where(mailbox_name.c.name.in_(leaving))).scalars()
        for name in sorted(sharing, key=lambda name: (name != new.name, name)):
            # Much may follow: all but the first one's in pages.
            start_moving(connection, Move(old.id, name), target, at_once=name == new.name)
    return Registration.DONE


def set_extension(connection: Connection, box: str, extension: str) -> None:
    """Store what the profile says of itself (JSON text)."""
    connection.execute(update(mailbox).where(mailbox.c.id == box).values(extension=extension))


def raise_epoch(connection: Connection, box: str) -> None:
    """Revoke every token that was given out for the mailbox."""
    connection.execute(
        update(mailbox).where(mailbox.c.id == box).values(token_epoch=mailbox.c.token_epoch + 1)
    )


_REGISTERED: Final = (
    mailbox.c.id,
    mailbox.c.profile_hash,
    mailbox.c.profile,
    mailbox.c.extension,
    mailbox.c.token_epoch,
    mailbox_name.c.name,
)


def _by_name(name: str) -> Select[str, str, str, str | None, int, str]:
    return (
        select(*_REGISTERED)
        .join(mailbox_name, mailbox_name.c.mailbox == mailbox.c.id)
        .where(mailbox_name.c.name == name)
    )


def _create(connection: Connection, new: NewProfile, like: str | None = None) -> str:
    """Make a mailbox with its first reader; ``like`` names one whose readers it gets.

    From the beginning, so that nothing is lost that comes before the first fetch; and the unnamed reader
    only where nobody else reads, since it would keep every message from going (specification 3.6).
    """
    connection.execute(
        insert(mailbox).values(
            id=new.new_id,
            profile_hash=new.profile_hash,
            profile=new.profile,
            token_epoch=0,
            last_seq=0,
            held=0,
            held_bytes=0,
        )
    )
    known = connection.execute(
        select(reader.c.reader, reader.c.seen).where(reader.c.mailbox == (like or ""))
    ).all()
    readers: dict[str, int] = {name: seen for name, seen in known}  # noqa: C416  # rows are no tuples to mypy
    if new.reader != FIRST_READER or not readers:
        readers[new.reader] = new.now
    for name, seen in readers.items():
        connection.execute(insert(reader).values(mailbox=new.new_id, reader=name, acked_through=0, seen=seen))
    return new.new_id


def _replace_profile(connection: Connection, box: str, new: NewProfile) -> None:
    # Tokens were given out to whoever held the old keys.
    connection.execute(
        update(mailbox)
        .where(mailbox.c.id == box)
        .values(
            profile_hash=new.profile_hash,
            profile=new.profile,
            token_epoch=mailbox.c.token_epoch + 1,
        )
    )
