"""What a profile has sent and nobody is known to have fetched: counted before its keys or names change.

Whoever fetches it after the change looks the sender up as it is then, and is shown the message as not
verifiable (specification 4).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.base import same_name
from dm3.protocol.messages import is_entry
from dm3.store.vault import Vault
from dm3.wire import read_message

from ..state.outbox_entry import OutboxState
from ..state.records import OUTBOX, Direction, StoredMessage
from . import conversations as history

LIFE: Final = 30 * 86_400_000
"""For how many milliseconds a message may wait at its receiver's delivery service."""


class InTransit(Struct, frozen=True, kw_only=True):
    """What is on its way, in messages."""

    undelivered: int
    """In the outbox: no delivery service of the receiver has taken them yet."""
    unseen: int
    """Taken by a service, without a sign that the receiver has fetched them: no receipt, and no message of
    the receiver's since. Not everybody sends receipts, so some of them may have been fetched."""

    def __bool__(self) -> bool:
        return bool(self.undelivered or self.unseen)


async def in_transit(vault: Vault, profile: str, now: int, sender: str | None = None) -> InTransit:
    """What ``profile`` has on its way at ``now`` (UNIX milliseconds), only what ``sender`` signs if given.

    Copies for devices of one's own do not count.
    """
    outbox = [kept.record for kept in await vault.entries(OUTBOX, section=profile)]
    waiting = {entry.message_hash for entry in outbox if entry.state is OutboxState.WAITING}
    left = {entry.message_hash for entry in outbox}
    undelivered = unseen = 0
    for head in await history.conversations(vault, profile):
        exchanged = await history.messages_under(vault, profile, (head.peer, *head.also))
        came = [one for one in exchanged if one.direction is Direction.IN]
        seen_until = max((one.at for one in came), default=0)
        told = {one.reference for one in came if not is_entry(one.type)}
        for one in exchanged:
            if one.direction is Direction.IN or one.discarded or not _is_by(one, sender):
                continue
            if one.hash in waiting:
                undelivered += 1
            elif one.hash not in left and one.hash not in told and max(seen_until, now - LIFE) < one.at:
                unseen += 1
    return InTransit(undelivered=undelivered, unseen=unseen)


def _is_by(message: StoredMessage, sender: str | None) -> bool:
    return sender is None or same_name(read_message(message.text).from_, sender)
