"""What a user has decided about a conversation: kept apart from its messages, so that it may come first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from dm3.store.vault import RecordType

from . import stored_records as stored


class Marks(Struct, frozen=True, kw_only=True):
    """The marks of the conversation of ``profile`` with ``peer``. One record is kept for each name of a peer.

    ``profile``: our profile whose conversation it is.
    ``peer``: a name of the peer.
    ``blocked``: the peer's messages are kept, but neither shown, counted, told nor answered.
    ``allowed``: its messages are no request any more, though nobody has written to it.
    ``archived``: out of the way until something new comes.
    ``pinned``: above all others.
    ``muted``: counted, but not told.
    ``read_up_to``: the time in UNIX milliseconds of the newest message that was read, 0 for none.
    ``draft``: what was written and not sent.
    ``changed_at``: when any of this was decided last, in UNIX milliseconds.
    """

    profile: str
    peer: str
    blocked: bool = False
    allowed: bool = False
    archived: bool = False
    pinned: bool = False
    muted: bool = False
    read_up_to: int = 0
    draft: str = ""
    changed_at: int = 0


MARKS: Final = RecordType("marks", Marks, stored.MarksV1)
"""By ``profile|peer``, in the section of the profile."""


def joined(profile: str, peer: str, kept: Iterable[Marks]) -> Marks:
    """The marks of a peer, from those that are kept under its names: what holds for one of them holds."""
    found = list(kept)
    return Marks(
        profile=profile,
        peer=peer,
        blocked=any(marks.blocked for marks in found),
        allowed=any(marks.allowed for marks in found),
        archived=any(marks.archived for marks in found),
        pinned=any(marks.pinned for marks in found),
        muted=any(marks.muted for marks in found),
        read_up_to=max((marks.read_up_to for marks in found), default=0),
        draft=max(((marks.changed_at, marks.draft) for marks in found if marks.draft), default=(0, ""))[1],
        changed_at=max((marks.changed_at for marks in found), default=0),
    )
