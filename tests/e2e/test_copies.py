"""Copies and history travel by the linked profile's own mailbox, where its main profile reads that.

Specification 3.6.
"""

import re

import pytest
from msgspec.structs import replace

from dm3.protocol.linking import LinkState
from tests.e2e.sdk_scene import APP, MAIN, link, texts
from tests.e2e.test_sending import line_of_account
from tests.kit.inside import identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def submitted_to(world, account):
    """The sites whose delivery services an account has handed envelopes in at, since the last call."""
    ports = {site.delivery.url.rpartition(":")[2]: name for name, site in world.place.sites.items()}
    line = line_of_account(account)
    found = [
        ports[str(request.url.port)]
        for request in line.requests
        if request.url.path == "/rpc" and b"dm3_submitMessage" in request.content
    ]
    line.requests.clear()
    return found


async def test_what_a_linked_profile_writes_reaches_its_main_profile_by_its_own_mailbox(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    submitted_to(world, lsp)
    await lsp.send(team.name, "before")
    await link(alice, lsp, world.wallet)
    assert submitted_to(world, lsp).count(MAIN) == 1, "the request, and nothing after it"
    await lsp.send(team.name, "after")
    assert submitted_to(world, lsp) == [APP, APP]
    await alice.sync()
    assert texts(await alice.messages(team.name, profile=lsp.name)) == ["before", "after"]
    assert await lsp.sync() == [], "its own copy is no news"
    assert texts(await lsp.messages(team.name)) == ["before", "after"]
    assert texts(await team.sync()) == ["before", "after"]
    assert (await alice.refused(), await lsp.refused(), await alice.waiting()) == ([], [], [])


async def test_another_device_of_the_application_reads_them_too(world):
    alice, lsp = await world.linked()
    team = await world.team()
    elsewhere = await world.client()
    device = await elsewhere.recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
    await alice.sync()
    await device.sync()
    again = await elsewhere.lsp((await device.finish()).name)
    asking = await again.link_status()
    assert asking is not None
    assert asking.reads_ours
    await lsp.send(team.name, "from the first")
    assert texts(await again.sync()) == ["from the first"]
    await again.send(team.name, "from the second")
    assert texts(await lsp.sync()) == ["from the second"]
    await alice.sync()
    assert texts(await alice.messages(team.name, profile=lsp.name)) == ["from the first", "from the second"]


async def test_with_late_keys_copies_go_to_the_main_profile_until_it_is_seen_to_read(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    await lsp.send(team.name, "before")
    await link(alice, lsp, world.wallet, hand_over_after_accept=True)
    await alice.sync()
    assert [held.state for held in await alice.links()] == [LinkState.LINKED]
    submitted_to(world, lsp)
    await lsp.send(team.name, "not seen yet")
    assert sorted(submitted_to(world, lsp)) == [MAIN, APP]
    await team.sync()
    await alice.send_as(lsp.name, team.name, "from the inbox")
    await lsp.sync()
    submitted_to(world, lsp)
    await lsp.send(team.name, "seen")
    assert submitted_to(world, lsp) == [APP, APP]
    await alice.sync()
    said = texts(await alice.messages(team.name, profile=lsp.name))
    assert said == ["before", "not seen yet", "from the inbox", "seen"]


async def test_readers_names_tell_nothing_and_those_of_an_earlier_version_stay(world):
    alice, lsp = await world.alice(), await world.lsp()
    for name in (identity_of(alice).reader, identity_of(lsp).reader):
        assert re.fullmatch(r"[0-9a-f]{32}", name)
    assert re.fullmatch(r"[0-9a-f]{16}", identity_of(alice).reader_of(lsp.name))
    older = replace(identity_of(alice), reader="main-0123456789abcdef")
    assert re.fullmatch(r"main-[0-9a-f]{16}", older.reader_of(lsp.name))
