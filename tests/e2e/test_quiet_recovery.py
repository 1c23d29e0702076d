"""A normal recovery ends in no alarm: what the recovered device finds of earlier steps is no refusal."""

import asyncio

import pytest

from dm3.protocol.linking import OutgoingLinkState
from tests.e2e.sdk_scene import texts
from tests.kit import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def recovered(world, alice, lsp):
    """The profile on a new device."""
    client = await world.client()
    asked = asyncio.create_task(
        client.recover(lsp.name, world.wallet, main_name=alice.name, app=world.app, timeout=600)
    )
    while not asked.done():
        await alice.sync(wait=1)
        for request in await alice.link_requests():
            await alice.approve(request)
    return await eventually(asked)


async def test_a_recovered_device_has_nothing_to_complain_of(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "before")
    await lsp.sync()
    device = await recovered(world, alice, lsp)
    await team.send(lsp.name, "after")
    for account in (device, lsp, alice, device):
        await account.sync()
    assert "after" in texts(await device.messages(team.name))
    for account in (device, lsp, alice):
        assert [(one.type, one.sentence) for one in await account.refused()] == []
        assert account.errors == []


async def test_nor_has_one_whose_link_was_ended_and_made_anew_before(world):
    alice, lsp = await world.linked()
    await lsp.end_link()
    await alice.sync()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    [request] = await alice.link_requests()
    await alice.approve(request)
    await lsp.sync()
    device = await recovered(world, alice, lsp)
    await alice.sync()
    await device.sync()
    assert [(one.type, one.sentence) for one in await device.refused()] == []


async def test_nor_has_one_that_finds_steps_which_the_lost_device_never_read(world):
    """The mailbox holds an acceptance, its end, and the acceptance that is in force."""
    alice, lsp = await world.alice(), await world.lsp()
    for _ in range(2):
        if await alice.links():
            await alice.remove_link(lsp.name)
        await lsp.request_link(alice.name, world.wallet)
        await alice.sync()
        [request] = await alice.link_requests()
        await alice.approve(request)
    device = await recovered(world, alice, lsp)
    await alice.sync()
    await device.sync()
    assert [(one.type, one.sentence) for one in await device.refused()] == []
    assert (await device.link_status()).state is OutgoingLinkState.LINKED
    await lsp.sync()
    assert [(one.type, one.sentence) for one in await lsp.refused()] == []
