"""What a main profile sees of a linked one: copies of what is written, and the earlier conversation."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from dm3.crypto import is_data_signed
from dm3.model import Message
from dm3.protocol.linking import OutgoingLink, OutgoingLinkState
from dm3.store.vault import Change, Conflict
from dm3.wire import read_message

from ..messaging import conversations as history
from ..messaging.outbox import forward
from ..reading.receiving import OpenedMessage
from ..state.open_profile import OpenProfile
from ..state.records import ASKINGS, Direction, StoredMessage

HISTORY_MESSAGES = 200
HISTORY_CHARS = 2_000_000


class Copies:
    """Copies what a profile writes to the main profile that has taken it in (specification 3.6)."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._vault = own.context.vault

    async def asked(self) -> tuple[OutgoingLink | None, int]:
        """What is known of the link to the main profile, and its revision in the vault."""
        kept = await self._vault.find(ASKINGS, self._own.account)
        return (kept.record, kept.revision) if kept else (None, 0)

    async def copy_sent(self, change: Change, message: Message) -> None:
        """Put a copy of a sent message into ``change``, where a main profile gets one."""
        asking, _ = await self.asked()
        if asking is not None and asking.state is OutgoingLinkState.LINKED:
            self._forward(change, asking, message.text)

    async def forward_history(self, change: Change, asking: OutgoingLink) -> None:
        """The earlier conversation goes to where the main profile reads, so that its inbox has no gap."""
        for stored in await history.newest(
            self._vault, self._own.account, count=HISTORY_MESSAGES, size=HISTORY_CHARS
        ):
            if stored.direction is Direction.IN or self._is_by_us(stored):
                self._forward(change, asking, stored.text)

    def came_by_us(self, opened: OpenedMessage) -> bool:
        """Whether whoever handed a message in had this profile's keys, as the delivery service saw it."""
        return opened.carrier in self._own.identity.names

    async def note_reader(self, opened: OpenedMessage) -> None:
        """Note that the main profile reads this profile's mailbox, where a new message tells so."""
        if not self.came_by_us(opened):
            return
        # New, and from another holder of our keys: after a late hand-over that is how we learn of it.
        asking, revision = await self.asked()
        if asking is not None and asking.state is OutgoingLinkState.LINKED and not asking.reads_ours:
            with suppress(Conflict):
                reading = replace(asking, reads_ours=True)
                await self._vault.put(ASKINGS, self._own.account, reading, expect=revision)

    def _is_by_us(self, stored: StoredMessage) -> bool:
        """Whether it is signed with the keys of now: nobody could verify what those before have signed."""
        message, keys = read_message(stored.text), self._own.identity.keys
        return is_data_signed(keys.signing_public, message.signed_text, message.signature)

    def _forward(self, change: Change, asking: OutgoingLink, text: str) -> None:
        # In this profile's own mailbox where the main profile reads that (specification 3.6).
        to = self._own.account if asking.reads_ours else asking.main_name
        forward(change, self._own, to=to, sender=self._own.account, text=text)
