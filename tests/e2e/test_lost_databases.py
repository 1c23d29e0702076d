"""A delivery service that has lost its database: its profiles register again by themselves."""

import pytest

from dm3.client import Account
from tests.e2e.sdk_scene import APP, MAIN, World, link, texts, world_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lose(world: World, domain: str) -> None:
    """The service loses all that it has kept, and goes on with its keys."""
    await world.place.stop_delivery(domain)
    for file in (world.place.folder / domain).glob("delivery.sqlite*"):
        file.unlink()
    await world.place.start_delivery(domain)


async def is_reached(sender: Account, receiver: Account, text: str) -> None:
    await sender.send(receiver.name, text)
    assert await sender.waiting() == []
    assert texts(await receiver.sync()) == [text]


async def test_a_main_profile_is_reached_again_under_all_its_names(tmp_path):
    async with world_in(tmp_path) as world:
        alice, team = await world.alice(), await world.team()
        await is_reached(team, alice, "before")
        await lose(world, MAIN)
        assert await alice.sync() == []
        assert alice.errors == []
        await is_reached(team, alice, "after")
        await team.send(alice.identity.name, "by the address name")
        assert texts(await alice.sync()) == ["by the address name"]
        # The reader is the one that it was: what it has acknowledged is gone.
        assert await alice.sync() == []


async def test_linked_profiles_are_registered_by_their_main_one_too(tmp_path):
    async with world_in(tmp_path) as world:
        alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
        await link(alice, lsp, world.wallet)
        await lose(world, APP)
        assert await alice.sync() == []
        assert alice.errors == []
        await team.sync()
        await lsp.sync()  # its own device is a reader again once it has looked in
        await is_reached(team, lsp, "to the application")
        assert texts(await alice.sync()) == ["to the application"]
