"""Timelines of what is kept: one conversation, or the whole inbox of a profile and those linked to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from dm3.model import Attachment
from dm3.protocol.messages import Delivery, Entry, Timeline, TimelineMessage, timeline
from dm3.wire import read_message

from ..state.context import Context
from ..state.outbox_entry import OutboxState
from ..state.records import OUTBOX, Conversation, Direction, StoredMessage
from . import conversations as history
from .peer_names import kept_name, names_of

Progress = Mapping[tuple[str, str], Delivery]
"""How far messages in the outbox are, by hash and receiver."""

_PROGRESS = {OutboxState.WAITING: Delivery.WAITING, OutboxState.FAILED: Delivery.FAILED}


class ConversationView(Struct, frozen=True):
    """A conversation of ``head.profile`` with ``head.peer`` as it is shown."""

    head: Conversation
    timeline: Timeline


class InboxEntry(Struct, frozen=True):
    """An entry, and in whose conversation with whom it stands."""

    profile: str
    peer: str
    entry: Entry


class InboxTimeline(Struct, frozen=True):
    """The conversations of a main profile and of all profiles linked to it, the latest first."""

    conversations: tuple[ConversationView, ...]

    @property
    def entries(self) -> list[InboxEntry]:
        """All of them as one timeline, oldest entry first."""
        found = [
            InboxEntry(view.head.profile, view.head.peer, entry)
            for view in self.conversations
            for entry in view.timeline.entries
        ]
        return sorted(found, key=lambda shown: (shown.entry.at, shown.entry.hash, shown.profile))


async def timeline_of(context: Context, account: str, profile: str, peer: str) -> Timeline:
    """The timeline of the conversation of ``profile``, which ``account`` acts for, with ``peer``.

    ``peer`` may be any name of the peer.
    """
    names = await names_of(context.vault, profile, await kept_name(context, profile, peer))
    return await _shown(context, profile, names, await progress_of(context, account))


async def inbox_of(context: Context, account: str, heads: Iterable[Conversation]) -> InboxTimeline:
    """The timelines of these conversations."""
    progress = await progress_of(context, account)
    return InboxTimeline(
        tuple(
            [
                ConversationView(head, await _shown(context, head.profile, head.names, progress))
                for head in heads
            ]
        )
    )


async def progress_of(context: Context, account: str) -> Progress:
    """How far the messages are that ``account`` still has in its outbox."""
    entries = [kept.record for kept in await context.vault.entries(OUTBOX, section=account)]
    return {(entry.message_hash, entry.to): _PROGRESS[entry.state] for entry in entries}


async def _shown(context: Context, profile: str, names: tuple[str, ...], progress: Progress) -> Timeline:
    kept = await history.messages_under(context.vault, profile, names)
    return timeline(as_record(message, progress, names[0]) for message in kept)


def as_record(stored: StoredMessage, progress: Progress, peer: str) -> TimelineMessage:
    """A kept message as the rules of the timeline take it; all of the peer's are by ``peer``."""
    own = stored.direction is Direction.OUT
    delivery = Delivery.DISCARDED if stored.discarded else Delivery.SENT
    return TimelineMessage(
        hash=stored.hash,
        author=stored.profile if own else peer,
        own=own,
        type=stored.type,
        at=stored.at,
        content=stored.content,
        attachments=attachments_of(stored),
        reference=stored.reference,
        unread=stored.unread,
        delivery=progress.get((stored.hash, stored.peer), delivery) if own else delivery,
    )


def attachments_of(stored: StoredMessage) -> tuple[Attachment, ...]:
    """What is attached to a kept message, in both forms of specification 2.6."""
    # Inside of strings the quotes are escaped, so this stands there only as a member's name.
    return read_message(stored.text).attachments if '"attachments":' in stored.text else ()
