"""All mailboxes of an opened profile: its own, and those of profiles that are linked to it."""

from __future__ import annotations

from typing import Protocol

from dm3.base.errors import Dm3Error
from dm3.crypto import ProfileKeys

from ..state.open_profile import OpenProfile
from .inbox import Inbox, Late
from .mailbox import Handle, Mailbox, ReceivedEnvelope
from .mailbox_turn import Source
from .unverified import Unverified, UnverifiedMessages
from .waiting_room import Act, WaitingRoom

Handlers = dict[str, tuple[tuple[ProfileKeys, ...], Act]]
"""The keys of each mailbox that is read, and what to do with a verified message from there."""


class LinkedInbox(Protocol):
    """The mailboxes of linked profiles, as a main profile reads them."""

    async def sources(self, handle: Handle) -> tuple[list[Source], list[Late]]:
        """Those that are known, and the look-ups of those that are not yet; each is read with ``handle``."""

    async def handlers(self) -> Handlers:
        """Their keys, and what is done with their messages."""


class ProfileInbox:
    """Reads the mailboxes of a profile; ``act`` gets each verified message from its own one."""

    def __init__(self, own: OpenProfile, act: Act, linked: LinkedInbox | None = None) -> None:
        self._own = own
        self._act = act
        self._linked = linked
        self._room = WaitingRoom(own.context, own.account)
        self._inbox = Inbox(own.context)
        self._mailbox: tuple[object, Mailbox] | None = None

    @property
    def mailbox(self) -> Mailbox:
        """The profile's own mailbox, with the names and keys that it has now."""
        own = self._own.identity
        if self._mailbox is None or self._mailbox[0] is not own:
            made = Mailbox(self._own.context, own.name, own.profile, own.keys, own.reader, own.names[1:])
            self._mailbox = (own, made)
        return self._mailbox[1]

    def begin_round(self) -> None:
        """A sync begins: whoever has written is verified anew, once for it."""
        self._room.begin_round()

    async def fetch(self, wait: float, errors: list[Dm3Error]) -> None:
        """Take in what is new, then look again at what nobody could verify before.

        ``wait``: seconds to wait for something to come; ``errors`` gets what went wrong, as it happens.
        """
        ready, late = [Source(self.mailbox, self._handle)], list[Late]()
        if self._linked is not None:
            found, late = await self._linked.sources(self._handle)
            ready += found
        await self._inbox.fetch(ready, wait, errors, late)
        await self._room.look_again((await self._handlers()).get)

    async def unverified(self) -> list[Unverified]:
        """Messages whose sender cannot be verified, or not yet."""
        handlers = await self._handlers()
        kept = UnverifiedMessages(self._own.context, self._own.account)
        return await kept.all(lambda mailbox: handlers[mailbox][0] if mailbox in handlers else ())

    async def _handle(self, incoming: ReceivedEnvelope) -> bool:
        """Take one envelope in: acted on, refused, or kept. False for what cannot even be opened."""
        handler = (await self._handlers()).get(incoming.mailbox)
        # Without one the link has ended meanwhile.
        return handler is None or await self._room.handle(incoming.mailbox, incoming, *handler)

    async def _handlers(self) -> Handlers:
        identity = self._own.identity
        handlers: Handlers = {identity.name: ((identity.keys, *identity.former_keys), self._act)}
        if self._linked is not None:
            handlers.update(await self._linked.handlers())
        return handlers
