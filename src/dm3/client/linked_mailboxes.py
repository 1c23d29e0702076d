"""The mailboxes of the profiles linked to a main one: found once, looked up again later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import monotonic
from typing import Final

from dm3.base.errors import Dm3Error, NotFound, Unreachable
from dm3.crypto import ProfileKeys
from dm3.protocol.linking import Link

from .back_off import BackOff
from .context import Context
from .inbox import Late
from .mailbox_turn import Source
from .mailboxes import Incoming, Mailbox
from .records import Identity

HOLDS: Final = 300.0
"""For how many seconds that is taken to be so still."""

TakeLinked = Callable[[Link, Incoming], Awaitable[bool]]
"""As `Take`, for the mailbox of a linked profile."""


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

    def sources(
        self, links: Iterable[Link], take: TakeLinked, told: Callable[[Dm3Error], None]
    ) -> tuple[list[Source], list[Late]]:
        """The mailboxes that are known, and the look-ups of those that are not, or not any more.

        ``told`` gets why one cannot be looked up now; the next call tries again.
        """
        ready, late = [], []
        for link in links:
            mailbox = self.held(link)
            if mailbox is not None:
                ready.append(Source(mailbox, partial(take, link)))
            if self._is_due(link):
                late.append(asyncio.create_task(self._look_up(link, take, told)))
        return ready, late

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

    def _is_due(self, link: Link) -> bool:
        """Whether it is to be looked up (again) where the mailbox is."""
        _, until = self._held.get(link.profile_name, (None, 0.0))
        due = self.held(link) is None or monotonic() >= until
        return due and not self._back_off.left(link.profile_name)

    async def _look_up(self, link: Link, take: TakeLinked, told: Callable[[Dm3Error], None]) -> Source | None:
        before = self.held(link)
        found = await self.try_to_find(link)
        if isinstance(found, Mailbox):
            return None if found is before else Source(found, partial(take, link))
        if before is None:
            told(found)
        return None

    def drop(self, profile: str) -> Mailbox | None:
        """Forget the mailbox of ``profile``; returns it."""
        return self._held.pop(profile, (None, 0.0))[0]


def _fits(mailbox: Mailbox, link: Link) -> bool:
    if link.profile_key is None:
        return False
    return mailbox.keys.signing_public == ProfileKeys.from_seed(link.profile_key).signing_public
