"""A delivery service that had to get new keys: who has looked the former ones up just now gets through."""

import pytest

from dm3.client.state.outbox_entry import OutboxState
from dm3.delivery import DeliverySettings
from dm3.hosting import DeliveryHost, Site, SiteSettings
from dm3.net import NetworkSettings
from dm3.resolver import DomainSettings, ResolverSettings
from tests.e2e.sdk_scene import APP, MAIN, World, line_of, new_wallet, texts, world_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def lose_keys(world: World) -> None:
    for name in ("service-keys.vault", "service-keys.pass"):
        (world.place.folder / MAIN / name).unlink()


async def start_with_new_keys(world: World) -> None:
    """Only the service starts again: what its resolver has published is behind."""
    before = world.place.sites[MAIN].delivery
    again = DeliveryHost(
        DeliverySettings(name=before.name),
        world.place.folder / MAIN,
        port=port_of(before.url),
        network=NetworkSettings(allow_private=True),
        new_keys=True,
    )
    await again.start(world.place.resolvers)
    world.place.sites[MAIN].delivery = again


async def start_site(world: World, *, new_keys: bool) -> None:
    """Resolver and service start on the ports that they had; what is published is what the service has."""
    before = world.place.sites[MAIN]
    site = Site(
        SiteSettings(
            folder=world.place.folder / MAIN,
            resolver=ResolverSettings(domains=(DomainSettings(name=MAIN),)),
            delivery=DeliverySettings(name=before.delivery.name),
            resolver_port=port_of(before.resolver.url),
            delivery_port=port_of(before.delivery.url),
            new_keys=new_keys,
        )
    )
    world.place.stack.push_async_callback(site.stop)
    await site.start(world.place.resolvers)
    world.place.sites[MAIN] = site


async def test_a_message_is_sealed_anew_for_the_keys_that_are_published_now(tmp_path):
    async with world_in(tmp_path) as world:
        alice, client = await world.alice(), await world.client()
        team = await client.create_profile(APP, new_wallet(), alias=world.team_name)
        await team.send(alice.name, "before")
        await world.place.sites[MAIN].stop()
        lose_keys(world)
        await start_site(world, new_keys=True)
        await team.send(alice.name, "after")
        assert await team.waiting() == []
        assert texts(await alice.sync()) == ["before", "after"]
        line = line_of(client)
        line.requests.clear()
        await team.send(alice.name, "and again")
        submissions = [one for one in line.requests if one.url.path == "/rpc" and b"submit" in one.content]
        assert len(submissions) == 1, "the new keys are remembered"


async def test_a_service_whose_new_keys_are_not_published_yet_is_waited_for(tmp_path):
    async with world_in(tmp_path) as world:
        alice, team = await world.alice(), await world.team()
        await team.send(alice.name, "before")
        await world.place.stop_delivery(MAIN)
        lose_keys(world)
        await start_with_new_keys(world)
        await team.send(alice.name, "after")
        waiting = await team.waiting()
        assert [entry.state for entry in waiting] == [OutboxState.WAITING], waiting
        assert waiting[0].last_code == "service-refused"
        await world.place.sites[MAIN].stop()
        await start_site(world, new_keys=False)
        world.clock.ahead += 3_600
        await team.sync()
        assert await team.waiting() == []
        assert texts(await alice.sync()) == ["before", "after"]
