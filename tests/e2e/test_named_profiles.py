"""Main profiles that live under an ENS name alone, without any resolver of dm3: published by their owner."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

import dm3
from dm3.base.errors import ConfigurationError, InvalidInput, LocalProtocolError, NotFound
from dm3.client.profiles.activation import NotFoundByService
from dm3.client.profiles.ens_names import NotPublished, NotYourName
from dm3.client.state.identity import Stage
from dm3.crypto import KeyWallet, WalletKey
from dm3.delivery import DeliverySettings
from dm3.hosting import DeliveryHost, ResolverHost
from dm3.model import RecordKey
from dm3.net import NetworkSettings
from dm3.protocol.ens.publishing import CannotPublish
from dm3.resolver import DomainSettings, ResolverSettings
from tests.e2e.cli_scene import Person
from tests.e2e.ens_scene import APP
from tests.e2e.sdk_scene import CountingWallet
from tests.kit.inside import identities_of, identity_of
from tests.unit.people import digest

POST, BLIND = "post.eth", "blind.eth"
PAGE = dm3.App(APP, "https://myapp.example", (POST,))


def wallet_of(label):
    return KeyWallet(WalletKey(digest(f"key of {label}")))


@pytest.fixture(scope="module")
def postal(ens):
    """The names of two delivery services are registered."""
    for name in (POST, BLIND):
        ens.create(name)
    return ens


class World:
    """An application's resolver, a delivery service that knows the chain only, and clients of both."""

    def __init__(self, ens, folder, stack):
        self.ens, self._folder, self._stack = ens, folder, stack
        self._chain = {"rpc_url": ens.chain.url, "ens_registry": ens.registry}

    async def serve(self):
        (self._folder / APP).mkdir()
        app = self.ens.app
        settings = ResolverSettings(domains=(DomainSettings(name=APP, resolver_contract=app.contract),))
        self.resolver = ResolverHost(settings, self._folder / APP, port=app.port, signer=app.signer)
        self._stack.push_async_callback(self.resolver.stop)
        await self.resolver.start()
        urls = (self.ens.chain.url,)
        await self.post(
            POST, NetworkSettings(rpc_urls=urls, ens_registry=self.ens.registry, allow_private=True)
        )

    async def post(self, name, network):
        """A delivery service that is published on the chain."""
        (self._folder / name).mkdir()
        host = DeliveryHost(DeliverySettings(name=name), self._folder / name, network=network)
        self._stack.push_async_callback(host.stop)
        await host.start({})
        record = (await host.record()).texts[RecordKey.DELIVERY_SERVICE]
        self.ens.set_text(name, RecordKey.DELIVERY_SERVICE, record)

    async def client(self, resolvers=None, **options):
        opened = await dm3.connect(resolvers or {}, allow_private=True, **{**self._chain, **options})
        return await self._stack.enter_async_context(opened)

    def publish(self, publication):
        for transaction in publication.transactions:
            self.ens.chain.transact(transaction.to, transaction.data)


@asynccontextmanager
async def opened_world(ens, folder):
    async with AsyncExitStack() as stack:
        world = World(ens, folder, stack)
        await world.serve()
        yield world


async def test_a_profile_lives_under_its_own_name_alone(postal, tmp_path):
    wallet = CountingWallet(wallet_of("grace"))
    postal.create("grace.eth")
    async with opened_world(postal, tmp_path) as world:
        phone = await world.client(vault=tmp_path / "vault", passphrase="of grace")
        made = await phone.ens.create_profile("Grace.eth", wallet, delivery_services=(POST,))
        assert (made.names, made.stage, len(wallet.asked)) == (("grace.eth",), Stage.KEYS_MADE, 2)
        # Once more goes on with it; before it is published nobody else can be told.
        assert await phone.ens.create_profile("grace.eth", wallet, delivery_services=(POST,)) == made
        assert len(wallet.asked) == 2
        with pytest.raises(NotPublished, match=r"grace\.eth has no profile yet") as refused:
            await phone.messenger("grace.eth")
        assert "turn of the name's owner: dm3 profile publish" in refused.value.hint
        with pytest.raises(CannotPublish, match="points to no address"):
            await phone.ens.prepare_publication("grace.eth", "grace.eth")
        publication = await phone.ens.prepare_publication("grace.eth", "grace.eth", set_address=True)
        assert len(publication.transactions) == 2
        world.publish(publication)
        messenger = await phone.messenger("grace.eth")
        assert (messenger.name, messenger.identity.stage) == ("grace.eth", Stage.READY)
        again = await phone.ens.prepare_publication("grace.eth", "grace.eth")
        assert again.transactions == ()
        await messenger.use_name("grace.eth")
        assert messenger.identity.aliases == ()

        # It is written to, answers, and takes in the profile of an application.
        web = await world.client(world.resolver.domains)
        lsp = await web.create_lsp(PAGE, wallet)
        await lsp.send("grace.eth", "Hello on the chain")
        await messenger.sync()
        [conversation] = await messenger.conversations()
        await messenger.send(conversation.peer, "Hello from it")
        await lsp.sync()
        assert [(one.content, one.peer) for one in await lsp.messages("grace.eth")] == [
            ("Hello on the chain", "grace.eth"),
            ("Hello from it", "grace.eth"),
        ]
        await lsp.request_link("grace.eth", wallet)
        await messenger.sync()
        await messenger.approve(lsp.name)
        await lsp.sync()
        link = await lsp.link_status()
        assert link is not None
        assert (link.state, link.main_name) == ("linked", "grace.eth")
        assert (await web.peers.verify_link(lsp.name, await lsp.disclosure())).main == "grace.eth"

        # Another process of hers gives the keys back to a new device.
        await phone.close()
        phone = await world.client(vault=tmp_path / "vault", passphrase="of grace")
        messenger = await phone.messenger("grace.eth")
        elsewhere = await world.client(world.resolver.domains)
        device = await elsewhere.recoveries.begin(PAGE, lsp.name, "grace.eth", wallet)
        await messenger.sync()
        await device.sync()
        recovered = await device.finish()
        assert recovered is not None
        assert recovered.name == lsp.name
        assert identity_of(await elsewhere.lsp(lsp.name)).seed == identity_of(lsp).seed

        # No resolver keeps a link record of hers: said at once, and not found out later.
        with pytest.raises(LocalProtocolError, match="no resolver keeps its link record"):
            await messenger.request_link("alice.eth", wallet)


async def test_a_second_device_makes_the_same_profile_and_finds_it_published(postal, tmp_path):
    wallet = wallet_of("heidi")
    postal.create("heidi.eth")
    async with opened_world(postal, tmp_path) as world:
        first, second = await world.client(), await world.client()
        made = await first.ens.create_profile("heidi.eth", wallet, delivery_services=(POST,))
        world.publish(await first.ens.prepare_publication("heidi.eth", "heidi.eth", set_address=True))
        await first.messenger("heidi.eth")
        same = await second.ens.create_profile("heidi.eth", wallet, delivery_services=(POST,))
        assert same.signed == made.signed
        [ours], [theirs] = await identities_of(first), await identities_of(second)
        assert ours.reader != theirs.reader
        messenger = await second.messenger("heidi.eth")
        # Either device is a reader of its own: both get what comes.
        web = await world.client(world.resolver.domains)
        await (await web.create_lsp(PAGE, wallet)).send("heidi.eth", "to both")
        for device in (await first.messenger("heidi.eth"), messenger):
            assert [one.content for one in await device.sync()] == ["to both"]


async def test_names_that_lead_elsewhere_are_told_from_names_that_lead_nowhere(postal, tmp_path):
    wallet, other = wallet_of("ivan"), wallet_of("somebody else")
    async with opened_world(postal, tmp_path) as world:
        client = await world.client()
        made = await client.ens.create_profile("ivan.eth", wallet, delivery_services=(POST,))
        with pytest.raises(NotPublished):  # not even registered
            await client.messenger("ivan.eth")
        with pytest.raises(NotFound, match="not in the ENS registry"):
            await client.ens.prepare_publication("ivan.eth", "ivan.eth")
        postal.create("ivan.eth")
        postal.set_text("ivan.eth", RecordKey.PROFILE, f"data:application/json,{made.signed}")
        with pytest.raises(NotYourName, match="points to no address"):
            await client.messenger("ivan.eth")
        postal.set_address("ivan.eth", other.address)
        with pytest.raises(NotYourName, match=f"points to {other.address}") as refused:
            await client.messenger("ivan.eth")
        assert "--set-address" in refused.value.hint
        # The former owner's profile, and what is no profile at all.
        postal.set_address("ivan.eth", wallet.address)
        stranger = await world.client()
        theirs = await stranger.ens.create_profile("ivan.eth", other, delivery_services=(POST,))
        for record in (f"data:application/json,{theirs.signed}", "data:application/json,{}"):
            postal.set_text("ivan.eth", RecordKey.PROFILE, record)
            with pytest.raises(NotYourName, match="something else as its profile") as refused:
                await client.messenger("ivan.eth")
            assert "Publish this profile under the name" in refused.value.hint
        [kept] = await client.profiles()
        assert kept == made


async def test_what_cannot_work_is_refused_before_a_wallet_is_asked(postal, tmp_path):
    wallet = CountingWallet(wallet_of("judy"))
    async with opened_world(postal, tmp_path) as world:
        client = await world.client(world.resolver.domains)

        async def create(name="judy.eth", services=(POST,), within=client):
            await within.ens.create_profile(name, wallet, delivery_services=services)

        with pytest.raises(InvalidInput, match="needs a delivery service"):
            await create(services=())
        with pytest.raises(NotFound, match=r"nowhere\.eth"):
            await create(services=("nowhere.eth",))
        with pytest.raises(InvalidInput, match=f"belongs to the resolver of {APP}") as refused:
            await create(f"judy.user.{APP}")
        assert "--alias" in refused.value.hint
        unchained = await world.client(rpc_url=None)
        with pytest.raises(ConfigurationError, match="no node of it is configured") as missing:
            await create(within=unchained)
        assert "--rpc-url" in missing.value.hint
        assert (wallet.asked, await client.profiles()) == ([], [])

        # In one vault, a name is of one profile, and a profile has one mailbox.
        await create()
        main = await client.create_profile(APP, wallet_of("judy's second"), delivery_services=(POST,))
        with pytest.raises(InvalidInput, match="is this profile already") as twice:
            await client.ens.create_profile(
                "judys.eth", wallet_of("judy's second"), delivery_services=(POST,)
            )
        assert twice.value.hint.endswith(f"--name judys.eth {main.identity.name}")
        with pytest.raises(InvalidInput, match="belongs to the resolver"):
            await create(main.identity.name)


async def test_a_profile_can_be_made_anew_until_it_is_in_use(postal, tmp_path):
    wallet = wallet_of("kim")
    postal.create("kim.eth")
    async with opened_world(postal, tmp_path) as world:
        await world.post(BLIND, NetworkSettings(allow_private=True))
        vault = {"vault": tmp_path / "vault", "passphrase": "of kim"}
        client = await world.client(**vault)
        await client.ens.create_profile("kim.eth", wallet, delivery_services=(POST, BLIND))
        world.publish(await client.ens.prepare_publication("kim.eth", "kim.eth", set_address=True))
        # One of its delivery services does not look names up on the chain: whose turn it is, is said.
        with pytest.raises(NotFoundByService, match=r"kim\.eth is published") as refused:
            await client.messenger("kim.eth")
        assert "operator has to name a node" in refused.value.hint
        [kept] = await client.profiles()
        assert kept.stage is Stage.ALIAS_CLAIMED
        # Its owner may also do without that one, which has to be published again.
        await client.ens.create_profile("kim.eth", wallet, delivery_services=(POST,))
        with pytest.raises(NotYourName, match="a profile of its own"):
            await client.messenger("kim.eth")
        await client.close()
        # What was begun with a chain does not go on without one.
        unchained = await world.client(rpc_url=None, **vault)
        with pytest.raises(ConfigurationError, match="no node of it is configured"):
            await unchained.messenger("kim.eth")
        await unchained.close()
        client = await world.client(**vault)
        world.publish(await client.ens.prepare_publication("kim.eth", "kim.eth"))
        messenger = await client.messenger("kim.eth")
        assert messenger.identity.signed.profile.delivery_services == (POST,)
        # Once it is in use it stays as it is.
        with pytest.raises(InvalidInput, match=f"in use in this vault: .* at {POST}"):
            await client.ens.create_profile("kim.eth", wallet, delivery_services=(POST, BLIND))


async def test_the_whole_way_at_the_command_line(postal, tmp_path):
    postal.create("mia.eth")
    postal.give("mia.eth", wallet_of("mia").address)
    (tmp_path / "mia.txt").write_text(digest("key of mia").hex())
    mia = Person(
        tmp_path / "mia",
        rpc_url=postal.chain.url,
        ens_registry=postal.registry,
        allow_private_addresses="yes",  # the application's gateway is on this machine
    )
    create = ("profile", "create", "--name", "mia.eth", "--delivery-service", POST)
    async with opened_world(postal, tmp_path) as world:

        async def run(*words):
            return await asyncio.to_thread(mia.run_here, *words)

        async def must(*words):
            return await asyncio.to_thread(mia.must_here, *words)

        await must("wallet", "import", "--key-file", str(tmp_path / "mia.txt"))
        assert (await run(*create, "--alias", "mia.user.dm3.eth")).code == 3
        assert (await run(*create[:4])).code == 3
        told = await run(*create)
        assert told.code == 0
        assert "Not in use yet. Next, have it published: dm3 profile publish --name mia.eth" in told.err
        made = await must(*create)
        assert (made["name"], made["stage"], made["deliveryServices"]) == ("mia.eth", "keys-made", [POST])
        early = await run("inbox", "--json")
        assert (early.code, early.data["error"]["code"]) == (5, "not-published")
        # Beside another profile, the one that was made for the name is meant.
        await must("wallet", "create", "second")
        await must(
            "profile", "create", "--name", "second.eth", "--delivery-service", POST, "--wallet", "second"
        )
        publish = ("profile", "publish", "--name", "mia.eth", "--set-address")
        assert len((await must(*publish, "--dry-run"))["transactions"]) == 2
        done = await must(*publish, "--yes")
        assert (len(done["transactions"]), done["inUse"], done["useError"]) == (2, True, None)
        shown = await must("profile", "show", "mia.eth")
        assert (shown["stage"], shown["aliases"]) == ("ready", [])

        web = await world.client(world.resolver.domains)
        lsp = await web.create_lsp(PAGE, wallet_of("mia"))
        await lsp.send("mia.eth", "Hello")
        await lsp.request_link("mia.eth", wallet_of("mia"))
        inbox = await must("inbox", "--profile", "mia.eth")
        assert [row["peer"] for row in inbox["conversations"]] == [lsp.name]
        await must("link", "approve", lsp.name, "--profile", "mia.eth")
        await lsp.sync()
        link = await lsp.link_status()
        assert link is not None
        assert (link.state, link.main_name) == ("linked", "mia.eth")
