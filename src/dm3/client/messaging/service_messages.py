"""Messages that are for the program and not for its user: each has an effect once."""

from __future__ import annotations

from typing import Final

from dm3.model import Message
from dm3.store.vault import Change

from ..state.look_ups import Aftermath, nothing_more
from ..state.open_profile import OpenProfile
from ..state.records import MESSAGES, NOTICES, Direction, Notice, StoredMessage
from .conversations import message_key

HANDLED_KEPT: Final = 5_000
"""Of so many service messages a profile knows that they had their effect: strangers cause them, too."""
KNOWN_FOR: Final = 90 * 86_400_000
"""For so many milliseconds; no service keeps a message for so long."""
AT_ONCE: Final = 20


async def was_handled(own: OpenProfile, message: Message) -> bool:
    """Whether a service message has had its effect."""
    return await own.context.vault.get(MESSAGES, message_key(own.account, message.hash)) is not None


def note_handled(own: OpenProfile, change: Change, message: Message) -> None:
    """Mark a service message as handled within ``change``, for some time. Its keys are not kept."""
    stored = StoredMessage(
        profile=own.account,
        peer=message.from_,
        direction=Direction.IN,
        hash=message.hash,
        type=message.type,
        content=None,
        text="",
        at=own.context.milliseconds(),
    )
    key = message_key(own.account, message.hash)
    change.put(MESSAGES, key, stored, section=_marks_of(own), expect=0, newest=HANDLED_KEPT)


async def forget_handled(own: OpenProfile) -> Aftermath:
    """Forget the oldest marks, as a step of `dm3.client.state.look_ups`."""
    vault, change = own.context.vault, own.context.vault.change()
    for kept in await vault.entries(MESSAGES, section=_marks_of(own), limit=AT_ONCE):
        if kept.record.at < own.context.milliseconds() - KNOWN_FOR:
            change.drop(MESSAGES, kept)
    if change:
        await vault.commit(change)
    return nothing_more


def _marks_of(own: OpenProfile) -> str:
    return f"service|{own.account}"


def put_notice(own: OpenProfile, change: Change, kind: str, sentence: str) -> None:
    """Tell the user something, with ``change``."""
    notice = Notice(own.account, kind, sentence, own.context.seconds())
    change.put(NOTICES, own.context.random(8).hex(), notice, section=own.account)
