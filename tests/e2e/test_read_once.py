"""What a sync looks at, it looks at once: links, requests, and whose keys a sender has."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dm3.client.reading.receiving import verify_sender
from dm3.client.state.records import LINKS, REQUESTS, SEEN
from dm3.store.vault import Vault
from tests.e2e.sdk_scene import texts
from tests.kit.inside import context_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

MESSAGES = 6


def counted(monkeypatch: pytest.MonkeyPatch, vault: Vault) -> Counter[str]:
    """How often records of each type are read from now on, one by one or as a list."""
    reads: Counter[str] = Counter()
    find, entries = vault.find, vault.entries

    async def find_counted(record_type: Any, key: str) -> Any:
        reads[f"one {record_type.name}"] += 1
        return await find(record_type, key)

    async def entries_counted(record_type: Any, **which: Any) -> Any:
        reads[f"all {record_type.name}"] += 1
        return await entries(record_type, **which)

    monkeypatch.setattr(vault, "find", find_counted)
    monkeypatch.setattr(vault, "entries", entries_counted)
    return reads


async def test_links_and_requests_are_read_once_in_a_sync_and_each_sender_is_verified_once(
    world, monkeypatch
):
    (alice, lsp), team = await world.linked(), await world.team()
    await alice.sync()
    for number in range(MESSAGES):
        await team.send(alice.name, f"to her {number}")
        await team.send(lsp.name, f"to the profile {number}")
    with monkeypatch.context() as patched:
        reads = counted(patched, context_of(alice).vault)
        verified: Counter[str] = Counter()

        async def verify_counted(context: Any, message: Any) -> Any:
            verified[message.from_] += 1
            return await verify_sender(context, message)

        patched.setattr("dm3.client.reading.receiving.verify_sender", verify_counted)
        got = await alice.sync()
    assert len(got) == 2 * MESSAGES
    assert reads[f"all {LINKS.name}"] == 1
    assert reads[f"all {REQUESTS.name}"] == 1
    assert verified == {team.name: 1}
    assert reads[f"one {SEEN.name}"] <= 3, "the sender's, and those of the mailboxes that are looked up"


async def test_a_link_that_is_made_or_ended_within_a_sync_counts_at_once(world):
    alice, lsp = await world.alice(), await world.lsp()
    team = await world.team()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    await team.send(lsp.name, "once linked")
    assert texts(await alice.sync()) == ["once linked"]
    await alice.remove_link(lsp.name)
    await team.send(lsp.name, "no longer")
    assert await alice.sync() == []


async def test_a_sender_that_changes_its_keys_within_a_sync_is_verified_anew(world, monkeypatch):
    alice, lsp = await world.alice(), await world.lsp()
    await lsp.send(alice.name, "before")
    await alice.sync()
    await lsp.rotate_keys()
    await lsp.send(alice.name, "after")
    assert texts(await alice.sync()) == ["after"]
    assert await alice.unverified() == []
