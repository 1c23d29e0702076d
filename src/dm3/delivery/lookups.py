"""Receivers and senders by their names, kept for a while: the two look-ups of every submission."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dm3.base import spellings_of
from dm3.base.errors import Dm3Error
from dm3.net import Directory
from dm3.net.cache import TimedCache
from dm3.protocol.delivery import Receiver, UnknownSender
from dm3.service import within
from dm3.store import Database
from dm3.store.delivery import registered
from dm3.wire import read_signed_profile

CACHE_ENTRIES: Final = 20_000
CACHE_BYTES: Final = 64 * 1024 * 1024
RECEIVER_SECONDS: Final = 10.0
"""A receiver who changed meanwhile is noticed by the store, which compares the profile's hash."""
UNKNOWN_RECEIVER_SECONDS: Final = 1.0
GAP_SECONDS: Final = 5.0
FRESH_SECONDS: Final = 5.0
"""A sender is looked up past the cache at most this often, however many wrong signatures come."""


def _remembering(clock: Callable[[], float]) -> TimedCache[str, Any]:
    return TimedCache(clock, max_entries=CACHE_ENTRIES, max_bytes=CACHE_BYTES)


class ReceiverLookup:
    """Mailboxes by their receivers' names."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._remembered: TimedCache[str, Receiver | None] = _remembering(clock)
        self._changes = 0

    async def find(self, name: str) -> Receiver | None:
        """The mailbox of ``name`` (in normal form), or None."""
        known = self._remembered.get(name)
        if known is not None:
            return known[0]
        changes = self._changes
        row = await self._database.read(lambda connection: registered(connection, name))
        found = None
        if row is not None:
            profile = read_signed_profile(row.profile).profile
            found = Receiver(row.mailbox, profile.encryption_key, row.profile_hash, row.name)
        if changes == self._changes:  # or what was read may be outdated already
            seconds = RECEIVER_SECONDS if found else UNKNOWN_RECEIVER_SECONDS
            self._remembered.put(name, found, seconds=seconds)
        return found

    def forget(self, name: str) -> None:
        """Ask the store again next time."""
        self._changes += 1
        for spelling in spellings_of(name):
            self._remembered.drop(spelling)


class SenderKeyLookup:
    """Signing keys of senders, from the directory; ``timeout`` is how long to wait for one, in seconds."""

    def __init__(self, directory: Directory, timeout: float, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._timeout = timeout
        self._gaps: TimedCache[str, UnknownSender] = _remembering(clock)
        self._refreshed: TimedCache[str, bool] = _remembering(clock)

    async def key(self, name: str, *, fresh: bool = False) -> bytes | UnknownSender:
        """The signing key of ``name`` (32 bytes), or why there is none."""
        gap = self._gaps.get(name)
        if gap is not None:
            return gap[0]
        if fresh:
            fresh = self._refreshed.get(name) is None
            self._refreshed.put(name, True, seconds=FRESH_SECONDS)
        try:
            resolved = await within(self._timeout, self._directory.profile(name, fresh=fresh))
        except TimeoutError:
            found = UnknownSender.UNREACHABLE
        except Dm3Error as error:
            # None, or none that its owner has signed. For everything else the sender is not at fault.
            found = UnknownSender.MISSING if error.definite else UnknownSender.UNREACHABLE
        else:
            return resolved.signed.profile.signing_key
        if not fresh:  # a key that is still in the directory's cache must stay in force
            self._gaps.put(name, found, seconds=GAP_SECONDS)
        return found
