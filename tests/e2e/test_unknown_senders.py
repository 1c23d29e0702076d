"""A sender who cannot be looked up is never the message's fault: it is kept, and looked at again."""

import pytest
import pytest_asyncio

from dm3.base import read_json
from dm3.base.errors import Unreachable
from dm3.client import Client
from dm3.client.reading.kept_envelopes import BOUNDS
from dm3.client.reading.waiting_room import LIFE
from dm3.client.state.kept_records import KeptState
from dm3.client.state.outbox_entry import OutboxState
from dm3.model import Draft
from dm3.net import Timeouts
from dm3.protocol.linking import OutgoingLinkState
from dm3.protocol.messages.composing import compose
from dm3.wire import data_uri
from tests.e2e.sdk_scene import APP, MAIN, new_wallet, sealed_for, submit, texts
from tests.kit.hostile import ANSWERS, Proxy, a_page, dripping, hanging
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
IMPATIENT = Timeouts(peer=0.5, lookup=0.5)


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(world):
    async with Proxy(world.resolvers[APP]) as before:
        yield before


async def alice_behind(world, proxy, tmp_path=None, **options):
    """Alice, who looks the names of the application up through ``proxy``."""
    resolvers = {**world.resolvers, APP: proxy.url}
    if tmp_path is not None:
        options = {"vault": tmp_path / "vault", "passphrase": "a passphrase", **options}
    world.place.resolvers, real = resolvers, world.resolvers
    try:
        client = await world.client(**options)
    finally:
        world.place.resolvers = real
    return await client.create_profile(MAIN, new_wallet(), alias=world.alice_name)


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_a_proxy_says_in_the_resolvers_place_loses_nothing(world, proxy, tmp_path, kind):
    alice, team = await alice_behind(world, proxy, tmp_path), await world.team()
    proxy.instead = ANSWERS[kind]
    await team.send(alice.name, "are you there?")
    assert await alice.sync() == []
    assert await alice.refused() == []
    [kept] = await alice.unverified()
    assert (kept.waits, kept.content, kept.sender) == (True, "are you there?", team.identity.shown_name)
    assert await alice.messages(team.name) == []
    proxy.instead = None
    world.clock.ahead += 10
    assert texts(await alice.sync()) == ["are you there?"]
    assert await alice.unverified() == []


async def test_a_link_request_waits_and_acts_once_it_verifies(world, proxy, tmp_path):
    resolver = world.resolvers[APP]
    assert resolver == proxy.behind
    world.place.resolvers, real = {**world.resolvers, APP: proxy.url}, world.resolvers
    try:
        client = await world.client(vault=tmp_path / "vault", passphrase="a passphrase")
    finally:
        world.place.resolvers = real
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    lsp = await world.lsp()
    proxy.instead = a_page(404)
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    assert (await alice.link_requests(), await alice.refused()) == ([], [])
    [kept] = await alice.unverified()
    assert kept.content is None
    proxy.instead = None
    world.clock.ahead += 10
    await alice.sync()
    [request] = await alice.link_requests()
    await alice.approve(request.profile_name)
    await lsp.sync()
    assert (await lsp.link_status()).state is OutgoingLinkState.LINKED


@pytest.mark.parametrize("trouble", [hanging, dripping])
async def test_a_domain_that_hangs_is_asked_once_and_holds_nobody_up(world, proxy, tmp_path, trouble):
    alice = await alice_behind(world, proxy, tmp_path, timeouts=IMPATIENT)
    team, other = await world.team(), await world.client()
    bob = await other.create_profile(MAIN, new_wallet())
    proxy.instead, proxy.seen = trouble, []
    for number in range(6):
        await team.send(alice.name, f"{number}")
    await bob.send(alice.name, "from elsewhere")
    assert texts(await alice.sync()) == ["from elsewhere"]
    asked = len(proxy.seen)
    assert asked <= 2
    for _ in range(3):
        await alice.sync()
    assert len(proxy.seen) == asked  # the domain has its pause
    assert len(await alice.unverified()) == 6
    proxy.instead = None
    world.clock.ahead += 20
    assert sorted(texts(await alice.sync())) == [f"{number}" for number in range(6)]


async def test_without_a_vault_on_disk_it_stays_at_the_service(world, proxy):
    alice, team = await alice_behind(world, proxy), await world.team()
    proxy.instead = a_page(403)
    await team.send(alice.name, "hello")
    assert await alice.sync() == []
    assert any(isinstance(trouble, Unreachable) for trouble in alice.errors)
    assert (await alice.unverified(), await alice.refused()) == ([], [])
    proxy.instead = None
    world.clock.ahead += 10
    assert texts(await alice.sync()) == ["hello"]


async def test_where_the_room_is_full_it_stays_at_the_service(world, proxy, tmp_path, monkeypatch):
    bounds = {**BOUNDS, KeptState.WAITING: BOUNDS[KeptState.WAITING].__class__(20, 1_000_000, 10)}
    monkeypatch.setattr("dm3.client.reading.kept_envelopes.BOUNDS", bounds)
    alice, team = await alice_behind(world, proxy, tmp_path), await world.team()
    proxy.instead = a_page(200)
    for number in range(3):
        await team.send(alice.name, f"{number}")
    await alice.sync()
    assert len(await alice.unverified()) == 2  # a tenth is for one domain
    assert "full" in str(alice.errors[-1])
    proxy.instead = None
    world.clock.ahead += 10
    assert sorted(texts([*await alice.sync(), *await alice.sync()])) == ["0", "1", "2"]


async def test_a_definite_no_is_kept_and_shown_apart_and_never_answered(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "vault", passphrase="a passphrase", send_receipts=True)
    team = await world.team()
    stranger = await sealed_for(team, context_of(alice), alice.name, _text(team, alice, f"nobody.user.{APP}"))
    await submit(context_of(alice), stranger, f"ds.{MAIN}")
    assert await alice.sync() == []
    assert (await alice.conversations(), await alice.refused(), await alice.waiting()) == ([], [], [])
    [kept] = await alice.unverified()
    assert (kept.waits, kept.reason, kept.content) == (False, "no-profile", "not from me")
    await alice.discard_unverified(kept.hash[:10])
    assert await alice.unverified() == []


def _text(team, alice, name):
    draft = Draft(
        to=alice.name, from_=name, timestamp=context_of(alice).milliseconds(), content="not from me"
    )
    return compose(draft, identity_of(team).keys.signing_private).text


async def test_when_the_time_is_over_it_is_not_verifiable(world, proxy, tmp_path):
    alice, team = await alice_behind(world, proxy, tmp_path), await world.team()
    proxy.instead = a_page(502)
    await team.send(alice.name, "hello")
    await alice.sync()
    world.clock.ahead += LIFE + 10
    await alice.sync()
    [kept] = await alice.unverified()
    assert (kept.waits, kept.reason, kept.content) == (False, "time-over", "hello")


async def test_a_bad_signature_is_refused_as_ever(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "vault", passphrase="a passphrase")
    team, mallory = await world.team(), await (await world.client()).create_profile(APP, new_wallet())
    forged = await sealed_for(mallory, context_of(alice), alice.name, _text(mallory, alice, team.name))
    await submit(context_of(alice), forged, f"ds.{MAIN}")
    await alice.sync()
    [refused] = await alice.refused()
    assert (refused.reason, await alice.unverified()) == ("bad-signature", [])


async def test_what_was_on_its_way_when_the_sender_changed_keys_is_shown_so(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "vault", passphrase="a passphrase")
    lsp = await world.lsp()
    await lsp.send(alice.name, "first")
    await alice.sync()
    await lsp.send(alice.name, "on its way")
    await lsp.rotate_keys()
    context_of(alice).directory.forget(lsp.name)
    await alice.sync()
    [kept] = await alice.unverified()
    assert (kept.reason, kept.content, kept.waits) == ("earlier-keys", "on its way", False)
    assert await alice.refused() == []


async def test_what_was_on_its_way_when_an_alias_was_given_up_is_shown_so(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "vault", passphrase="a passphrase")
    team = await world.team()
    await team.send(alice.name, "on its way")
    resolver = context_of(team).resolver_for(world.team_name)
    await resolver.remove_alias(world.team_name, identity_of(team).keys.signing_private)
    await alice.sync()
    [kept] = await alice.unverified()
    assert (kept.reason, kept.content) == ("no-profile", "on its way")


async def test_a_replaced_profile_that_is_served_again_counts_for_nothing_until_it_is_taken_back(
    world, tmp_path
):
    alice = await world.alice(vault=tmp_path / "vault", passphrase="a passphrase")
    lsp = await world.lsp()
    await lsp.send(alice.name, "first")
    await alice.sync()
    context, former, stolen = context_of(alice), lsp.identity.signed.text, identity_of(lsp).keys
    await lsp.rotate_keys()
    context.directory.forget(lsp.name)
    await alice.send(lsp.name, "for the new keys")
    assert await alice.waiting() == []

    real = context.directory.names
    liar = type("Liar", (), {"__getattr__": lambda _, name: getattr(real, name)})()
    liar.text = lambda name, key: _former(real, name, key, lsp.name, former)
    context.directory.names = liar
    context.directory.forget(lsp.name)
    world.clock.ahead += 700
    entry = await alice.entry_of(await alice.send(lsp.name, "for nobody"))
    assert (entry.state, entry.last_code) == (OutboxState.WAITING, "earlier-profile")
    draft = Draft(to=alice.name, from_=lsp.name, timestamp=context.milliseconds(), content="by the thief")
    forged = await sealed_for(lsp, context, alice.name, compose(draft, stolen.signing_private).text)
    await submit(context, forged, f"ds.{MAIN}")
    await alice.sync()
    [kept] = await alice.unverified()
    assert (kept.reason, kept.content) == ("earlier-keys", "by the thief")
    client = Client(context)
    assert not (await client.peers.published(lsp.name)).in_force
    await client.peers.take_back(lsp.name)
    assert (await client.peers.published(lsp.name)).in_force
    world.clock.ahead += 10
    assert texts(await alice.sync()) == ["by the thief"]


async def _former(real, name, key, whose, text):
    if (name, key) == (whose, "network.dm3.profile"):
        return data_uri(read_json(text))
    return await real.text(name, key)
