"""Two programs with one vault look at the same waiting room: what one has dealt with stays dealt with."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from dm3.client.reading.kept_envelopes import KeptEnvelopes
from dm3.client.state.kept_records import KeptEnvelope, KeptState, RoomTally, SealedEnvelope
from dm3.client.state.records import KEPT, TALLIES
from dm3.store.vault import Vault

ENTRY = KeptEnvelope(
    account="alice.eth",
    mailbox="alice.eth",
    hash="0x01",
    sender="bob.user.evil.eth",
    type="NEW",
    at=1,
    kept_at=1,
    until=1_000,
    size=100,
    state=KeptState.WAITING,
    reason="",
    sentence="",
    attempts=0,
    next_at=1,
)
LATER = replace(ENTRY, attempts=1, next_at=50)
JUDGED = replace(ENTRY, state=KeptState.UNVERIFIED, reason="no-profile")


@pytest.fixture
async def vault() -> AsyncIterator[Vault]:
    vault = Vault.in_memory()
    yield vault
    await vault.close()


async def tallied(vault: Vault) -> list[int]:
    tallies = [await vault.get(TALLIES, state) or RoomTally() for state in KeptState]
    return [tally.count for tally in tallies] + [tally.size for tally in tallies]


@pytest.mark.parametrize("after", [LATER, JUDGED], ids=["later", "judged"])
async def test_what_another_program_has_taken_in_does_not_come_back(
    vault: Vault, after: KeptEnvelope
) -> None:
    one, other = KeptEnvelopes(vault, "alice.eth"), KeptEnvelopes(vault, "alice.eth")
    assert await one.add(ENTRY, SealedEnvelope("{}", b"key"))
    await other.remove(ENTRY)
    await one.change(ENTRY, after)
    assert await vault.entries(KEPT) == []
    await one.remove(ENTRY)
    assert await tallied(vault) == [0, 0, 0, 0]


@pytest.mark.parametrize("end", ["remove", "judge"])
async def test_what_another_program_has_judged_is_counted_once(vault: Vault, end: str) -> None:
    one, other = KeptEnvelopes(vault, "alice.eth"), KeptEnvelopes(vault, "alice.eth")
    assert await one.add(ENTRY, SealedEnvelope("{}", b"key"))
    await other.change(ENTRY, JUDGED)
    if end == "judge":
        await one.change(ENTRY, JUDGED)
    assert sum(await tallied(vault)) == 1 + ENTRY.size
    await one.remove(ENTRY)
    assert await tallied(vault) == [0, 0, 0, 0]
