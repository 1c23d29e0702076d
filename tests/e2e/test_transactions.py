"""Sending transactions to a real chain: what goes through, and what is said when it does not."""

import json
from contextlib import asynccontextmanager

import httpx
import pytest

from dm3.base.errors import ConfigurationError, MalformedData, Unreachable
from dm3.crypto import KeyWallet, WalletKey
from dm3.net.chain.json_rpc import JsonRpcChain, ask_chain, quantity
from dm3.net.chain.transaction_costs import ETHER, Costs, NotSent, estimate, in_ether
from dm3.net.chain.transactions import NotYetMined, Reverted, send
from dm3.protocol.ens.publishing import CannotPublish, prepare_publication
from dm3.protocol.ens.transactions import set_text
from tests.kit import open_client
from tests.unit.people import ALICE, digest

KEY = "description"
DEVELOPMENT = 31_337


class Tampered(httpx.AsyncBaseTransport):
    """The way to a real node, on which some of its answers are lost or replaced."""

    def __init__(self, changes):
        self._real = httpx.AsyncHTTPTransport()
        self._changes = changes
        self.asked = []

    async def handle_async_request(self, request):
        question = json.loads(request.content)
        self.asked.append(question["method"])
        change = self._changes.get(question["method"])
        if not callable(change):
            response = await self._real.handle_async_request(request)
            if change is None:
                return response
            await response.aread()
            said = {"jsonrpc": "2.0", "id": question["id"], **change}
            return httpx.Response(200, stream=httpx.ByteStream(json.dumps(said).encode()))
        return change(request)

    async def aclose(self):
        await self._real.aclose()


@asynccontextmanager
async def node(scene, **changes):
    """The scene's chain, with some answers changed."""
    async with open_client(transport=Tampered(changes)) as http:
        yield JsonRpcChain(scene.chain.url, http=http)


def lost(request):
    raise httpx.ReadTimeout("lost", request=request)


def described(scene, text, name=ALICE.name):
    return set_text(name, KEY, text, resolver=scene.public_resolver, chain_id=DEVELOPMENT)


async def publication(chain, scene, name, text, **more):
    inquiry = prepare_publication(name, KEY, text, registry=scene.registry, chain_id=DEVELOPMENT, **more)
    return await ask_chain(chain, inquiry)


async def test_a_text_record_is_prepared_sent_and_read_back(ens):
    told: list[str] = []
    async with node(ens) as chain:
        before = await publication(chain, ens, ALICE.name, "a person")
        assert before.authority.owner == ALICE.wallet.address
        assert (before.current, before.resolver) == (None, ens.public_resolver)
        [transaction] = before.transactions
        costs = await estimate(chain, ALICE.wallet.address, transaction)
        mined = await send(chain, transaction, ALICE.wallet.key, costs, told=told.append)
        assert told == [mined.hash]
        assert 0 < mined.gas <= costs.gas
        assert 0 < mined.paid <= costs.most
        after = await publication(chain, ens, ALICE.name, "a person")
        assert (after.current, after.transactions) == ("a person", ())


async def test_who_may_not_change_a_name_learns_it_before_anything_is_sent(ens):
    stranger = KeyWallet(WalletKey(digest("a stranger")))
    ens.chain.fund(stranger.address)
    async with node(ens) as chain:
        with pytest.raises(NotSent, match="refuses it from") as refused:
            await estimate(chain, stranger.address, described(ens, "mine"))
        assert "owner" in refused.value.hint
        other = set_text(ALICE.name, KEY, "x", resolver=ens.public_resolver, chain_id=1)
        with pytest.raises(ConfigurationError, match=r"chain 31337.*chain 1"):
            await estimate(chain, ALICE.wallet.address, other)


async def test_an_account_without_ether_and_a_fee_too_high_are_told_of(ens):
    poor = KeyWallet(WalletKey(digest("a poor one")))
    transaction = described(ens, "x")
    async with node(ens) as chain:
        with pytest.raises(NotSent, match="has 0 ETH"):
            await send(chain, transaction, poor.key, Costs(100_000, 10**9, 1))
        with pytest.raises(NotSent, match="are allowed") as dear:
            await send(chain, transaction, ALICE.wallet.key, Costs(10**7, 10**10, 1))
        assert "--max-cost" in dear.value.hint
        # What the node itself refuses is told in the same way.
        with pytest.raises(NotSent, match=r"fees rose meanwhile|higher fee"):
            await send(chain, transaction, ALICE.wallet.key, Costs(100_000, 1, 1))


async def test_while_a_transaction_waits_no_second_one_is_sent(ens):
    transaction, costs = described(ens, "waiting"), Costs(300_000, 10**10, 1)
    ens.chain.ask("evm_setAutomine", [False])
    try:
        async with node(ens) as chain:
            with pytest.raises(NotYetMined, match=r"sent as 0x"):
                await send(chain, transaction, ALICE.wallet.key, costs, timeout=0.1)
            with pytest.raises(NotSent, match="not mined yet"):
                await send(chain, transaction, ALICE.wallet.key, costs)
            ens.chain.ask("evm_mine", [])
            assert (await publication(chain, ens, ALICE.name, "waiting")).transactions == ()
    finally:
        ens.chain.ask("evm_setAutomine", [True])


async def test_a_mined_refusal_says_so(ens):
    # Enough gas to begin with and too little to end: as when a name changes hands meanwhile.
    async with node(ens) as chain:
        with pytest.raises(Reverted, match=r"0x.*which cost"):
            await send(chain, described(ens, "y" * 200), ALICE.wallet.key, Costs(60_000, 10**10, 1))


async def test_lost_answers_leave_no_doubt_about_what_was_sent(ens):
    transaction = described(ens, "after a lost answer")
    costs = Costs(300_000, 10**10, 1)

    def sent_and_lost(request):
        ens.chain.ask("eth_sendRawTransaction", json.loads(request.content)["params"])
        raise httpx.ReadTimeout("lost", request=request)

    async with node(ens, eth_sendRawTransaction=sent_and_lost) as chain:
        mined = await send(chain, transaction, ALICE.wallet.key, costs)
        assert mined.block > 0
    async with node(ens, eth_sendRawTransaction=lost) as chain:
        with pytest.raises(NotYetMined, match="is not known") as unknown:
            await send(chain, transaction, ALICE.wallet.key, costs)
        assert unknown.value.hash.startswith("0x")
    async with node(ens, eth_getTransactionReceipt={"result": None}) as chain:
        with pytest.raises(NotYetMined, match=r"sent as 0x.*, not mined within 0 seconds"):
            await send(chain, described(ens, "late"), ALICE.wallet.key, costs, timeout=0.2)
    async with node(ens, eth_getTransactionReceipt={"result": {"status": "yes"}}) as chain:
        with pytest.raises(NotYetMined, match="what became of it is not known"):
            await send(chain, described(ens, "odd"), ALICE.wallet.key, costs)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"eth_chainId": lost}, Unreachable, "did not answer|ReadTimeout|cannot be reached"),
        ({"eth_chainId": {"result": "many"}}, MalformedData, "the chain id"),
        ({"eth_estimateGas": {"result": hex(2**25)}}, NotSent, "no transaction may use more"),
        ({"eth_estimateGas": {"error": {"code": -32000, "message": "busy"}}}, NotSent, "busy"),
        ({"eth_getBlockByNumber": {"result": {}}}, ConfigurationError, "EIP-1559"),
    ],
)
async def test_what_a_node_may_answer_before_anything_is_sent(ens, changes, error, words):
    async with node(ens, **changes) as chain:
        with pytest.raises(error, match=words) as raised:
            await estimate(chain, ALICE.wallet.address, described(ens, "x"))
    assert error is not Unreachable or "Nothing was sent" in raised.value.hint


async def test_where_nothing_can_be_published_it_is_said_what_to_do(ens):
    ens.create("bare.eth", "0x" + "00" * 20)
    ens.create("odd.eth", ens.registry)
    async with node(ens) as chain:
        for name, words, advice in (
            ("bare.eth", "no resolver of its own", "setResolver"),
            ("odd.eth", "does not keep text records", "another one"),
            (ens.app.name, "off the chain", "--alias"),
        ):
            with pytest.raises(CannotPublish, match=words) as refused:
                await publication(chain, ens, name, "x")
            assert advice in refused.value.hint
        someone = KeyWallet(WalletKey(digest("someone"))).address
        with pytest.raises(CannotPublish, match="others would refuse it"):
            await publication(chain, ens, ALICE.name, "x", owner=someone)
        both = (await publication(chain, ens, ALICE.name, "x", owner=someone, point=True)).transactions
        assert [one.data[:4].hex() for one in both] == ["d5fa2b00", "10f13a8c"]  # setAddr, setText


async def test_an_address_without_a_registry_is_the_configurations_fault(ens):
    async with node(ens) as chain:
        with pytest.raises(ConfigurationError, match="no ENS registry"):
            await ask_chain(
                chain, prepare_publication("a.eth", KEY, "x", registry=ALICE.wallet.address, chain_id=1)
            )


def test_numbers_of_nodes_and_amounts():
    assert quantity("0x10", "it") == 16
    for wrong in (16, "16", "0x", "0xzz", "0x" + "1" * 65, None):
        with pytest.raises(MalformedData):
            quantity(wrong, "it")
    assert in_ether(ETHER) == "1 ETH"
    assert in_ether(1_500_000_000_000) == "0.0000015 ETH"
