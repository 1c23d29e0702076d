"""The mailboxes of the profiles linked to a main one: found once, looked up again later."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from dm3.base.errors import Dm3Error, NotFound, Unreachable
from dm3.crypto import ProfileKeys
from dm3.protocol.linking import Link

from .back_off import BackOff
from .context import Context
from .mailboxes import Mailbox
from .records import Identity

HOLDS: Final = 300.0
"""For how many seconds that is taken to be so still."""


class LinkedMailboxes:
    """Finds the mailboxes of linked profiles; ``identity`` is the main profile's."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self._held: dict[str, tuple[Mailbox, float]] = {}
        self._back_off = BackOff()

    def held(self, link: Link) -> Mailbox | None:
        """The mailbox if it was found before, with the keys that the link has now."""
        mailbox, _ = self._held.get(link.profile_name, (None, 0.0))
        return mailbox if mailbox is not None and _fits(mailbox, link) else None

    def is_due(self, link: Link) -> bool:
        """Whether it is to be looked up (again) where the mailbox is."""
        _, until = self._held.get(link.profile_name, (None, 0.0))
        due = self.held(link) is None or monotonic() >= until
        return due and not self._back_off.left(link.profile_name)

    async def find(self, link: Link) -> Mailbox:
        """Look the mailbox up. Raises `NotFound` without the profile's keys, and as `Directory.profile`."""
        if link.profile_key is None:
            raise NotFound(f"the keys of {link.profile_name} are not held")
        keys = ProfileKeys.from_seed(link.profile_key)
        profile = await self._context.directory.profile(link.profile_name)
        held = self.held(link)
        if held is None or held.services != profile.signed.profile.delivery_services:
            reader = self._identity.reader_of(link.profile_name)
            held = Mailbox(self._context, link.profile_name, profile.signed, keys, reader, own=False)
        self._held[link.profile_name] = (held, monotonic() + HOLDS)
        return held

    async def try_to_find(self, link: Link) -> Mailbox | Dm3Error:
        """As `find`, in bounded time and not again at once; what went wrong instead."""
        try:
            async with asyncio.timeout(self._context.directory.timeouts.lookup):
                found = await self.find(link)
        except TimeoutError:
            error: Dm3Error = Unreachable(f"{link.profile_name} cannot be looked up in time")
        except Dm3Error as trouble:
            error = trouble
        else:
            self._back_off.worked(link.profile_name)
            return found
        self._back_off.failed(link.profile_name, error)
        return error

    def drop(self, profile: str) -> Mailbox | None:
        """Forget the mailbox of ``profile``; returns it."""
        return self._held.pop(profile, (None, 0.0))[0]


def _fits(mailbox: Mailbox, link: Link) -> bool:
    if link.profile_key is None:
        return False
    return mailbox.keys.signing_public == ProfileKeys.from_seed(link.profile_key).signing_public
