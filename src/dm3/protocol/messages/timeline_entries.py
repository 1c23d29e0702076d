"""What a conversation shows: messages, and what edits, deletions, reactions and receipts make of them.

A timeline is a function of the *set* of messages: they may arrive in any order, twice, or not yet, and the
same set always gives the same timeline (specification 3.6). Order is by time (the postmark's where there
is one), then by hash. `dm3.protocol.messages.timeline_rules` says what each message may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from dm3.base.errors import InvalidInput, NotFound
from dm3.model import Attachment, MessageType, meaning_of

from .timeline_messages import Delivery, Place, Remark, TimelineMessage

CHANGES: Final = frozenset(type for type in MessageType if not meaning_of(type).entry)
"""The types that say something about another message. Every other type, known or not, is an entry."""

RECEIPTS: Final = frozenset(type for type in MessageType if meaning_of(type).receipt)


class Version(Struct, frozen=True):
    """How an entry once read.

    ``hash``: the message that said so.
    ``content``: its text then.
    ``attachments``: what was attached then.
    ``at``: when, in milliseconds.
    """

    hash: str
    content: str | None
    attachments: tuple[Attachment, ...]
    at: int


class Reaction(Struct, frozen=True):
    """A reaction below an entry.

    ``content``: an emoji, or another short text.
    ``authors``: who put it there, first come first.
    """

    content: str
    authors: tuple[str, ...]


class Entry(Struct, frozen=True, kw_only=True):
    """One line of a timeline as it stands now; times in milliseconds.

    Of a deleted entry nothing is left but its place.

    ``hash``: the message that began it.
    ``author``: who wrote it, as in `TimelineMessage`.
    ``own``: we wrote it.
    ``type``: the type of that message.
    ``at``: when it was written.
    ``content``: its text as it now reads.
    ``attachments``: what is attached now.
    ``thread``: the hash of the first entry of its thread.
    ``latest``: the hash of the message that it now reads by.
    ``depth``: how many answers are between it and the first entry of its thread.
    ``reference``: the hash that its message refers to.
    ``reply_to``: the hash of the entry that it answers.
    ``versions``: how it read before it was edited, oldest first.
    ``edited_at``: when it was last edited.
    ``deleted_at``: when it was deleted.
    ``reactions``: what was put below it.
    ``delivery``: how far our own message has come.
    ``unread``: the user has not read it yet.
    ``remark``: why a message which should change another is an entry by itself.
    """

    hash: str
    author: str
    own: bool
    type: str
    at: int
    content: str | None
    attachments: tuple[Attachment, ...]
    thread: str
    latest: str
    depth: int = 0
    reference: str | None = None
    reply_to: str | None = None
    versions: tuple[Version, ...] = ()
    edited_at: int | None = None
    deleted_at: int | None = None
    reactions: tuple[Reaction, ...] = ()
    delivery: Delivery = Delivery.SENT
    unread: bool = False
    remark: Remark | None = None

    @property
    def place(self) -> Place:
        """What entries are ordered by."""
        return self.at, self.hash

    @property
    def edited(self) -> bool:
        """Whether its author has changed it."""
        return self.edited_at is not None

    @property
    def deleted(self) -> bool:
        """Whether its author has deleted it."""
        return self.deleted_at is not None


class Resend(Struct, frozen=True):
    """An effect: send a message of ours again.

    ``request``: the hash of the message that asks for it.
    ``message``: the hash of ours.
    ``at``: when it was asked, in milliseconds.
    """

    request: str
    message: str
    at: int


class Timeline(Struct, frozen=True):
    """A conversation as it is shown.

    Nothing that was given is missing: what is in neither ``held`` nor ``ignored`` stands in an entry or
    made one what it is.

    ``entries``: its lines, oldest first.
    ``held``: changes to messages that are not here (yet).
    ``ignored``: receipts and requests that concern nothing.
    ``resends``: what peers ask us to send again.
    """

    entries: tuple[Entry, ...]
    held: tuple[TimelineMessage, ...] = ()
    ignored: tuple[TimelineMessage, ...] = ()
    resends: tuple[Resend, ...] = ()

    def find(self, hash: str) -> Entry | None:
        """The entry with this hash, or the one of which it is an edit."""
        for entry in self.entries:
            if hash in (entry.hash, entry.latest) or any(known.hash == hash for known in entry.versions):
                return entry
        return None

    def page(self, *, newest: int | None = None, before: str | None = None) -> Timeline:
        """The same with fewer entries: at most the ``newest`` of those before the entry ``before`` (a hash).

        The entries are as in the whole timeline; of the rest a page has what stands among them in time.
        Raises `InvalidInput` for less than one entry and `NotFound` for an unknown hash.
        """
        if newest is not None and newest < 1:
            raise InvalidInput("a page has at least one entry")
        entries, end = self.entries, None
        if before is not None:
            end = self.find(before)
            if end is None:
                raise NotFound(f"no message {before[:80]} is in this conversation")
            entries = entries[: entries.index(end)]
        first = entries[-newest] if newest is not None and newest < len(entries) else None
        return self.between(
            None if first is None else first.place,
            None if end is None else end.place,
        )

    def between(self, first: Place | None, end: Place | None) -> Timeline:
        """What stands from ``first`` on and before ``end``; all of it with None."""

        def here(place: Place) -> bool:
            return (first is None or first <= place) and (end is None or place < end)

        return Timeline(
            tuple(entry for entry in self.entries if here(entry.place)),
            tuple(message for message in self.held if here(message.place)),
            tuple(message for message in self.ignored if here(message.place)),
            tuple(resend for resend in self.resends if here((resend.at, resend.request))),
        )

    def threads(self) -> Iterator[Entry]:
        """The entries thread by thread: each followed by its answers, to be indented by ``depth``."""
        answers: dict[str | None, list[Entry]] = {}
        here = {entry.hash for entry in self.entries}
        for entry in self.entries:
            above = entry.reply_to if entry.depth and entry.reply_to in here else None
            answers.setdefault(above, []).append(entry)
        left = answers.get(None, [])[::-1]
        while left:
            entry = left.pop()
            yield entry
            left.extend(reversed(answers.get(entry.hash, [])))
