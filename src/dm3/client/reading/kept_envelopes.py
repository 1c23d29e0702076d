"""The envelopes of the waiting room in the vault, counted: bounds that no stranger moves.

Those that wait are bounded in number, bytes, and for one domain; what is beyond is not taken. Those that are
not verifiable are bounded as well: there the oldest make way, first those of the domain that has too many.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import domain_of, read_json
from dm3.model import Envelope
from dm3.store.vault import Change, Conflict, Vault
from dm3.wire import envelope_from

from ..state.kept_records import KeptEnvelope, KeptState, RoomTally, SealedEnvelope
from ..state.records import KEPT, SEALED, TALLIES

ATTEMPTS: Final = 8
"""How often a change is tried where another one comes in between."""


class Bounds(Struct, frozen=True):
    """How many envelopes, of how many bytes in all; one domain may have ``1 / share`` of both."""

    count: int
    size: int
    share: int

    def hold(self, tally: RoomTally, domain: str) -> bool:
        """Whether ``tally`` is within them, for ``domain``, too."""
        count, size = tally.domains.get(domain, (0, 0))
        within = tally.count <= self.count and tally.size <= self.size
        return within and count * self.share <= self.count and size * self.share <= self.size


BOUNDS: Final = {
    KeptState.WAITING: Bounds(2_000, 64 * 1024 * 1024, 10),
    KeptState.UNVERIFIED: Bounds(1_000, 32 * 1024 * 1024, 2),
}


class KeptEnvelopes:
    """What is kept for ``account``; the bounds are those of the whole vault."""

    def __init__(self, vault: Vault, account: str) -> None:
        self._vault = vault
        self._account = account
        self._busy = asyncio.Lock()

    async def all(self) -> list[KeptEnvelope]:
        """Everything that is kept for the account, oldest first."""
        return [kept.record for kept in await self._vault.entries(KEPT, section=self._account)]

    async def due(self, now: int, at_most: int) -> list[KeptEnvelope]:
        """What is to be looked at again at ``now`` (UNIX seconds), the longest due first."""
        tallies = [await self._vault.get(TALLIES, state) for state in KeptState]
        if not any(tally and tally.count for tally in tallies):
            return []
        due = [entry for entry in await self.all() if entry.next_at <= now]
        return sorted(due, key=lambda entry: entry.next_at)[:at_most]

    async def sealed(self, entry: KeptEnvelope) -> SealedEnvelope | None:
        """The envelope itself."""
        return await self._vault.get(SEALED, _key(entry))

    async def add(self, entry: KeptEnvelope, sealed: SealedEnvelope) -> bool:
        """Keep an envelope; one that is kept already stays as it is. False if there is no room."""
        async with self._busy:
            if await self._vault.get(KEPT, _key(entry)) is not None:
                return True
            if not await self._make_room(entry):
                return False
            return await self._commit(None, entry, sealed)

    async def change(self, before: KeptEnvelope, after: KeptEnvelope) -> None:
        """Keep ``after`` in the place of ``before``, unless another program has dealt with it meanwhile."""
        async with self._busy:
            if before.state is after.state or await self._make_room(after):
                await self._commit(before, after, None)

    async def remove(self, entry: KeptEnvelope) -> None:
        """Keep it no longer."""
        async with self._busy:
            await self._commit(entry, None, None)

    async def _make_room(self, entry: KeptEnvelope) -> bool:
        """Whether there is room for ``entry``; among what is not verifiable, the oldest make way."""
        bounds, domain = BOUNDS[entry.state], domain_of(entry.sender)
        tally = _plus((await self._tally(entry.state))[0], entry, 1)
        if bounds.hold(tally, domain):
            return True
        if entry.state is KeptState.WAITING:
            return False
        kept_here = [kept.record for kept in await self._vault.entries(KEPT)]
        old = [kept for kept in kept_here if kept.state is entry.state and _key(kept) != _key(entry)]
        for kept in sorted(old, key=lambda kept: domain_of(kept.sender) != domain):
            if bounds.hold(tally, domain):
                break
            await self._commit(kept, None, None)
            tally = _plus(tally, kept, -1)
        return bounds.hold(tally, domain)

    async def _commit(
        self, before: KeptEnvelope | None, after: KeptEnvelope | None, sealed: SealedEnvelope | None
    ) -> bool:
        for _ in range(ATTEMPTS):
            change, now, revision = self._vault.change(), None, 0
            if before is not None:
                kept = await self._vault.find(KEPT, _key(before))
                if kept is None:
                    return True  # another program has dealt with it
                now, revision = kept.record, kept.revision
            await self._count(change, now, after)
            if after is not None:
                key = _key(after)
                change.put(KEPT, key, after, section=self._account, expect=revision)
                if sealed is not None:
                    change.put(SEALED, key, sealed)
            elif before is not None:
                change.remove(KEPT, _key(before), expect=revision)
                change.remove(SEALED, _key(before))
            try:
                await self._vault.commit(change)
            except Conflict:
                continue
            return True
        raise Conflict()

    async def _count(self, change: Change, before: KeptEnvelope | None, after: KeptEnvelope | None) -> None:
        """Have the tallies changed within ``change``, whose commit fails where they were meanwhile."""
        if before is not None and after is not None and before.state is after.state:
            return
        for state in {entry.state for entry in (before, after) if entry is not None}:
            tally, revision = await self._tally(state)
            if before is not None and before.state is state:
                tally = _plus(tally, before, -1)
            if after is not None and after.state is state:
                tally = _plus(tally, after, 1)
            change.put(TALLIES, state, tally, expect=revision)

    async def _tally(self, state: KeptState) -> tuple[RoomTally, int]:
        kept = await self._vault.find(TALLIES, state)
        return (kept.record, kept.revision) if kept else (RoomTally(), 0)


def envelope_of(sealed: SealedEnvelope) -> Envelope:
    """The envelope as it came. Raises `MalformedData`."""
    return envelope_from(read_json(sealed.text, what="a kept envelope"))


def _plus(tally: RoomTally, entry: KeptEnvelope, sign: int) -> RoomTally:
    domain = domain_of(entry.sender)
    count, size = tally.domains.get(domain, (0, 0))
    share = (count + sign, size + sign * entry.size)
    others = {name: part for name, part in tally.domains.items() if name != domain}
    return replace(
        tally,
        count=tally.count + sign,
        size=tally.size + sign * entry.size,
        domains=others if share[0] <= 0 else {**others, domain: share},
    )


def _key(entry: KeptEnvelope) -> str:
    return f"{entry.account}|{entry.mailbox}|{entry.hash}"
