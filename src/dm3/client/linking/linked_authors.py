"""Who writes from a main profile: it itself, or as a profile that is linked to it (specification 3.6)."""

from __future__ import annotations

from dm3.crypto import ProfileKeys
from dm3.model import Message
from dm3.protocol.linking import LinkRefused, Reason
from dm3.store.vault import Change

from ..messaging.outbox import forward
from ..messaging.outgoing import Author, OwnAuthor
from ..state.open_profile import OpenProfile
from .approver import LinkApprover
from .linked_mailboxes import LinkedMailboxes


class LinkedAuthors:
    """The authors of a main profile; ``itself`` is that for its own names."""

    def __init__(
        self, own: OpenProfile, itself: OwnAuthor, desk: LinkApprover, mailboxes: LinkedMailboxes
    ) -> None:
        self._own = own
        self._itself = itself
        self._desk = desk
        self._mailboxes = mailboxes

    async def __call__(self, profile: str) -> Author:
        """The profile itself or a linked one. Raises `LinkRefused` and `KeysChanged`."""
        if profile in self._own.identity.names:
            return await self._itself(profile)
        link = await self._desk.link(profile)
        if link is None or not link.in_force(self._own.context.seconds()) or link.profile_key is None:
            raise LinkRefused(Reason.NOT_LINKED, profile)
        self._mailboxes.require_usable(link)

        async def copy(change: Change, message: Message) -> None:
            # The application on the user's other devices shows what was answered here.
            forward(change, self._own, to=profile, sender=profile, text=message.text)

        return Author(profile, profile, (profile,), ProfileKeys.from_seed(link.profile_key), copy)
