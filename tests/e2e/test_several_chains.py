"""Contract wallets on the chain that the signed text names, where that one is known."""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from dm3.base.errors import BadSignature, ConfigurationError, Unreachable
from dm3.client import App, connect
from dm3.delivery import DeliverySettings
from dm3.hosting import Site, SiteSettings
from dm3.net import Chains, NetworkSettings
from dm3.protocol.linking import LinkPolicy, WhoMayAsk
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from dm3.resolver import DomainSettings, ResolverSettings
from tests.development_chain import development_chain
from tests.e2e.wallet_scene import ContractWallet, Workshop, key
from tests.kit.inside import held_requests
from tests.npm import NpmUnavailable, skip_or_fail
from tests.unit.people import ALICE

pytestmark = pytest.mark.interop
OWNER = key("owner on two chains")


@pytest.fixture(scope="module")
def chains():
    """Two chains; a wallet of the owner is on the second only."""
    try:
        with development_chain() as first, development_chain(chain_id=5) as second:
            yield first, second, Workshop(second).keyed(OWNER)
    except NpmUnavailable as error:
        skip_or_fail("two development chains are", error)


def sign_in(address: str, chain_id: int, issued_at: int = 1_800_000_000) -> str:
    return print_siwe(
        SiweMessage(
            domain="myapp.example",
            address=address,
            uri="https://myapp.example",
            chain_id=chain_id,
            nonce="a1b2c3d4e5f6",
            issued_at=issued_at,
        )
    )


async def test_a_wallet_is_asked_on_the_chain_that_the_message_names(chains):
    first, second, wallet = chains
    nodes = [first.url, f"5={second.url}"]
    async with Chains(nodes) as both, Chains(nodes[:1]) as one:
        on_both, on_one = both.verifier(), one.verifier()
        named, other = sign_in(wallet.address, 5), sign_in(wallet.address, 1)
        assert await on_both.signed(wallet.address, named, wallet.sign_bare(named))
        # Of an unknown chain, and of none: the default one is asked, where there is no such contract.
        for text in (other, "hello", f"{named}\nChain ID: 7"):
            assert not await on_both.signed(wallet.address, text, wallet.sign_bare(text))
        assert not await on_one.signed(wallet.address, named, wallet.sign_bare(named))
        # A plain key needs no chain, whatever the text names.
        assert await on_both.signed(ALICE.wallet.address, other, ALICE.wallet.sign_now(other))
    async with Chains([f"5={second.url}", f"31337={first.url}"]) as swapped:
        verifier = swapped.verifier()
        assert await verifier.signed(wallet.address, other, wallet.sign_bare(other))
        text = sign_in(wallet.address, 31337)
        assert not await verifier.signed(wallet.address, text, wallet.sign_bare(text))


@dataclass
class OnSecondChain:
    """The owner's wallet as its user's software hands it over."""

    wallet: ContractWallet
    chain_id: int = 5

    @property
    def address(self) -> str:
        return self.wallet.address

    async def sign_message(self, text: str) -> str:
        return self.wallet.sign_bare(text)


async def test_a_wallet_of_a_second_chain_logs_in_and_links(chains, tmp_path):
    first, second, wallet = chains
    nodes = (f"31337={first.url}", f"5={second.url}")
    owner = OnSecondChain(wallet)
    app = App("myapp.eth", "https://myapp.example", ("ds.dm3.eth",))
    settings = SiteSettings(
        folder=tmp_path,
        resolver=ResolverSettings(
            domains=(
                DomainSettings(name="dm3.eth"),
                DomainSettings(name="myapp.eth", siwe_domains=("myapp.example",)),
            )
        ),
        delivery=DeliverySettings(name="ds.dm3.eth"),
        network=NetworkSettings(rpc_urls=nodes),
    )
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(Site(settings))

        async def party(**options):
            opened = await connect(site.resolver.domains, allow_private=True, rpc_url=nodes, **options)
            return await stack.enter_async_context(opened)

        anyone = LinkPolicy(who_may_ask=WhoMayAsk.ANYONE)
        main = await (await party(policy=anyone)).create_profile("dm3.eth", ALICE.wallet)
        text = sign_in(wallet.address, 5, issued_at=int(time.time()))
        lsp = await (await party()).embed_lsp(
            app, auth_message=text, owner_address=wallet.address, auth_sig=wallet.sign_bare(text)
        )
        assert await (await party()).lsp_exists(app, wallet.address)
        with pytest.raises(BadSignature):  # on the first chain there is no such contract
            await lsp.request_link(main.name, OnSecondChain(wallet, chain_id=31337), other_owner=True)
        await lsp.request_link(main.name, owner, other_owner=True)
        await main.sync()
        [request] = await held_requests(main)
        assert (request.owner, request.profile_name) == (wallet.address, lsp.name)
        assert "Chain ID: 5" in request.payload.link_message


async def test_a_node_of_another_chain_is_told_as_such(chains):
    first, _, wallet = chains
    async with Chains([f"5={first.url}"]) as wrong:
        with pytest.raises(ConfigurationError, match="is of chain 31337, not of chain 5") as told:
            await wrong.default.code(wallet.address)
        assert "rpc-url" in told.value.hint
        text = sign_in(wallet.address, 5)
        with pytest.raises(Unreachable, match="is of chain 31337, not of chain 5"):
            await wrong.verifier().signed(wallet.address, text, wallet.sign_bare(text))


@pytest.mark.parametrize(
    "urls",
    [
        [],
        ["node.example"],
        ["1=node.example"],
        ["x=https://node.example"],
        ["-1=https://node.example"],
        ["1=https://a.example", "1=https://b.example"],
        ["https://a.example", "https://b.example"],
        ["1=https://a.example", "https://b.example"],
        ["=https://a.example"],
    ],
)
def test_what_is_no_list_of_nodes(urls):
    with pytest.raises(ConfigurationError) as told:
        Chains(urls)
    assert "example" not in str(told.value)
