"""The messages that are kept: found again, and written about."""

from __future__ import annotations

from dm3.base.errors import InvalidInput, NotFound
from dm3.model import Attachment, MessageType
from dm3.protocol.messages import Entry

from ..state.linked_profiles import LinkedProfiles
from ..state.open_profile import OpenProfile
from ..state.records import MESSAGES, StoredMessage
from . import conversations as history
from .outgoing import Outgoing

Quotable = StoredMessage | Entry | str
"""A message to refer to: as it was kept, as a timeline shows it, or its hash."""


class KeptMessages:
    """The messages of a profile and of those linked to it."""

    def __init__(self, own: OpenProfile, linked: LinkedProfiles, outgoing: Outgoing) -> None:
        self._own = own
        self._linked = linked
        self._outgoing = outgoing

    async def find(self, message: Quotable) -> StoredMessage:
        """The kept message that is meant; given as somebody else's, ours with the same hash.

        Raises `NotFound`.
        """
        profiles = (self._own.account, *await self._linked.names())
        if isinstance(message, StoredMessage) and message.profile in profiles:
            return message
        wanted = message if isinstance(message, str) else message.hash
        for profile in profiles:
            found = await self._own.context.vault.get(MESSAGES, history.message_key(profile, wanted))
            if found is not None and found.text:  # of a deleted one only the hash is left
                return found
        raise NotFound(f"no message {wanted[:80]} is kept here")

    async def find_own(self, message: Quotable, what: str) -> StoredMessage:
        """As `find`, for what only its author can do. Raises `InvalidInput` as well."""
        found = await self.find(message)
        if found.direction != "out":
            raise InvalidInput(f"only its author can {what} a message")
        return found

    async def write_about(
        self,
        about: StoredMessage,
        text: str | None,
        type: MessageType,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StoredMessage:
        """Write about a message, as the profile in whose conversation it stands."""
        return await self._outgoing.send(
            about.profile, about.peer, text, type=type, reference=about.hash, attachments=attachments
        )
