"""The ENS that the other tests stand on is what it says it is."""

import pytest

from dm3.base import read_json
from dm3.model import RecordKey
from dm3.protocol.ens import decode_address, decode_text, dns_encode, namehash
from dm3.wire import data_uri
from tests.development_chain import calldata
from tests.e2e.ens_scene import gateway_url
from tests.unit.people import ALICE, BOB

pytestmark = pytest.mark.interop


def test_an_on_chain_name_has_its_records(ens):
    node = namehash(ALICE.name)
    owner = ens.chain.call(ens.registry, calldata("owner(bytes32)", node))
    assert decode_address(owner) == ALICE.wallet.address
    address = ens.chain.call(ens.public_resolver, calldata("addr(bytes32)", node))
    assert decode_address(address) == ALICE.wallet.address
    text = ens.chain.call(ens.public_resolver, calldata("text(bytes32,string)", node, RecordKey.PROFILE))
    assert decode_text(text) == data_uri(read_json(ALICE.signed_profile.text))
    reverse = namehash(f"{ALICE.wallet.address[2:].lower()}.addr.reverse")
    name = ens.chain.call(ens.public_resolver, calldata("name(bytes32)", reverse))
    assert decode_text(name) == ALICE.name


def test_only_its_owner_writes_a_name(ens):
    ens.chain.let_in(BOB.wallet.address)
    with pytest.raises(AssertionError):
        ens.set_text(ALICE.name, "avatar", "mine", sender=BOB.wallet.address)
    ens.set_text(ALICE.name, "avatar", "hers", sender=ALICE.wallet.address)


@pytest.mark.parametrize("domain", ["app", "main"])
def test_an_application_domain_leads_to_its_gateway(ens, domain):
    domain = getattr(ens, domain)
    name, node = dns_encode(f"someone.{domain.name}"), namehash(f"someone.{domain.name}")
    found = ens.chain.call(ens.registry, calldata("resolver(bytes32)", namehash(domain.name)))
    assert decode_address(found) == domain.contract
    signs = ens.chain.call(domain.verifier, calldata("signers(address)", domain.signer.address))
    assert any(signs)
    asked = calldata("resolve(bytes,bytes)", name, calldata("addr(bytes32)", node))
    told = ens.chain.reverts(domain.contract, asked)
    assert told[:4].hex() == "556f1830"  # OffchainLookup
    assert gateway_url(domain.port).encode() in told
