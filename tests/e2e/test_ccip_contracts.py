"""The gateway's answers at the published resolver contracts: taken as they are, refused when changed."""

import asyncio

import httpx
import pytest
from eth_abi.abi import decode, encode

from dm3.base import address_name
from dm3.base.encoding import from_hex, to_hex
from dm3.hosting import ResolverHost
from dm3.model import RecordKey
from dm3.net.clients.resolver import ResolverClient
from dm3.protocol.ens import (
    AddressCall,
    CoinAddressCall,
    Multicall,
    TextCall,
    decode_address,
    decode_bytes,
    decode_results,
    decode_text,
    dns_encode,
    encode_call,
    namehash,
)
from dm3.resolver import DomainSettings, ResolverSettings
from tests.development_chain import calldata
from tests.kit import open_client
from tests.unit.people import ALICE

pytestmark = pytest.mark.interop

PROFILE = "data:application/json," + ALICE.signed_profile.text
RESOLVE, WITH_PROOF = "resolve(bytes,bytes)", "resolveWithProof(bytes,bytes)"
LOOKUP = ("address", "string[]", "bytes", "bytes4", "bytes")


@pytest.fixture(scope="module", params=["app", "main"])
def gateway(request, ens, tmp_path_factory):
    """A domain of each signing scheme with its gateway, where Alice has claimed a name."""
    domain = getattr(ens, request.param)
    settings = ResolverSettings(
        domains=(DomainSettings(name=domain.name, resolver_contract=domain.contract),), answer_seconds=600
    )
    host = ResolverHost(settings, tmp_path_factory.mktemp("gateway"), port=domain.port, signer=domain.signer)

    async def start() -> None:
        await host.start()
        async with open_client() as http:
            client = ResolverClient(http, host.url)
            await client.claim_address(ALICE.signed_profile, ALICE.wallet.address, domain.name)

    with asyncio.Runner() as runner:
        runner.run(start())
        yield runner, domain
        runner.run(host.stop())


def looked_up(ens, gateway, name, call):
    """What a contract makes of the gateway's answer to ``call``; also the answer and its request."""
    runner, domain = gateway
    asked = calldata(RESOLVE, dns_encode(name), encode_call(call))
    sender, urls, data, _, extra = decode(LOOKUP, ens.chain.reverts(domain.contract, asked)[4:])
    url = urls[0].replace("{sender}", sender).replace("{data}", to_hex(data))

    async def ask() -> httpx.Response:
        async with open_client() as http:
            return await http.get(url)

    answer = from_hex(runner.run(ask()).json()["data"])
    return decode_bytes(ens.chain.call(domain.contract, calldata(WITH_PROOF, answer, extra))), answer, extra


def test_contracts_take_every_kind_of_answer(ens, gateway):
    name = address_name(ALICE.wallet.address, gateway[1].name)
    node = namehash(name)
    text, address, coin = TextCall(node, RecordKey.PROFILE), AddressCall(node), CoinAddressCall(node, 60)
    assert decode_text(looked_up(ens, gateway, name, text)[0]) == PROFILE
    # One word: what every client expects of addr(bytes32), whatever the verifier did to it.
    assert looked_up(ens, gateway, name, address)[0] == encode(("address",), (ALICE.wallet.address,))
    assert decode_address(looked_up(ens, gateway, name, coin)[0]) == ALICE.wallet.address
    together = looked_up(ens, gateway, name, Multicall((text, address)))[0]
    if gateway[1] is ens.main:
        # Its verifier cannot hand out anything but bytes, so these are bytes in bytes.
        together = decode_bytes(together)
    profile, word = decode_results(together)
    assert (decode_text(profile), decode_address(word)) == (PROFILE, ALICE.wallet.address)


def test_contracts_take_the_empty_answer_for_a_name_that_nobody_has(ens, gateway):
    name = f"nobody.{gateway[1].name}"
    node = namehash(name)
    assert decode_text(looked_up(ens, gateway, name, TextCall(node, RecordKey.PROFILE))[0]) is None
    assert decode_address(looked_up(ens, gateway, name, AddressCall(node))[0]) is None


def test_contracts_refuse_an_answer_to_another_question(ens, gateway):
    name = address_name(ALICE.wallet.address, gateway[1].name)
    _, answer, extra = looked_up(ens, gateway, name, TextCall(namehash(name), RecordKey.PROFILE))
    _, _, other = looked_up(ens, gateway, name, TextCall(namehash(name), "avatar"))
    contract = gateway[1].contract
    assert ens.chain.call(contract, calldata(WITH_PROOF, answer, extra))
    assert ens.chain.reverts(contract, calldata(WITH_PROOF, answer, other)) is not None
