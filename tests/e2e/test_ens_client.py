"""Our ENS client on a real chain with ENS's and dm3's own contracts: names found, kept, and not believed."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dm3.base import address_name, read_json
from dm3.base.encoding import from_hex, to_hex
from dm3.base.errors import (
    BadSignature,
    InvalidInput,
    InvalidName,
    MalformedData,
    NotFound,
    ServiceRefused,
    Unreachable,
)
from dm3.client import App, connect
from dm3.crypto import KeyWallet
from dm3.delivery import DeliverySettings
from dm3.hosting import Site, SiteSettings
from dm3.model import DeliveryInformation, Draft, RecordKey
from dm3.net import Chains, Directory, JsonRpcChain, NetworkSettings
from dm3.net.clients.delivery import DeliveryClient
from dm3.net.http.safe_http import open_http
from dm3.net.names.ens import EnsNames
from dm3.net.names.sources import NameSources
from dm3.protocol.delivery.accepting import UnknownSenders
from dm3.protocol.ens import (
    AddressCall,
    Scheme,
    TextCall,
    decode_call,
    decode_resolve,
    encode_address,
    encode_raw_address,
    encode_text,
    namehash,
    sign_answer,
)
from dm3.protocol.ens.offchain import AnswerRefused
from dm3.protocol.messages.composing import compose, envelop
from dm3.resolver import DomainSettings, ResolverSettings
from dm3.service import Server
from dm3.wire import data_uri
from tests.development_chain import calldata
from tests.e2e.cli_scene import Person
from tests.e2e.ens_scene import ApplicationDomain, signer_of
from tests.kit.inside import context_of, identity_of
from tests.solidity import compiled
from tests.unit.people import ALICE, BOB

pytestmark = pytest.mark.interop

CONTRACTS = Path(__file__).parents[1] / "contracts" / "Hostile.sol"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class CountingChain(JsonRpcChain):
    """A node that notes which contracts were called."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.called: list[str | None] = []

    async def call(self, to: str | None, data: bytes, block: str = "latest") -> bytes:
        self.called.append(to)
        return await super().call(to, data, block)


@dataclass
class Party:
    names: EnsNames
    chain: CountingChain
    clock: Clock


@asynccontextmanager
async def party(ens, **options):
    """Our client of the scene's ENS, with a clock of its own."""
    async with CountingChain(ens.chain.url) as chain, open_http(allow_private=True) as http:
        clock = Clock()
        names = EnsNames(
            chain, http, **{"registry": ens.registry, "allow_private": True, "clock": clock, **options}
        )
        yield Party(names, chain, clock)
        await names.close()


# --- names on the chain ---------------------------------------------------------------------------------


async def test_an_on_chain_name(ens):
    async with party(ens) as alice:
        assert await alice.names.address("ALICE.eth") == ALICE.wallet.address
        assert (await alice.names.text(ALICE.name, RecordKey.PROFILE) or "").startswith("data:")
        assert await alice.names.text(ALICE.name, "no.such.record") is None
        assert await alice.names.address("nobody.eth") is None
        # A public resolver does not answer for names below the one it is set at.
        assert await alice.names.address(f"below.{ALICE.name}") is None
        assert await alice.names.primary_name(ALICE.wallet.address.lower()) == ALICE.name
        assert await alice.names.primary_name(BOB.wallet.address) is None
        with pytest.raises(InvalidName):
            await alice.names.address("a..eth")
        with pytest.raises(InvalidInput):
            await alice.names.primary_name("0x12")


async def test_a_primary_name_that_leads_elsewhere_is_none(ens):
    ens.set_reverse(BOB.wallet.address, ALICE.name)
    async with party(ens) as anybody:
        assert await anybody.names.primary_name(BOB.wallet.address) is None


async def test_a_resolver_of_the_old_kind(ens):
    old = ens.chain.deploy(compiled(CONTRACTS)["OldResolver"])
    ens.create("old.eth", old)
    node = namehash("old.eth")
    ens.chain.transact(old, calldata("setText(bytes32,string,string)", node, "k", "grüß"))
    ens.chain.transact(old, calldata("setAddr(bytes32,address)", node, BOB.wallet.address))
    async with party(ens) as anybody:
        assert await anybody.names.text("old.eth", "k") == "grüß"
        assert await anybody.names.address("old.eth") == BOB.wallet.address


async def test_a_resolver_that_is_no_contract(ens):
    ens.create("hollow.eth", BOB.wallet.address)
    async with party(ens) as anybody:
        assert await anybody.names.text("hollow.eth", "k") is None


async def test_a_registry_that_is_none(ens):
    for registry in (BOB.wallet.address, ens.public_resolver):
        async with party(ens, registry=registry) as lost:
            with pytest.raises(MalformedData, match="no ENS registry"):
                await lost.names.address(ALICE.name)


async def test_trouble_with_the_node_is_not_the_names_fault(ens):
    async with JsonRpcChain("http://127.0.0.1:1") as gone, open_http(allow_private=True) as http:
        with pytest.raises(Unreachable):
            await EnsNames(gone, http, registry=ens.registry).address(ALICE.name)
        async with Chains([f"5={ens.chain.url}"]) as wrong:
            with pytest.raises(Unreachable, match="is of chain 31337, not of chain 5"):
                await EnsNames(wrong.default, http, registry=ens.registry).address(ALICE.name)
        async with Chains([f"31337={ens.chain.url}"]) as right:
            names = EnsNames(right.default, http, registry=ens.registry)
            assert await names.address(ALICE.name) == ALICE.wallet.address


# --- gateways that answer, and gateways that cheat ------------------------------------------------------


@dataclass
class Gateway:
    """A gateway of ours for a domain; ``tamper`` changes what it signs."""

    domain: ApplicationDomain
    text: str = "hello"
    raw: bool = False
    address: str = BOB.wallet.address
    tamper: Callable = lambda parts: parts
    signer: KeyWallet | None = None
    headers: tuple = ()
    asked: list = field(default_factory=list)

    async def app(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        _, sender, data = scope["path"].split("/")
        self.asked.append(sender)
        body = json.dumps({"data": to_hex(self.answer(from_hex(data)))}).encode()
        headers = [(name.encode(), value.encode()) for name, value in self.headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def answer(self, request: bytes) -> bytes:
        call = decode_call(decode_resolve(request).call_data)
        assert isinstance(call, TextCall | AddressCall)
        # dm3's verifier makes the word itself, out of the 20 bytes.
        raw = self.raw or self.domain.scheme is Scheme.ERC3668_RESOLVER
        parts = {
            "target": self.domain.contract,
            "expires": int(time.time()) + 600,
            "request": request,
            "result": encode_text(self.text)
            if isinstance(call, TextCall)
            else (encode_raw_address(self.address) if raw else encode_address(self.address)),
        }
        return sign_answer(self.domain.scheme, self.signer or self.domain.signer, **self.tamper(parts))


@asynccontextmanager
async def gateway_of(domain, **options):
    gateway = Gateway(domain, **options)
    async with Server(gateway.app, port=domain.port):
        yield gateway


@pytest.fixture(params=["app", "main"])
def domain(request, ens):
    """A domain of each of the two signing schemes."""
    return getattr(ens, request.param)


async def test_names_below_a_domain_with_a_gateway(ens, domain):
    name = f"x.y.{domain.name}"
    async with party(ens) as anybody, gateway_of(domain) as gateway:
        assert await anybody.names.text(name, "k") == "hello"
        assert await anybody.names.address(name) == BOB.wallet.address
        assert await anybody.names.text(domain.name, "k") == "hello"
        assert gateway.asked == [domain.contract.lower()] * 3


async def test_an_address_as_its_20_bytes(ens):
    async with party(ens) as anybody, gateway_of(ens.app, raw=True):
        assert await anybody.names.address(f"x.{ens.app.name}") == BOB.wallet.address


TAMPERED = {
    "another request": lambda parts: {**parts, "request": parts["request"] + b"\0"},
    "another resolver": lambda parts: {**parts, "target": ALICE.wallet.address},
    "expired": lambda parts: {**parts, "expires": int(time.time()) - 100},
}


@pytest.mark.parametrize("trick", [*TAMPERED, "wrong signer"])
async def test_an_answer_that_the_contract_does_not_believe(ens, domain, trick):
    options = {"signer": signer_of("mallory.eth")} if trick == "wrong signer" else {"tamper": TAMPERED[trick]}
    async with party(ens) as anybody, gateway_of(domain, **options) as gateway:
        with pytest.raises(AnswerRefused) as refused:
            await anybody.names.text(f"x.{domain.name}", "k")
        assert gateway.asked
        assert "0x" in str(refused.value)
        assert refused.value.hint


async def test_a_gateway_that_is_down(ens, domain):
    async with party(ens) as anybody:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
            await anybody.names.text(f"x.{domain.name}", "k")


# --- what is remembered ---------------------------------------------------------------------------------


async def test_on_chain_records_are_remembered_for_a_minute(ens):
    ens.create("moving.eth")
    ens.set_text("moving.eth", "k", "first")
    async with party(ens) as anybody:
        for _ in range(3):
            assert await anybody.names.text("moving.eth", "k") == "first"
        assert len(anybody.chain.called) == 3  # registry, kind of resolver, record
        ens.set_text("moving.eth", "k", "second")
        anybody.clock.now = 59
        assert await anybody.names.text("moving.eth", "k") == "first"
        anybody.names.forget("moving.eth")
        assert await anybody.names.text("moving.eth", "k") == "second"
        ens.set_text("moving.eth", "k", "third")
        anybody.clock.now = 59 + 61
        assert await anybody.names.text("moving.eth", "k") == "third"


async def test_what_is_missing_is_looked_for_again_soon(ens):
    async with party(ens) as anybody:
        assert await anybody.names.address("late.eth") is None
        ens.create("late.eth")
        ens.set_address("late.eth", BOB.wallet.address)
        anybody.names.forget("late.eth")
        assert await anybody.names.address("late.eth") == BOB.wallet.address
        assert await anybody.names.text("late.eth", "k") is None
        ens.set_text("late.eth", "k", "there")
        anybody.clock.now = 6
        assert await anybody.names.text("late.eth", "k") == "there"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, 10),
        ("max-age=30", 30),
        ("public, Max-Age=40", 40),
        ("max-age=999999", 300),
        ("max-age=0", 0),
        ("no-store, max-age=60", 0),
        ("s-maxage=77", 10),
        ("max-age=soon", 10),
    ],
)
async def test_a_gateways_answer_holds_as_long_as_it_says(ens, said, seconds):
    headers = () if said is None else (("Cache-Control", said),)
    name = f"x.{ens.app.name}"
    async with party(ens) as anybody, gateway_of(ens.app, headers=headers) as gateway:
        await anybody.names.text(name, "k")
        if seconds:
            anybody.clock.now = seconds - 0.5
            await anybody.names.text(name, "k")
            assert len(gateway.asked) == 1
        anybody.clock.now = seconds + 0.5
        await anybody.names.text(name, "k")
        assert len(gateway.asked) == 2


async def test_a_profile_holds_no_longer_than_its_gateway_says(ens):
    headers = (("Cache-Control", "max-age=20"),)
    record = data_uri(read_json(ALICE.signed_profile.text))
    name = address_name(ALICE.wallet.address, ens.app.name)
    async with party(ens) as anybody, gateway_of(ens.app, text=record, headers=headers) as gateway:
        directory = Directory(NameSources(anybody.names), clock=anybody.clock)
        for seconds, asked in ((0, 1), (19, 1), (21, 2)):
            anybody.clock.now = seconds
            assert (await directory.profile(name)).signed == ALICE.signed_profile
            assert len(gateway.asked) == asked


async def test_who_ask_the_same_at_once_ask_once(ens):
    name = f"x.{ens.app.name}"
    async with party(ens) as anybody, gateway_of(ens.app) as gateway:
        asking = [asyncio.create_task(anybody.names.text(name, "k")) for _ in range(20)]
        await asyncio.sleep(0)
        asking[0].cancel()  # which is nothing to the others
        assert await asyncio.gather(*asking[1:]) == ["hello"] * 19
        assert len(gateway.asked) == 1


async def test_errors_are_remembered_briefly(ens):
    name = f"x.{ens.app.name}"
    async with party(ens) as anybody:
        with pytest.raises(Unreachable) as one:
            await anybody.names.text(name, "k")
        calls = len(anybody.chain.called)
        with pytest.raises(Unreachable) as other:
            await anybody.names.text(name, "k")
        assert one.value is not other.value
        assert str(one.value) == str(other.value)
        assert len(anybody.chain.called) == calls
        async with gateway_of(ens.app):
            anybody.clock.now = 3
            assert await anybody.names.text(name, "k") == "hello"


# --- profiles by these names ----------------------------------------------------------------------------


@asynccontextmanager
async def site_of(domain, folder):
    """Resolver and delivery service of a domain, which the chain's contract leads to."""
    settings = SiteSettings(
        folder=folder,
        resolver=ResolverSettings(
            domains=(DomainSettings(name=domain.name, resolver_contract=domain.contract),)
        ),
        delivery=DeliverySettings(name=f"ds.{domain.name}"),
        resolver_port=domain.port,
        ccip_signer=domain.signer,
    )
    async with Site(settings) as site:
        yield site


async def test_a_stranger_with_nothing_but_a_node_finds_profiles(ens, domain, tmp_path):
    async with (
        site_of(domain, tmp_path) as site,
        await connect(site.resolver.domains, allow_private=True) as host,
        await connect(
            {}, allow_private=True, rpc_url=f"31337={ens.chain.url}", ens_registry=ens.registry
        ) as stranger,
    ):
        lsp = await host.create_lsp(App(domain.name, f"https://{domain.name}"), BOB.wallet, public=True)
        directory = context_of(stranger).directory
        found = await directory.profile(lsp.name)
        assert found.signed.text == identity_of(lsp).signed
        assert await stranger.lsp_exists(App(domain.name, f"https://{domain.name}"), BOB.wallet.address)
        service = await directory.delivery_service(f"ds.{domain.name}")
        assert service.url == site.delivery.url
        assert await stranger.ens.primary_name(ALICE.wallet.address) == ALICE.name
        assert await host.ens.primary_name(ALICE.wallet.address) is None
        on_chain = await directory.profile(ALICE.name)
        assert (on_chain.owner, on_chain.signed) == (ALICE.wallet.address, ALICE.signed_profile)
        with pytest.raises(NotFound):
            await directory.profile(address_name(ALICE.wallet.address, domain.name))
    # With the configured resolver gone, its names are not asked for elsewhere.
    async with await connect(
        site.resolver.domains, allow_private=True, rpc_url=ens.chain.url, ens_registry=ens.registry
    ) as left:
        with pytest.raises(Unreachable):
            await context_of(left).directory.profile(lsp.name)
        assert (await context_of(left).directory.profile(ALICE.name)).owner == ALICE.wallet.address


async def test_a_profile_that_the_names_owner_has_not_signed(ens):
    ens.create("stolen.eth")
    ens.set_address("stolen.eth", BOB.wallet.address)
    ens.set_text("stolen.eth", RecordKey.PROFILE, "data:application/json," + ALICE.signed_profile.text)
    async with await connect({}, rpc_url=ens.chain.url, ens_registry=ens.registry) as anybody:
        with pytest.raises(BadSignature):
            await context_of(anybody).directory.profile("stolen.eth")


async def test_gateways_on_this_machine_are_asked_only_where_that_is_said(ens, tmp_path):
    """A resolver next door lets its own names lead here, but not those of strangers."""
    record = data_uri(read_json(ALICE.signed_profile.text))
    words = ("profile", "show", address_name(ALICE.wallet.address, ens.app.name))
    anybody = Person(tmp_path / "anybody", rpc_url=ens.chain.url, ens_registry=ens.registry)
    async with gateway_of(ens.app, text=record) as gateway:
        refused = await asyncio.to_thread(
            anybody.run, *words, "--resolver", "dm3.localhost=http://127.0.0.1:9"
        )
        assert "only https URLs are fetched" in refused.err
        assert (refused.code, gateway.asked) == (8, [])
        shown = await asyncio.to_thread(anybody.run, *words, "--allow-private-addresses", "yes")
        assert (shown.code, len(gateway.asked)) == (0, 1)


async def test_names_of_a_file_for_development(ens, tmp_path):
    file = tmp_path / "names.json"
    records = {RecordKey.PROFILE: "data:application/json," + BOB.signed_profile.text}
    # The file is believed about whose name it is, and no further: profiles are verified all the same.
    named = {BOB.name: BOB.wallet.address, ALICE.name: ALICE.wallet.address}
    file.write_text(
        json.dumps({name: {"address": address, "texts": records} for name, address in named.items()})
    )
    for chain in ({}, {"rpc_url": ens.chain.url, "ens_registry": ens.registry}):
        async with await connect({}, names_file=file, **chain) as anybody:
            assert (await context_of(anybody).directory.profile(BOB.name)).owner == BOB.wallet.address
            with pytest.raises(BadSignature):
                await context_of(anybody).directory.profile(ALICE.name)


@pytest.mark.parametrize("knows_ens", [True, False])
async def test_a_delivery_service_verifies_senders_with_ens_names(ens, tmp_path, knows_ens):
    network = NetworkSettings(rpc_urls=(ens.chain.url,), ens_registry=ens.registry)
    settings = SiteSettings(
        folder=tmp_path,
        resolver=ResolverSettings(domains=(DomainSettings(name="apart.eth"),)),
        delivery=DeliverySettings(name="ds.apart.eth", unknown_senders=UnknownSenders.REFUSE),
        network=network if knows_ens else NetworkSettings(),
    )
    async with (
        Site(settings) as site,
        await connect(site.resolver.domains, allow_private=True) as client,
    ):
        lsp = await client.create_lsp(App("apart.eth"), BOB.wallet)
        service = await context_of(client).directory.delivery_service("ds.apart.eth")
        draft = Draft(to=lsp.name, from_=ALICE.name, timestamp=int(time.time() * 1000), content="hello")
        envelope = envelop(
            compose(draft, ALICE.keys.signing_private).text,
            receiver_key=lsp.identity.signed.profile.encryption_key,
            service_key=service.encryption_key,
            information=DeliveryInformation(lsp.name, ALICE.name),
            signing_key=ALICE.keys.signing_private,
            random=os.urandom,
        )
        submitting = DeliveryClient(context_of(client).http, service.url).submit(envelope)
        if knows_ens:
            await submitting
        else:
            with pytest.raises(ServiceRefused, match="cannot be resolved at the moment"):
                await submitting
