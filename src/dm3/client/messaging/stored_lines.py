"""A kept message as the rules of the timeline take it."""

from __future__ import annotations

from collections.abc import Mapping

from dm3.model import Attachment
from dm3.protocol.messages import Delivery, TimelineMessage
from dm3.wire import read_message

from ..state.records import Direction, StoredMessage

Progress = Mapping[tuple[str, str], Delivery]
"""How far messages in the outbox are, by hash and receiver."""


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
