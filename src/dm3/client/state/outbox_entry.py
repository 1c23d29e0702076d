"""What is kept of a message on its way."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.crypto import Seed

NOBODY_THERE: Final = "nobody-there"
"""The code of what stands in the way of a message to a name under which no profile is published."""


class OutboxState(StrEnum):
    """Whether an entry is still tried."""

    WAITING = "waiting"
    FAILED = "failed"


class OutboxEntry(Struct, frozen=True, kw_only=True):
    """A message on its way. Times in UNIX seconds.

    ``id``: what tells it from others of this vault.
    ``account``: our profile that sends it.
    ``to``: the receiver's name.
    ``sender``: the name that the delivery service is told.
    ``text``: the message's canonical JSON.
    ``message_hash``: its hash, 0x-hex.
    ``created_at``: when it was written.
    ``next_at``: when it is tried next.
    ``attempts``: how often it was tried.
    ``state``: whether it waits, or how it ended.
    ``last_error``: the sentence of what stood in the way the last time.
    ``receiver_hash``: it is sealed for exactly the signed profile with this hash, and for no later one.
    ``seed``: the sender's keys, for a message that outlives their record.
    ``optional``: it is dropped where another one would have failed.
    ``last_code``: the code of what stood in the way the last time.
    ``receiver_owner``: it is sent only while the receiver's name belongs to this account.
    """

    id: str
    account: str
    to: str
    sender: str
    text: str
    message_hash: str
    created_at: int
    next_at: int
    attempts: int = 0
    state: OutboxState = OutboxState.WAITING
    last_error: str = ""
    receiver_hash: str | None = None
    seed: Seed | None = None
    optional: bool = False
    last_code: str = ""
    receiver_owner: str | None = None
