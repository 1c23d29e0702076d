"""Names on a chain, as other people's software sees them: ethers 5 and 6, and dm3's published libraries.

Everything is real: contracts of ENS and of dm3 on a development chain, our two sites behind them, our
clients, which find all names through ENS too, and the npm packages with nothing special told to them.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from dm3.base import canonical_json, read_json
from dm3.base.errors import BadSignature, NotFound
from dm3.cli.demo.chain import read_chain
from dm3.cli.demo.stage import APP_DOMAIN, MAIN_DOMAIN, Stage, stage
from dm3.client import Account, App, LimitedScopeProfile, Messenger
from dm3.model import RecordKey
from dm3.net import JsonRpcChain
from dm3.net.names.ens import EnsNames
from dm3.wire import data_uri, delivery_service_json, envelope_text
from tests.demo_chain import describe
from tests.e2e.ens_scene import EnsScene, scene_or_skip
from tests.interop.people import encryption_pair, reference_keys
from tests.interop.reference_peer import ETHERS_6, ReferencePeer
from tests.kit.inside import context_of
from tests.unit.people import ALICE, BOB, MALLORY, person

pytestmark = [pytest.mark.interop, pytest.mark.asyncio(loop_scope="module")]

PROFILE, SERVICE = RecordKey.PROFILE, RecordKey.DELIVERY_SERVICE
ALIAS = f"reader.user.{MAIN_DOMAIN}"
CAROL = person("carol.eth", f"ds.{MAIN_DOMAIN}")
NOBODY = [f"nobody.{domain}" for domain in (APP_DOMAIN, MAIN_DOMAIN)]
ethers = pytest.mark.parametrize("ethers", [5, 6])


@pytest.fixture(scope="module")
def ens():
    yield from scene_or_skip()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(ens, reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ens")
    async with stage(folder, os.urandom, read_chain(describe(ens, folder))) as place:
        yield await Cast.enter(ens, reference, place)


@dataclass
class Cast:
    """The people and services; ``found`` is what each name has to show: address and text records."""

    ens: EnsScene
    reference: ReferencePeer
    stage: Stage
    lsps: dict[str, LimitedScopeProfile]
    reader: Messenger
    found: dict[str, tuple[str | None, dict[str, str]]]

    @classmethod
    async def enter(cls, ens: EnsScene, reference: ReferencePeer, place: Stage) -> Cast:
        """One profile below each domain, one with an alias, one of each kind on the chain."""
        lsps = {}
        for domain in (APP_DOMAIN, MAIN_DOMAIN):
            client = await place.party()
            lsps[domain] = await client.create_lsp(App(domain, "https://app.example"), place.new_wallet())
        reader = await (await place.party()).create_profile(MAIN_DOMAIN, place.new_wallet(), alias=ALIAS)
        found: dict[str, tuple[str | None, dict[str, str]]] = {}
        everybody: list[Account] = [*lsps.values(), reader]
        for account in everybody:
            value = data_uri(read_json(account.identity.signed.text))
            found[account.identity.name] = (account.identity.address, {PROFILE: value})
        found[ALIAS] = found[reader.identity.name]
        found[ALICE.name] = (ALICE.wallet.address, {PROFILE: data_uri(read_json(ALICE.signed_profile.text))})
        for site in place.sites:
            record = (await site.delivery.record()).texts[SERVICE]
            found[site.delivery.name] = (None, {SERVICE: record})
        published = (await place.sites[0].delivery.record()).texts[SERVICE]
        ens.set_text("ds.eth", SERVICE, published)
        found["ds.eth"] = (None, {SERVICE: published})
        return cls(ens, reference, place, lsps, reader, found)

    async def ask(self, op: str, **args: Any) -> Any:
        """Ask the npm packages, while our services go on in this process."""
        chain = {"rpcUrl": self.ens.chain.url, "registry": self.ens.registry, "chainId": 31_337}
        return await asyncio.to_thread(self.reference.call, op, chain=chain, **args)


# --- the same names for everybody -----------------------------------------------------------------


async def test_they_are_the_versions_that_are_meant(cast):
    assert await cast.ask("ethersVersions") == ["ethers/5.7.2", ETHERS_6]


@ethers
async def test_ethers_finds_what_we_published(cast, ethers):
    questions = [{"name": name, "keys": [PROFILE, SERVICE]} for name in cast.found]
    told = await cast.ask("lookUp", ethers=ethers, questions=questions, addresses=[ALICE.wallet.address])
    seen = dict(zip(cast.found, told["names"], strict=True))
    for name, (address, texts) in cast.found.items():
        assert seen[name]["address"] == address, name
        # Where there is no text, ethers 5 says null and ethers 6 says "".
        assert {key: text for key, text in seen[name]["texts"].items() if text} == texts, name
    assert told["addresses"] == [ALICE.name]


async def test_our_client_finds_the_same(cast):
    names = context_of(await cast.stage.party()).names
    for name, (address, texts) in cast.found.items():
        assert await names.address(name) == address, name
        for key in (PROFILE, SERVICE):
            assert await names.text(name, key) == texts.get(key), name


async def test_our_client_finds_the_name_of_an_address(cast):
    http = context_of(await cast.stage.party()).http
    async with JsonRpcChain(cast.ens.chain.url) as chain:
        names = EnsNames(chain, http, registry=cast.ens.registry)
        try:
            assert await names.primary_name(ALICE.wallet.address) == ALICE.name
            assert await names.primary_name(BOB.wallet.address) is None
        finally:
            await names.close()


@ethers
async def test_the_form_of_an_address_with_a_coin_is_answered_too(cast, ethers):
    names = [lsp.name for lsp in cast.lsps.values()]
    told = await cast.ask("lookUp", ethers=ethers, questions=[{"name": one, "coins": [60]} for one in names])
    addresses = [cast.found[name][0] for name in names]
    assert [seen["coins"]["60"] for seen in told["names"]] == addresses


@ethers
async def test_a_name_that_nobody_has_is_nobodys(cast, ethers):
    questions = [{"name": name, "keys": [PROFILE]} for name in NOBODY]
    for seen in (await cast.ask("lookUp", ethers=ethers, questions=questions))["names"]:
        assert not isinstance(seen["address"], str)
        assert not isinstance(seen["texts"][PROFILE], str) or not seen["texts"][PROFILE]
    names = context_of(await cast.stage.party()).directory
    for name in NOBODY:
        with pytest.raises(NotFound):
            await names.profile(name)


# --- dm3's own libraries --------------------------------------------------------------------------


async def test_the_reference_verifies_our_profiles(cast):
    for name, (_, texts) in cast.found.items():
        if PROFILE in texts:
            got = await cast.ask("getUserProfile", name=name)
            assert data_uri(got) == texts[PROFILE], name


async def test_a_profile_of_somebody_else_is_refused_by_both(cast):
    cast.ens.create(MALLORY.name)
    cast.ens.set_address(MALLORY.name, MALLORY.wallet.address)
    cast.ens.set_text(MALLORY.name, PROFILE, data_uri(read_json(ALICE.signed_profile.text)))
    args = {"chain": {"rpcUrl": cast.ens.chain.url, "registry": cast.ens.registry, "chainId": 31_337}}
    assert await asyncio.to_thread(cast.reference.refuses, "getUserProfile", name=MALLORY.name, **args)
    with pytest.raises(BadSignature):
        await context_of(await cast.stage.party()).directory.profile(MALLORY.name)


async def test_the_reference_reads_our_delivery_services(cast):
    main, app = (await cast.stage.sites[0].delivery.profile(), await cast.stage.sites[1].delivery.profile())
    for name, profile in {f"ds.{MAIN_DOMAIN}": main, f"ds.{APP_DOMAIN}": app, "ds.eth": main}.items():
        got = await cast.ask("getDeliveryServiceProfile", name=name)
        assert canonical_json(got) == canonical_json(delivery_service_json(profile)), name


@pytest.mark.parametrize("domain", [APP_DOMAIN, MAIN_DOMAIN])
async def test_a_conversation_with_the_reference_takes_names_alone(cast, domain):
    """Its message reaches our profile, and our answer reaches its name, whose records are on the chain."""
    cast.ens.create(CAROL.name)
    cast.ens.set_address(CAROL.name, CAROL.wallet.address)
    cast.ens.set_text(CAROL.name, PROFILE, data_uri(read_json(CAROL.signed_profile.text)))
    lsp, text = cast.lsps[domain], f"From a name to a name: {domain}"
    keys = reference_keys(CAROL)
    sent = await cast.ask("writeByName", to=lsp.name, **{"from": CAROL.name}, keys=keys, text=text)
    # The reference's request has no id, which makes it a notification for JSON-RPC: no answer, no refusal.
    assert (sent["status"], sent["body"]) == (204, ""), sent
    [message] = await lsp.sync()
    assert (message.peer, message.content) == (CAROL.name, text)

    service = await context_of(await cast.stage.party()).service(CAROL.profile.delivery_services[0])
    await service.register(CAROL.name, CAROL.signed_profile)
    token = await service.authenticate(CAROL.name, CAROL.keys.signing_private)
    before = await service.fetch(CAROL.name, token, reader="reference")
    await lsp.send(CAROL.name, f"{text}, and back")
    page = await service.fetch(CAROL.name, token, reader="reference", after=before.cursor)
    last = page.messages[-1].envelope
    assert last is not None
    envelope = read_json(envelope_text(last))
    pair = encryption_pair(CAROL.keys)
    opened = await asyncio.to_thread(cast.reference.call, "decryptEnvelop", envelop=envelope, keyPair=pair)
    assert opened["message"]["message"] == f"{text}, and back"
    assert opened["message"]["metadata"]["from"] == lsp.name


async def test_nobody_has_asked_past_the_contracts(cast):
    """Clients and delivery services of the tests above: each name came by a gateway's signed answer."""
    http = context_of(await cast.stage.party()).http
    for site in cast.stage.sites:
        counted = (await http.get(f"{site.resolver.url}/metrics")).text
        [answered] = re.findall(r'^dm3_resolver_ccip_total{outcome="ok"} (.+)$', counted, re.MULTILINE)
        looked_up = re.findall(r"^dm3_resolver_lookups_total{.*} (.+)$", counted, re.MULTILINE)
        assert sum(map(float, looked_up)) == float(answered) > 0
