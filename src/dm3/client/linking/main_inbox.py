"""The mailboxes of profiles that are linked to a main one, read beside its own (specification 3.6)."""

from __future__ import annotations

from functools import partial

from dm3.crypto import ProfileKeys
from dm3.protocol.linking import Link

from ..messaging.arrivals import Arrivals
from ..profiles.ens_names import names_in
from ..reading.inbox import Late
from ..reading.mailbox import Handle
from ..reading.mailbox_turn import Source
from ..reading.profile_inbox import Handlers
from ..reading.receiving import OpenedMessage, ownership_of
from ..state.linked_profiles import LinkedProfiles, active
from ..state.open_profile import OpenProfile
from .linked_mailboxes import LinkedMailboxes


class MainInbox:
    """Says which mailboxes there are besides a main profile's own, and takes in what lies there."""

    def __init__(
        self, own: OpenProfile, linked: LinkedProfiles, mailboxes: LinkedMailboxes, arrivals: Arrivals
    ) -> None:
        self._own = own
        self._linked = linked
        self._mailboxes = mailboxes
        self._arrivals = arrivals

    async def sources(self, handle: Handle) -> tuple[list[Source], list[Late]]:
        """Those that are known, and the look-ups of those that are not yet; each is read with ``handle``."""
        return self._mailboxes.sources(active(await self._linked.of_round()), handle, self._own.note)

    async def handlers(self) -> Handlers:
        """Their keys, and what is done with their messages."""
        return {
            link.profile_name: ((ProfileKeys.from_seed(link.profile_key),), partial(self._act, link))
            for link in active(await self._linked.of_round())
            if link.profile_key is not None
        }

    async def _act(self, link: Link, opened: OpenedMessage) -> None:
        if opened.message.link is not None:
            return  # linking is the business of the application's own device
        names = await names_in(self._own.context.directory, link, opened.message)
        _, profile, direction = ownership_of(opened.message, names)
        async with self._own.busy:
            await self._arrivals.handle(opened, profile, direction)
