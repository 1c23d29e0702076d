"""Contract wallets on a real chain: who signed (ERC-1271, ERC-6492), and profiles that they own."""

import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from dm3.base.errors import BadSignature, CannotTell, ServiceRefused, Unreachable
from dm3.client import App, connect
from dm3.client.profiles.keys import NotAKeyWallet
from dm3.delivery import DeliverySettings
from dm3.hosting import Site, SiteSettings
from dm3.net import ChainWalletVerifier, JsonRpcChain, NetworkSettings
from dm3.protocol.linking import OutgoingLinkState, Reason
from dm3.protocol.wallets.chain import CallReverted
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from dm3.protocol.wallets.wallet_check import WALLET_CHECK
from dm3.resolver import DomainSettings, ResolverSettings
from dm3.service import Server
from tests.development_chain import calldata, development_chain
from tests.e2e.wallet_scene import ContractWallet, Workshop, contracts, key
from tests.kit import open_client
from tests.kit.inside import context_of, identity_of
from tests.npm import NpmUnavailable, skip_or_fail

pytestmark = pytest.mark.interop

TEXT = "Is it you? ✓"
OWNER, OTHER = key("the owner"), key("somebody else")
YES = bytes.fromhex("1626ba7e").ljust(32, b"\0")
APP = App("myapp.eth", "https://myapp.example", ("ds.dm3.eth",))


@pytest.fixture(scope="module")
def workshop():
    try:
        contracts()
        with development_chain() as chain:
            yield Workshop(chain)
    except NpmUnavailable as error:
        skip_or_fail("the development chain is", error)


@pytest.fixture
async def verifier(workshop):
    async with JsonRpcChain(workshop.chain.url) as chain:
        yield ChainWalletVerifier(chain)


def test_the_check_in_the_package_is_compiled_from_its_source():
    try:
        assert contracts()["WalletCheck"] == WALLET_CHECK, "run: python -m tests.solidity"
    except NpmUnavailable as error:
        skip_or_fail("solc is", error)


# --- who signed -------------------------------------------------------------------------------


async def test_a_deployed_wallet_speaks_for_itself(workshop, verifier):
    wallet = workshop.keyed(OWNER)
    assert await verifier.signed(wallet.address, TEXT, wallet.sign_bare(TEXT))
    assert await verifier.signed(wallet.address.lower(), TEXT, wallet.sign_bare(TEXT))
    assert not await verifier.signed(wallet.address, TEXT + " ", wallet.sign_bare(TEXT))
    assert not await verifier.signed(wallet.address, TEXT, OTHER.sign_now(TEXT))
    # What its key signs is not the key's own word, nor another wallet's.
    assert not await verifier.signed(OTHER.address, TEXT, wallet.sign_bare(TEXT))
    assert not await verifier.signed(workshop.keyed(OTHER).address, TEXT, wallet.sign_bare(TEXT))


async def test_a_signature_may_be_of_any_length(workshop, verifier):
    pair = workshop.pair(OWNER, OTHER)
    both = pair.sign_bare(TEXT)
    assert len(both) == 2 + 2 * 130
    assert await verifier.signed(pair.address, TEXT, both)
    assert not await verifier.signed(pair.address, TEXT, OWNER.sign_now(TEXT))
    silent = workshop.deployed("ParrotWallet", ["bytes"], [YES])
    assert await verifier.signed(silent, TEXT, "0x")
    assert await verifier.signed(silent, TEXT, "0x" + "ab" * 9_000)


@pytest.mark.parametrize(
    ("answer", "confirmed"),
    [
        (YES, True),
        (YES + b"and what follows", True),
        (b"\xff\xff\xff\xff".ljust(32, b"\0"), False),
        (b"", False),
        (YES[:4], False),
        (YES[:31], False),
        (YES[:4].rjust(32, b"\0"), False),
        (YES[:4] + b"\xff" * 28, False),
        (b"\x01".rjust(32, b"\0"), False),
        (b"\xff" * 5_000, False),
    ],
    ids=[
        "yes",
        "yes and more",
        "no",
        "nothing",
        "yes in 4 bytes",
        "yes in 31 bytes",
        "yes on the right",
        "yes and dirt",
        "true",
        "garbage",
    ],
)
async def test_only_the_one_answer_is_a_yes(workshop, verifier, answer, confirmed):
    wallet = ContractWallet(workshop.chain, workshop.deployed("ParrotWallet", ["bytes"], [answer]), [OWNER])
    assert await verifier.signed(wallet.address, TEXT, wallet.sign_bare(TEXT)) is confirmed
    wrapped = wallet.sign_wrapped(TEXT, factory=workshop.factory)
    assert await verifier.signed(wallet.address, TEXT, wrapped) is confirmed


@pytest.mark.parametrize("contract", ["RefusingWallet", "BurningWallet", "BrokenWallet", "EndlessWallet"])
async def test_whatever_else_a_contract_does_is_a_no(workshop, verifier, contract):
    """A deployed one, one behind a wrapped signature, and one in the factory's place."""
    hostile = workshop.deployed(contract)
    assert not await verifier.signed(hostile, TEXT, OWNER.sign_now(TEXT))
    posing = ContractWallet(workshop.chain, hostile, [OWNER], workshop.factory)
    assert not await verifier.signed(hostile, TEXT, posing.sign_wrapped(TEXT))
    assert not await verifier.signed(hostile, TEXT, posing.sign_wrapped(TEXT, factory=hostile))
    fine = workshop.counterfactual(OWNER, "behind a hostile factory")
    assert not await verifier.signed(fine.address, TEXT, fine.sign_wrapped(TEXT, factory=hostile))


async def test_a_hostile_factory_cannot_spoil_a_deployed_wallet(workshop, verifier):
    wallet = workshop.keyed(OWNER)
    burning = workshop.deployed("BurningWallet")
    assert await verifier.signed(wallet.address, TEXT, wallet.sign_wrapped(TEXT, factory=burning))


async def test_a_wallet_that_is_not_deployed_yet(workshop, verifier):
    wallet = workshop.counterfactual(OWNER, "not yet")
    wrapped = wallet.sign_wrapped(TEXT)
    assert await verifier.signed(wallet.address, TEXT, wrapped)
    assert not wallet.deployed, "asking must leave nothing behind"
    assert not await verifier.signed(wallet.address, TEXT, wallet.sign_bare(TEXT))
    assert not await verifier.signed(wallet.address, TEXT + " ", wrapped)
    other = workshop.counterfactual(OTHER, "not yet")
    assert not await verifier.signed(wallet.address, TEXT, other.sign_wrapped(TEXT))
    stolen = wallet.sign_wrapped(TEXT, factory=other.factory, preparation=other.deployment)
    assert not await verifier.signed(wallet.address, TEXT, stolen)

    wallet.deploy()
    assert await verifier.signed(wallet.address, TEXT, wrapped)
    assert await verifier.signed(wallet.address, TEXT, wallet.sign_bare(TEXT))
    assert not await verifier.signed(wallet.address, TEXT, other.sign_wrapped(TEXT))


async def test_a_deployed_wallet_that_has_to_be_prepared(workshop, verifier):
    late = workshop.keyed(OWNER, "LateWallet")
    assert not await verifier.signed(late.address, TEXT, late.sign_bare(TEXT))
    prepared = {"factory": late.address, "preparation": calldata("prepare()")}
    assert await verifier.signed(late.address, TEXT, late.sign_wrapped(TEXT, **prepared))
    assert not await verifier.signed(late.address, TEXT + " ", late.sign_wrapped(TEXT, **prepared))


async def test_nobody_is_asked_in_the_name_of_the_zero_address(workshop, verifier):
    open_one = workshop.deployed("SimulatedWallet")
    wallet = ContractWallet(workshop.chain, open_one, [OTHER], open_one, calldata("prepare()"))
    assert not await verifier.signed(open_one, TEXT, wallet.sign_wrapped(TEXT))


async def test_a_plain_key_signs_for_itself_only(workshop, verifier):
    assert await verifier.signed(OWNER.address, TEXT, OWNER.sign_now(TEXT))
    assert not await verifier.signed(OWNER.address, TEXT, OTHER.sign_now(TEXT))
    as_contract = ContractWallet(workshop.chain, OWNER.address, [OWNER], workshop.factory)
    assert not await verifier.signed(OWNER.address, TEXT, as_contract.sign_wrapped(TEXT))
    # The identity function of the chain gives back what it is asked, yes and all.
    assert not await verifier.signed("0x" + "4".rjust(40, "0"), TEXT, OTHER.sign_now(TEXT))


async def test_a_refusal_carries_what_the_contract_said(workshop):
    async with JsonRpcChain(workshop.chain.url) as chain:
        refusing = workshop.deployed("RefusingWallet")
        with pytest.raises(CallReverted) as refused:
            await chain.call(refusing, b"")
        assert refused.value.data == YES
        assert await chain.code(refusing) == bytes.fromhex(workshop.chain.code(refusing)[2:])
        assert await chain.code(OWNER.address) == b""


# --- profiles that a contract owns ------------------------------------------------------------


class Gate:
    """Stands before a node and can be shut."""

    def __init__(self, url: str) -> None:
        self.is_open = True
        self._node = url

    async def app(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive())["body"]
        status, answer = 503, b"shut"
        if self.is_open:
            async with open_client() as http:
                told = await http.post(self._node, content=body, headers={"Content-Type": "application/json"})
                status, answer = told.status_code, told.content
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})


class Gullible:
    """A verifier that believes everybody: an attacker's own client."""

    async def signed(self, address: str, text: str, signature: str) -> bool:
        return True


class Town:
    """A site that knows the chain, and whoever connects to it."""

    def __init__(self, chain_url: str, stack: AsyncExitStack) -> None:
        self.chain_url = chain_url
        self.stack = stack
        self.resolvers: dict[str, str] = {}

    async def party(self, **options):
        options.setdefault("rpc_url", self.chain_url)
        return await self.stack.enter_async_context(
            await connect(self.resolvers, allow_private=True, **options)
        )


@asynccontextmanager
async def town_at(folder, chain_url, rpc_url):
    domains = (
        DomainSettings(name="dm3.eth"),
        DomainSettings(name="myapp.eth", siwe_domains=("myapp.example",)),
    )
    settings = SiteSettings(
        folder=folder,
        resolver=ResolverSettings(domains=domains),
        delivery=DeliverySettings(name="ds.dm3.eth"),
        network=NetworkSettings(rpc_urls=(rpc_url,)),
    )
    async with AsyncExitStack() as stack:
        town = Town(chain_url, stack)
        site = await stack.enter_async_context(Site(settings))
        town.resolvers = site.resolver.domains
        yield town


@pytest.fixture
async def town(workshop, tmp_path):
    async with town_at(tmp_path, workshop.chain.url, workshop.chain.url) as running:
        yield running


def sign_in(address: str, nonce: str) -> str:
    return print_siwe(
        SiweMessage(
            domain="myapp.example",
            address=address,
            uri="https://myapp.example",
            chain_id=31337,
            nonce=nonce,
            issued_at=int(time.time()),
        )
    )


async def embedded(client, wallet, nonce="f1rstn0nce", **options):
    text = sign_in(wallet.address, nonce)
    return await client.embed_lsp(
        APP,
        auth_message=text,
        owner_address=wallet.address,
        auth_sig=await wallet.sign_message(text),
        **options,
    )


async def main_of(client, wallet, alias):
    return await client.create_profile(
        "dm3.eth", wallet, delivery_services=("ds.dm3.eth",), alias=alias, entropy=bytes(range(32))
    )


async def test_the_whole_way_with_a_contract_wallet(workshop, town):
    wallet = workshop.counterfactual(OWNER, "carol")
    at_home = await town.party()
    carol = await main_of(at_home, wallet, "carol.user.dm3.eth")
    # Her wallet is not deployed, yet everybody can verify her profile by the chain alone.
    stranger = await town.party()
    resolved = await context_of(stranger).directory.profile(carol.name)
    assert resolved.owner == wallet.address
    assert len(resolved.signed.signature) > 2 + 130

    in_browser = await town.party()
    lsp = await embedded(in_browser, wallet)
    assert await stranger.lsp_exists(APP, wallet.address)
    assert not wallet.deployed

    wallet.deploy()
    await lsp.request_link(carol.name, wallet)
    await carol.sync()
    [request] = await carol.link_requests()
    assert (request.profile_name, request.owner) == (lsp.identity.name, wallet.address)
    await carol.approve(request.profile_name)
    await lsp.sync()
    assert (await lsp.link_status()).state is OutgoingLinkState.LINKED
    verified = await stranger.peers.verify_link(lsp.identity.name, await lsp.disclosure())
    assert verified.main == carol.name
    # Her profile's signature was made before the deployment, and holds after it.
    assert (await context_of(stranger).directory.profile(carol.name, fresh=True)).owner == wallet.address

    elsewhere = await town.party()
    device = await elsewhere.recoveries.begin(APP, lsp.identity.name, carol.name, wallet)
    await carol.sync()
    await device.sync()
    adopted = await device.finish()
    assert adopted is not None
    recovered = await elsewhere.lsp(adopted.name)
    assert identity_of(recovered).seed.reveal() == identity_of(lsp).seed.reveal()


async def test_the_longest_signature_passes_every_door(workshop, town):
    class Verbose:
        address = workshop.deployed("ParrotWallet", ["bytes"], [YES])

        async def sign_message(self, text: str) -> str:
            return "0x" + "ab" * 9_999

    client, stranger = await town.party(), await town.party()
    main = await main_of(client, Verbose(), "verbose.user.dm3.eth")
    assert len((await context_of(stranger).directory.profile(main.name)).signed.signature) == 20_000
    lsp = await embedded(client, Verbose())
    await lsp.request_link(main.name, Verbose())
    await main.sync()
    assert [request.profile_name for request in await main.link_requests()] == [lsp.identity.name]
    assert await main.refused() == []


async def test_keys_do_not_come_from_a_contract_wallets_signature(workshop, town):
    client = await town.party()
    for wallet in (
        workshop.keyed(OWNER),  # its signature has a plain key's form
        workshop.pair(OWNER, OTHER),
        workshop.counterfactual(OWNER, "no keys"),
    ):
        with pytest.raises(NotAKeyWallet) as refused:
            await client.create_lsp(APP, wallet)
        assert "embed_lsp" in refused.value.hint
        with pytest.raises(NotAKeyWallet):
            await client.create_profile("dm3.eth", wallet, delivery_services=("ds.dm3.eth",))
    assert await client.profiles() == []

    class WrongKey:
        address = OTHER.address
        sign_message = OWNER.sign_message

    with pytest.raises(BadSignature):
        await client.create_lsp(APP, WrongKey())
    assert await client.create_lsp(APP, OWNER)


async def test_a_main_profile_judges_for_itself(workshop, town):
    wallet = workshop.keyed(OWNER)
    carol = await main_of(await town.party(), wallet, "carol.user.dm3.eth")
    await embedded(await town.party(), wallet)

    mallory = await town.party(verifier=Gullible())
    posing = ContractWallet(workshop.chain, wallet.address, [OTHER])
    forged = await embedded(mallory, posing, "another1nonce", fresh=True)
    await forged.request_link(carol.name, posing)

    agreeable = ContractWallet(workshop.chain, workshop.deployed("ParrotWallet", ["bytes"], [YES]), [OTHER])
    foreign = await embedded(await town.party(), agreeable)
    await foreign.request_link(carol.name, agreeable, other_owner=True)

    await carol.sync()
    assert await carol.link_requests() == []
    assert sorted((refused.sender, refused.reason) for refused in await carol.refused()) == sorted(
        [
            (forged.identity.name, Reason.BAD_WALLET_SIGNATURE),
            (foreign.identity.name, Reason.FOREIGN_WALLET),
        ]
    )


async def test_the_resolver_asks_the_chain_itself(workshop, town):
    mallory = await town.party(verifier=Gullible())
    posing = ContractWallet(workshop.chain, workshop.keyed(OWNER).address, [OTHER])
    with pytest.raises(ServiceRefused) as refused:
        await embedded(mallory, posing)
    assert (refused.value.status, refused.value.service_code) == (403, "bad-signature")
    assert not await (await town.party()).lsp_exists(APP, posing.address)
    with pytest.raises(ServiceRefused) as refused:
        await main_of(mallory, posing, None)
    assert (refused.value.status, refused.value.service_code) == (403, "bad-signature")


async def test_a_request_waits_while_the_chain_is_away(workshop, tmp_path):
    wallet = workshop.keyed(OWNER)
    gate = Gate(workshop.chain.url)
    async with (
        Server(gate.app) as node,
        town_at(tmp_path, workshop.chain.url, workshop.chain.url) as town,
    ):
        carol = await main_of(await town.party(rpc_url=node.url), wallet, "carol.user.dm3.eth")
        lsp = await embedded(await town.party(), wallet)
        await lsp.request_link(carol.name, wallet)
        gate.is_open = False
        await carol.sync()
        assert [type(trouble) for trouble in carol.errors] == [Unreachable]
        assert await carol.refused() == await carol.link_requests() == []
        gate.is_open = True
        await carol.sync()
        assert carol.errors == []
        assert [request.profile_name for request in await carol.link_requests()] == [lsp.identity.name]


async def test_services_say_that_the_chain_is_away(workshop, tmp_path):
    gate = Gate(workshop.chain.url)
    gate.is_open = False
    async with Server(gate.app) as node, town_at(tmp_path, workshop.chain.url, node.url) as town:
        client = await town.party()
        with pytest.raises(CannotTell, match="the node at") as refused:
            await main_of(client, workshop.keyed(OWNER), None)
        assert refused.value.status == 503
        # Plain keys need no chain.
        assert await client.create_lsp(APP, OTHER)


async def test_without_a_chain_a_contract_wallets_word_does_not_count(workshop, town):
    client = await town.party(rpc_url=None)
    with pytest.raises(BadSignature):
        await embedded(client, workshop.keyed(OWNER))
    with pytest.raises(NotAKeyWallet):
        await client.create_lsp(APP, workshop.pair(OWNER, OTHER))
