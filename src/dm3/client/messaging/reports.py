"""What the user of a profile is told beside conversations."""

from __future__ import annotations

from collections.abc import Iterable

from dm3.base import checked

from ..reading.profile_inbox import ProfileInbox
from ..reading.unverified import Unverified, UnverifiedMessages
from ..state.open_profile import OpenProfile
from ..state.records import NOTICES, REFUSED, Notice, RefusedMessage
from .in_transit import InTransit, in_transit


@checked
class Reports:
    """Tells of notices, of what was not taken in or nobody can verify, and of what is on its way."""

    def __init__(self, own: OpenProfile, inbox: ProfileInbox) -> None:
        self._own = own
        self._inbox = inbox

    async def notices(self) -> list[Notice]:
        """What the user should know, oldest first."""
        own = self._own
        kept = await own.context.vault.entries(NOTICES, section=own.account)
        return sorted((entry.record for entry in kept), key=lambda notice: notice.at)

    async def dismiss_notices(self, seen: Iterable[Notice]) -> None:
        """Have notices that the user has seen be gone; those that came meanwhile stay."""
        vault = self._own.context.vault
        told, change = set(seen), vault.change()
        for kept in await vault.entries(NOTICES, section=self._own.account):
            if kept.record in told:
                change.drop(NOTICES, kept)
        await vault.commit(change)

    async def refused(self) -> list[RefusedMessage]:
        """Messages that were not taken in, with the reasons."""
        own = self._own
        return [kept.record for kept in await own.context.vault.entries(REFUSED, section=own.account)]

    async def unverified(self) -> list[Unverified]:
        """Messages whose sender cannot be verified, or not yet: never part of a conversation (section 4).

        Those that wait are looked at again with each `sync`, for as long as messages live.
        """
        return await self._inbox.unverified()

    async def discard_unverified(self, message: str) -> None:
        """Throw one of `unverified` away, by its hash or the beginning of it. Raises `NotFound`."""
        await UnverifiedMessages(self._own.context, self._own.account).discard(message)

    async def in_transit(self, name: str | None = None) -> InTransit:
        """What this profile has sent and nobody is known to have fetched, under its ``name`` alone if given.

        Ask before its keys change or a name is given up: who fetches it afterwards is shown it as not
        verifiable (section 4).
        """
        context, account = self._own.context, self._own.account
        return await in_transit(context.vault, account, context.milliseconds(), name)
