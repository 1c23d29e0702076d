"""Messages that are for the program and not for its user: each has an effect once."""

from __future__ import annotations

from dm3.model import Message
from dm3.store.vault import Change

from ..state.open_profile import OpenProfile
from ..state.records import MESSAGES, NOTICES, Direction, Notice, StoredMessage
from .conversations import message_key


async def was_handled(own: OpenProfile, message: Message) -> bool:
    """Whether a service message has had its effect."""
    return await own.context.vault.get(MESSAGES, message_key(own.account, message.hash)) is not None


def note_handled(own: OpenProfile, change: Change, message: Message) -> None:
    """Mark a service message as handled within ``change``. Its keys are not kept."""
    stored = StoredMessage(
        profile=own.account,
        peer=message.from_,
        direction=Direction.IN,
        hash=message.hash,
        type=message.type,
        content=None,
        text="",
        at=message.timestamp,
    )
    change.put(MESSAGES, message_key(own.account, message.hash), stored, section="service", expect=0)


def put_notice(own: OpenProfile, change: Change, kind: str, sentence: str) -> None:
    """Tell the user something, with ``change``."""
    notice = Notice(own.account, kind, sentence, own.context.seconds())
    change.put(NOTICES, own.context.random(8).hex(), notice, section=own.account)
