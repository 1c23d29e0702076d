"""What a main profile sees of a linked one: copies of what is written, and the earlier conversation."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from dm3.crypto import is_data_signed
from dm3.model import Message
from dm3.protocol.linking import Asking, AskingState
from dm3.store.vault import Change, Conflict
from dm3.wire import read_message

from ..messaging import conversations as history
from ..messaging.account import Account
from ..reading.receiving import Opened
from ..state.records import ASKINGS, Direction, StoredMessage

HISTORY_MESSAGES = 200
HISTORY_CHARS = 2_000_000


class CopyingAccount(Account):
    """A profile that copies what it writes to the main profile that has taken it in (specification 3.6)."""

    async def link(self) -> Asking | None:
        """What is known of the link to a main profile; None when none was asked for."""
        return (await self._asked())[0]

    async def _asked(self) -> tuple[Asking | None, int]:
        """What is known of the link, and its revision in the vault."""
        kept = await self._context.vault.find(ASKINGS, self._identity.name)
        return (kept.record, kept.revision) if kept else (None, 0)

    async def _forward_history(self, change: Change, asking: Asking) -> None:
        """The earlier conversation goes to where the main profile reads, so that its inbox has no gap."""
        for stored in await history.newest(
            self._context.vault, self._identity.name, count=HISTORY_MESSAGES, size=HISTORY_CHARS
        ):
            if stored.direction is Direction.IN or self._is_by_us(stored):
                self._forward(change, self._copies_to(asking), self._identity.name, stored.text)

    def _is_by_us(self, stored: StoredMessage) -> bool:
        """Whether it is signed with the keys of now: nobody could verify what those before have signed."""
        message = read_message(stored.text)
        return is_data_signed(self._identity.keys.signing_public, message.signed_text, message.signature)

    def _copies_to(self, asking: Asking) -> str:
        """Where the main profile gets copies: in this profile's own mailbox where it reads that.

        Specification 3.6.
        """
        return self._identity.name if asking.reads_ours else asking.main_name

    def _came_by_us(self, opened: Opened) -> bool:
        """Whether whoever handed a message in had this profile's keys, as the delivery service saw it."""
        return opened.carrier in self._identity.names

    async def _take_message(
        self, opened: Opened, profile: str, direction: Direction, *, copied: bool = False
    ) -> None:
        before = len(self._arrived)
        await super()._take_message(opened, profile, direction, copied=copied)
        if len(self._arrived) == before or not self._came_by_us(opened):
            return
        # New, and from another holder of our keys: after a late hand-over that is how we learn of it.
        asking, revision = await self._asked()
        if asking is not None and asking.state is AskingState.LINKED and not asking.reads_ours:
            with suppress(Conflict):
                reading = replace(asking, reads_ours=True)
                await self._context.vault.put(ASKINGS, self._identity.name, reading, expect=revision)

    async def _copy_sent(self, change: Change, message: Message) -> None:
        asking = await self.link()
        if asking is not None and asking.state is AskingState.LINKED:
            self._forward(change, self._copies_to(asking), self._identity.name, message.text)
