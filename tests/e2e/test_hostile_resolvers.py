"""Resolvers that lie about people's names: no key goes to whom they lead to, and no message is lost by it."""

import pytest
import pytest_asyncio

from dm3.base.errors import BadSignature, NotFound
from dm3.client.linking import AnotherOwner
from dm3.client.reading.waiting_room import SAID_NO
from tests.e2e.sdk_scene import APP, MAIN, CountingWallet, new_wallet, texts
from tests.kit.hostile import HostileResolver, Lie
from tests.kit.inside import context_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
REFUSALS = {
    Lie.HER_PROFILE: BadSignature,
    Lie.HER_NAME: AnotherOwner,
    Lie.NO_RECORDS: NotFound,
    Lie.NOBODY: NotFound,
}


@pytest_asyncio.fixture(loop_scope="module")
async def mallory(world):
    client = await world.client()
    return await client.create_profile(MAIN, new_wallet(), alias=f"mallory{world.number}.user.{MAIN}")


async def behind(world, domain, liar, **options):
    """A client that looks the names of ``domain`` up at a liar."""
    real, world.place.resolvers = world.resolvers, {**world.resolvers, domain: liar.url}
    try:
        return await world.client(**options)
    finally:
        world.place.resolvers = real


@pytest.mark.parametrize("lie", Lie)
async def test_keys_go_to_nobody_to_whom_a_liar_leads(world, mallory, lie):
    alice = await world.alice()
    async with HostileResolver(world.resolvers[MAIN], mallory.name) as liar:
        lsp = await (await behind(world, MAIN, liar)).create_lsp(world.app, world.wallet)
        liar.lie, liar.about = lie, lambda name: name == alice.name
        wallet = CountingWallet(world.wallet)
        with pytest.raises(REFUSALS[lie]):
            await lsp.request_link(alice.name, wallet)
        assert wallet.asked == []
        assert await lsp.link_status() is None
        await mallory.sync()
        assert (await mallory.link_requests(), await mallory.refused()) == ([], [])


@pytest.mark.parametrize("lie", Lie)
async def test_what_comes_while_a_resolver_lies_about_its_sender_is_kept(world, mallory, tmp_path, lie):
    team = await world.team()
    async with HostileResolver(world.resolvers[APP], mallory.name) as liar:
        client = await behind(world, APP, liar, vault=tmp_path / "vault", passphrase="a passphrase")
        alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
        liar.lie, liar.about = lie, lambda name: name == team.name
        await team.send(alice.name, "are you there?")
        assert await alice.sync() == []
        assert await alice.refused() == []
        [kept] = await alice.unverified()
        assert kept.content == "are you there?"
        liar.lie = None
        world.clock.ahead += SAID_NO
        context_of(client).directory.forget(team.name)
        assert texts(await alice.sync()) == ["are you there?"]
        assert await alice.unverified() == []
