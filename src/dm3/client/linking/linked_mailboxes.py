"""The mailboxes of the profiles linked to a main one: found once, looked up again later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Final

from dm3.base.errors import Dm3Error, NotAuthentic, NotFound, Unreachable
from dm3.crypto import ProfileKeys
from dm3.net.cache import TimedCache
from dm3.protocol.linking import Link
from dm3.protocol.names import ResolvedProfile

from ..reading.inbox import Late
from ..reading.mailbox import Handle, Mailbox
from ..reading.mailbox_turn import Source
from ..reading.seen_profiles import SeesProfiles, require_in_force
from ..state.back_off import BackOff
from ..state.open_profile import OpenProfile

TTL: Final = 300.0
"""For how many seconds that is taken to be so still."""


class KeysChanged(NotAuthentic):
    """A linked profile has other keys now than those held here."""

    code = "keys-changed"
    hint = (
        "Its messages cannot be read here until it has asked to be linked again and you have approved it "
        "(dm3 link list). If nobody of yours has changed them, end the link: dm3 link remove NAME"
    )


async def require_current(context: SeesProfiles, name: str, keys: ProfileKeys) -> ResolvedProfile:
    """What is published under ``name``, whose keys are ``keys``.

    Raises `KeysChanged`, `EarlierProfile` where what is published was replaced, and as `Directory.profile`.
    """
    found = await context.directory.profile(name)
    if found.signed.profile.signing_key != keys.signing_public:
        found = await context.directory.profile(name, fresh=True)  # what is remembered may be older than they
    if found.signed.profile.signing_key != keys.signing_public:
        await require_in_force(context, found)
        raise KeysChanged(name)
    return found


class LinkedMailboxes:
    """Finds the mailboxes of profiles that are linked to this main profile."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._context = own.context
        self._held: dict[str, Mailbox] = {}
        self._looked_up: TimedCache[str, bool] = TimedCache(monotonic)
        self._back_off = BackOff()
        self._outdated: dict[str, bytes] = {}

    def held(self, link: Link) -> Mailbox | None:
        """The mailbox if it was found before, with the keys that the link has now."""
        mailbox = self._held.get(link.profile_name)
        if mailbox is None or self._is_outdated(link) or not _fits(mailbox, link):
            return None
        return mailbox

    def outdated(self, links: Iterable[Link]) -> tuple[str, ...]:
        """Which of the profiles were seen with other keys than those that their links have now."""
        return tuple(link.profile_name for link in links if self._is_outdated(link))

    def require_usable(self, link: Link) -> None:
        """Raises `KeysChanged` where the profile was seen with other keys than those that the link has."""
        if self._is_outdated(link):
            raise KeysChanged(link.profile_name)

    def _is_outdated(self, link: Link) -> bool:
        key = signing_key_of(link)
        return key is not None and self._outdated.get(link.profile_name) == key

    def sources(
        self, links: Iterable[Link], handle: Handle, told: Callable[[Dm3Error], None]
    ) -> tuple[list[Source], list[Late]]:
        """The mailboxes that are known, and the look-ups of those that are not, or not any more.

        ``told`` gets why one cannot be looked up now; the next call tries again.
        """
        ready, late = [], []
        for link in links:
            mailbox = self.held(link)
            if mailbox is not None:
                ready.append(Source(mailbox, handle))
            if self._is_due(link):
                late.append(asyncio.create_task(self._look_up(link, handle, told)))
        return ready, late

    async def find(self, link: Link) -> Mailbox:
        """Look the mailbox up. Raises `NotFound` without the profile's keys, and as `require_current`."""
        if link.profile_key is None:
            raise NotFound(f"the keys of {link.profile_name} are not held")
        keys = ProfileKeys.from_seed(link.profile_key)
        try:
            profile = await require_current(self._context, link.profile_name, keys)
        except KeysChanged:
            self._outdated[link.profile_name] = keys.signing_public
            self.drop(link.profile_name)
            raise
        self._outdated.pop(link.profile_name, None)
        held = self.held(link)
        if held is None or held.services != profile.signed.profile.delivery_services:
            reader = self._own.identity.reader_of(link.profile_name)
            held = Mailbox(
                self._context,
                link.profile_name,
                profile.signed,
                keys,
                reader,
                own=False,
                keys_refused=partial(self._look_at_keys, link.profile_name, keys),
            )
        self._held[link.profile_name] = held
        self._looked_up.put(link.profile_name, True, seconds=TTL)
        return held

    async def _look_at_keys(self, profile: str, keys: ProfileKeys) -> None:
        """A service refuses these keys. Raises `KeysChanged` where they are no longer those published."""
        self._context.directory.forget(profile)
        try:
            await require_current(self._context, profile, keys)
        except KeysChanged:
            self._outdated[profile] = keys.signing_public
            raise

    async def find_to_leave(self, link: Link | None) -> Mailbox | None:
        """As `find`; None where there is none that these keys open."""
        if link is None or link.profile_key is None:
            return None
        with suppress(KeysChanged):
            return await self.find(link)
        return None

    async def try_to_find(self, link: Link) -> Mailbox | Dm3Error:
        """As `find`, in bounded time and not again at once; what went wrong instead."""
        try:
            async with asyncio.timeout(self._context.directory.timeouts.lookup):
                found = await self.find(link)
        except TimeoutError:
            error: Dm3Error = Unreachable(f"{link.profile_name} cannot be looked up in time")
        except Dm3Error as found_out:
            error = found_out
        else:
            self._back_off.worked(_key(link))
            return found
        self._back_off.failed(_key(link), error)
        return error

    def _is_due(self, link: Link) -> bool:
        """Whether it is to be looked up (again) where the mailbox is."""
        due = self.held(link) is None or self._looked_up.get(link.profile_name) is None
        return due and not self._back_off.left(_key(link))

    async def _look_up(self, link: Link, handle: Handle, told: Callable[[Dm3Error], None]) -> Source | None:
        before = self.held(link)
        found = await self.try_to_find(link)
        if isinstance(found, Mailbox):
            return None if found is before else Source(found, handle)
        if before is None:
            told(found)
        return None

    async def open(self, link: Link, told: Callable[[Dm3Error], None]) -> bool:
        """Have the services of a linked profile keep messages for us, too; False if they are away."""
        try:
            await (await self.find(link)).open()
        except Dm3Error as error:
            told(error)
            return False
        return True

    async def leave(self, profile: str) -> None:
        """Have the services of ``profile`` keep nothing more for us."""
        mailbox = self.drop(profile)
        if mailbox is not None:
            await mailbox.leave()

    def drop(self, profile: str) -> Mailbox | None:
        """Forget the mailbox of ``profile``; returns it."""
        return self._held.pop(profile, None)


def signing_key_of(link: Link) -> bytes | None:
    """The public signing key that belongs to the keys held for ``link``; None without them."""
    return None if link.profile_key is None else ProfileKeys.from_seed(link.profile_key).signing_public


def _fits(mailbox: Mailbox, link: Link) -> bool:
    return mailbox.keys.signing_public == signing_key_of(link)


def _key(link: Link) -> tuple[str, bytes | None]:
    """Under which errors are noted: new keys are looked up at once."""
    return link.profile_name, signing_key_of(link)
