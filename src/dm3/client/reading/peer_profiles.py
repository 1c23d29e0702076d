"""What others have published, whose keys count, and what is taken back."""

from __future__ import annotations

from itertools import pairwise

from dm3.base import checked, normalize
from dm3.base.errors import NotFound
from dm3.protocol.linking import Disclosure, VerifiedRecord, verify_record
from dm3.protocol.names import ResolvedProfile

from ..state.context import Context
from ..state.records import IDENTITIES, SEEN
from .seen_profiles import PublishedProfile, is_in_force, take_back
from .unverified import UnverifiedMessages


@checked
class PeerProfiles:
    """Profiles of others, as published. From `Client.peers`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def profile(self, name: str, *, fresh: bool = False) -> ResolvedProfile:
        """The profile published under ``name``, verified to be its owner's; ``fresh`` asks anew.

        Raises `NotFound`, `MalformedData`, `BadSignature`, `InvalidName` or `Unreachable`.
        """
        return await self._context.directory.profile(name, fresh=fresh)

    async def published(self, name: str) -> PublishedProfile:
        """What is published under ``name`` now, and whether it is in force.

        Raises `NotFound`, `MalformedData`, `BadSignature`, `InvalidName` or `Unreachable`.
        """
        found = await self._context.directory.profile(name, fresh=True)
        return PublishedProfile(found, await is_in_force(self._context, found))

    async def key_changes(self, name: str) -> tuple[int, ...]:
        """When other keys than before were seen here under ``name``, in UNIX seconds, oldest first."""
        kept = await self._context.vault.get(SEEN, normalize(name))
        return tuple(
            later.first_at
            for before, later in pairwise(kept.seen if kept else ())
            if later.signing_key != before.signing_key
        )

    async def can_message(self, name: str) -> bool:
        """Whether somebody is published under ``name``, who can be written to. Asked anew each time.

        Raises `InvalidName`, `Unreachable` where that cannot be told now, and what is wrong with a profile
        that is published: `MalformedData`, `BadSignature` or `NotAuthentic`.
        """
        try:
            await self._context.directory.profile(name, fresh=True)
        except NotFound:
            return False
        return True

    async def take_back(self, name: str) -> ResolvedProfile:
        """Have a profile that was replaced, and is published again, count from now on (section 4).

        Compare fingerprints with its owner first: whoever has stolen the earlier keys publishes it, too.
        What waits for it goes out, and what is signed with it is taken in, with the next `Messenger.sync`.
        Raises `NotFound` or `LocalProtocolError` where there is nothing to decide, and as `published`.
        """
        taken = await take_back(self._context, name)
        for kept in await self._context.vault.entries(IDENTITIES):
            await UnverifiedMessages(self._context, kept.record.name).wake(taken.name)
        return taken

    async def verify_link(self, name: str, disclosure: Disclosure | None = None) -> VerifiedRecord:
        """Verify the published link record of ``name`` completely (specification 3.4).

        Raises `NotFound`, `MalformedData` or `LinkRefused`.
        """
        self._context.names.forget(name)
        inquiry = verify_record(normalize(name), self._context.seconds(), disclosure)
        return await self._context.directory.ask(inquiry)
