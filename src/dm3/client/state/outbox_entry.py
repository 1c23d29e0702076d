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
    """A message on its way to ``to``; ``sender`` is the name that the delivery service is told.

    ``account`` is the profile that sends it, ``text`` the message's canonical JSON. With a
    ``receiver_hash`` it is sealed for exactly that signed profile and for no later one, with a
    ``receiver_owner`` only while the receiver's name belongs to that account. A ``seed`` holds
    the sender's keys for a message that outlives their record. An ``optional`` message is dropped where
    another one would have failed. ``last_error`` is the sentence of what stood in the way the last time,
    ``last_code`` that error's code.
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

    @property
    def is_to_nobody(self) -> bool:
        """Whether no profile was published under the receiver's name when it was last tried.

        It waits nevertheless: the name may be a slip, or its owner may yet publish.
        """
        return self.state is OutboxState.WAITING and self.last_code == NOBODY_THERE
