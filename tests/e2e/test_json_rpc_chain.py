"""A chain's node over HTTP, well-behaved and not: every failure is one of our errors."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from dm3.base.errors import (
    CannotTell,
    ConfigurationError,
    MalformedData,
    ServiceRefused,
    TooLarge,
    Unreachable,
)
from dm3.net import ChainWalletVerifier, JsonRpcChain
from dm3.net.chain.json_rpc import CALLER, MAX_ANSWER
from dm3.protocol.wallets.chain import CallReverted
from dm3.service import Server
from tests.unit.people import ALICE, BOB

ADDRESS = "0x" + "ab" * 20


class Node:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, answer) -> None:
        self.asked: list = []
        self._answer = answer

    async def app(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        question = json.loads((await receive())["body"])
        self.asked.append(question)
        status, body = self._answer(question)
        await send({"type": "http.response.start", "status": status, "headers": []})
        if body is None:
            await asyncio.sleep(1)
        await send({"type": "http.response.body", "body": body or b""})


@asynccontextmanager
async def chain_over(answer, **options):
    node = Node(answer)
    async with Server(node.app) as server, JsonRpcChain(server.url, **options) as chain:
        yield chain, node


def result(value):
    return lambda question: (
        200,
        json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": value}).encode(),
    )


def error(status=200, **members):
    return lambda question: (status, json.dumps({"id": question["id"], "error": members}).encode())


def raw(status, body):
    return lambda _: (status, body)


async def test_a_node_is_asked_in_its_own_words():
    async with chain_over(result("0x1234")) as (chain, node):
        assert await chain.call(ADDRESS, b"\x01\x02") == b"\x12\x34"
        assert await chain.call(None, b"\x60", block="0x10") == b"\x12\x34"
        assert await chain.code(ADDRESS) == b"\x12\x34"
        assert await chain.ask("eth_chainId", []) == "0x1234"
    gas = hex(15_000_000)
    told = [(question["method"], question["params"]) for question in node.asked]
    assert told == [
        ("eth_call", [{"from": CALLER, "gas": gas, "data": "0x0102", "to": ADDRESS}, "latest"]),
        ("eth_call", [{"from": CALLER, "gas": gas, "data": "0x60"}, "0x10"]),
        ("eth_getCode", [ADDRESS, "latest"]),
        ("eth_chainId", []),
    ]
    assert len({question["id"] for question in node.asked}) == 4


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        (error(code=3, message="execution reverted", data="0x08c379a0"), "08c379a0"),
        (error(code=3, message="whatever", data="0xff"), "ff"),
        (error(code=-32000, message="execution reverted"), ""),
        (error(code=-32015, message="VM execution error: Reverted", data="Reverted 0xabcd"), "abcd"),
        (error(code=-32015, message="VM execution error.", data="Reverted 0xab"), "ab"),
        (error(code=-32603, message="Transaction reverted", data={"data": "0xee"}), "ee"),
        (error(status=400, code=3, message="execution reverted", data="0x11"), "11"),
        (error(code=3, message="execution reverted", data="no hex"), ""),
        (error(code=3, message="execution reverted", data=[1]), ""),
    ],
)
async def test_a_revert_is_told_in_many_ways(answer, data):
    async with chain_over(answer) as (chain, _):
        with pytest.raises(CallReverted) as reverted:
            await chain.call(ADDRESS, b"")
    assert reverted.value.data == bytes.fromhex(data)


TROUBLES = [
    (raw(503, b"<html>away</html>"), CannotTell),
    (raw(429, b"slowly"), CannotTell),
    (raw(302, b""), CannotTell),
    (raw(500, b'{"id": 1}'), CannotTell),
    (error(status=429, code=-32005, message="limit exceeded"), ServiceRefused),
    (error(code=-32000, message="out of gas"), ServiceRefused),
    (error(), CannotTell),
    (error(code="x", message=["y"]), ServiceRefused),
    (raw(200, b""), CannotTell),
    (raw(200, b"\xff"), CannotTell),
    (raw(200, b"[]"), CannotTell),
    (raw(200, b'{"id": 1, "error": "no"}'), CannotTell),
    (raw(200, b'{"id": 77, "result": "0x"}'), CannotTell),
    (raw(200, b'{"result": "0x"}'), CannotTell),
    (result(None), CannotTell),
    (result(1), CannotTell),
    (result("0x1"), CannotTell),
    (result("beef"), CannotTell),
    (result("0x" + "00" * MAX_ANSWER), TooLarge),
]


@pytest.mark.parametrize(
    "told", [None, 1, "1", "0x", "0x1_", "-0x1", "zz", pytest.param("0x" + "f" * 5000, id="long")]
)
async def test_a_chain_id_that_is_no_number(told):
    async with chain_over(result(told), chain_id=1) as (chain, _):
        with pytest.raises(MalformedData, match="chain ID is not a number"):
            await chain.code(ADDRESS)


@pytest.mark.parametrize(("answer", "kind"), TROUBLES)
async def test_trouble_with_a_node(answer, kind):
    async with chain_over(answer) as (chain, _):
        for asking in (chain.call(ADDRESS, b""), chain.code(ADDRESS)):
            with pytest.raises(kind):
                await asking


@pytest.mark.parametrize(("answer", "kind"), TROUBLES)
async def test_trouble_with_a_node_says_nothing_about_a_wallet(answer, kind):
    async with chain_over(answer) as (chain, _):
        verifier = ChainWalletVerifier(chain)
        with pytest.raises(Unreachable):
            await verifier.signed(ALICE.wallet.address, "hello", BOB.wallet.sign_now("hello"))


async def test_a_node_that_does_not_finish():
    async with chain_over(raw(200, None), seconds=0.3) as (chain, _):
        with pytest.raises(Unreachable, match="in time"):
            await chain.code(ADDRESS)


async def test_a_node_that_is_not_there():
    async with JsonRpcChain("http://127.0.0.1:1") as gone:
        with pytest.raises(Unreachable):
            await gone.code(ADDRESS)
        # A plain key's signature is told without any node.
        verifier = ChainWalletVerifier(gone)
        assert await verifier.signed(ALICE.wallet.address, "hello", ALICE.wallet.sign_now("hello"))


@pytest.mark.parametrize(
    "url", ["", "node.example", "ws://node.example", "https://", "ftp://node.example", "http://a\nb", 1]
)
def test_what_is_no_url_of_a_node(url):
    with pytest.raises(ConfigurationError):
        JsonRpcChain(url)


async def test_an_access_key_in_the_url_is_not_told():
    node = Node(raw(401, b"no"))
    async with Server(node.app) as server, JsonRpcChain(f"{server.url}/v3/S3CRET?key=S3CRET") as chain:
        with pytest.raises(CannotTell) as refused:
            await chain.code(ADDRESS)
    assert len(node.asked) == 1
    assert "S3CRET" not in f"{refused.value} {refused.value!r} {chain!r}"
