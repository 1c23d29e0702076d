"""Prepared transactions, who may send them, and a set-up check that no answer can bring down."""

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.encoding import from_hex
from dm3.base.errors import ConfigurationError, InvalidInput, MalformedData, Unreachable
from dm3.protocol.ens import labelhash, namehash
from dm3.protocol.ens.authority import Authority, ResolverKind, find_authority, resolver_kind
from dm3.protocol.ens.offchain import GatewayReply, OffchainLookup, encode_lookup
from dm3.protocol.ens.setup import STEPS, Step, check_setup
from dm3.protocol.ens.setup_wanted import Wanted
from dm3.protocol.ens.transactions import (
    LARGE_TEXT_BYTES,
    MAX_TEXT_BYTES,
    add_signers,
    calldata,
    likely_gas,
    offchain_resolver_arguments,
    selector,
    set_address,
    set_resolver,
    set_subname,
    set_text,
    set_verifier,
    size_warning,
)
from dm3.protocol.wallets.chain import CallQuestion, CallReverted, CodeQuestion
from tests.unit.people import ALICE, BOB, MALLORY

REGISTRY, WRAPPER, RESOLVER = ALICE.wallet.address, BOB.wallet.address, MALLORY.wallet.address
OWNER = "0x" + "12" * 20
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def word(address):
    return from_hex(address).rjust(32, b"\0")


def concluded(inquiry, answers):
    """Drive an inquiry; ``answers`` gives what to answer, or raise, for each question."""
    try:
        question = next(inquiry)
        while True:
            answer = answers(question)
            question = inquiry.throw(answer) if isinstance(answer, Exception) else inquiry.send(answer)
    except StopIteration as conclusion:
        return conclusion.value


# --- what is sent -------------------------------------------------------------------------------------


@given(texts, texts)
def test_a_text_is_written_as_it_is(key, value):
    made = set_text("Alice.eth", key, value, resolver=RESOLVER.lower(), chain_id=5)
    assert (made.to, made.value, made.chain_id) == (RESOLVER, 0, 5)
    assert made.data[:4].hex() == "10f13a8c"
    assert decode(("bytes32", "string", "string"), made.data[4:]) == (namehash("alice.eth"), key, value)
    assert "alice.eth" in made.sentence
    assert made.as_json()["data"] == "0x" + made.data.hex()


def test_the_functions_are_those_of_the_contracts():
    for made, named in (
        (set_address("a.eth", OWNER, resolver=RESOLVER, chain_id=1), "d5fa2b00"),
        (set_resolver("a.eth", RESOLVER, registry=REGISTRY, chain_id=1), "1896f70a"),
        (add_signers([OWNER], verifier=RESOLVER, chain_id=1), selector("addSigners(address[])").hex()),
    ):
        assert made.data[:4].hex() == named
    urls = ["https://one/{sender}/{data}", "https://two"]
    made = set_verifier("a.eth", OWNER, urls, resolver=RESOLVER, chain_id=1)
    assert decode(("bytes32", "address", "string[]"), made.data[4:])[2] == tuple(urls)
    assert decode(("string", "address[]"), offchain_resolver_arguments("https://x", [OWNER])) == (
        "https://x",
        (OWNER,),
    )


def test_a_name_below_one_is_registered_where_that_one_is():
    def made(registry, wrapped):
        return set_subname(
            "Shop.A.eth",
            owner=OWNER,
            resolver=RESOLVER,
            registry=registry,
            wrapped=wrapped,
            chain_id=1,
        )

    holders = (OWNER.lower(), RESOLVER.lower())
    plain = made(REGISTRY, False)
    function = "setSubnodeRecord(bytes32,bytes32,address,address,uint64)"
    assert (plain.to, plain.data[:4]) == (REGISTRY, selector(function))
    kinds = ["bytes32", "bytes32", "address", "address", "uint64"]
    assert decode(kinds, plain.data[4:]) == (namehash("a.eth"), labelhash("shop"), *holders, 0)
    wrapped = made(WRAPPER, True)
    assert (wrapped.to, wrapped.data[:4].hex()) == (WRAPPER, "24c1af44")
    kinds = ["bytes32", "string", "address", "address", "uint64", "uint32", "uint64"]
    assert decode(kinds, wrapped.data[4:]) == (namehash("a.eth"), "shop", *holders, 0, 0, 0)


def test_what_cannot_be_sent_is_refused():
    with pytest.raises(InvalidInput, match="do not fit into a transaction"):
        set_text("a.eth", "k", "x" * (MAX_TEXT_BYTES + 1), resolver=RESOLVER, chain_id=1)
    with pytest.raises(InvalidInput, match="surrogates"):
        set_text("a.eth", "k", "\ud800", resolver=RESOLVER, chain_id=1)
    wrong = REGISTRY.swapcase().replace("0X", "0x")
    with pytest.raises(InvalidInput, match="mistyped"):
        set_address("a.eth", wrong, resolver=RESOLVER, chain_id=1)
    with pytest.raises(InvalidInput, match="gateway URL"):
        set_verifier("a.eth", OWNER, [], resolver=RESOLVER, chain_id=1)


def test_large_records_are_warned_of_with_their_gas():
    assert size_warning("x" * LARGE_TEXT_BYTES) is None
    assert "gas" in (size_warning("x" * (LARGE_TEXT_BYTES + 1)) or "")
    assert likely_gas("x" * 400) < likely_gas("x" * 500) < likely_gas("é" * 500)


# --- who may send it ----------------------------------------------------------------------------------


def ens(wrapped=False, resolver=RESOLVER, serves=REGISTRY):
    """Answers of a registry with one name, owned by a key or in a NameWrapper."""

    def answer(question):
        if isinstance(question, CodeQuestion):
            return b"code" if wrapped else b""
        function = question.data[:4]
        if question.to == REGISTRY:
            found = {selector("owner(bytes32)"): WRAPPER if wrapped else OWNER}.get(function, resolver)
            return word(found)
        if function == selector("ens()"):
            return word(serves)
        return word(OWNER) if function == selector("ownerOf(uint256)") else CallReverted()

    return answer


def test_the_owner_is_the_registrys_or_the_name_wrappers():
    plain = concluded(find_authority("A.eth", REGISTRY), ens())
    assert (plain.name, plain.owner, plain.wrapper, plain.resolver) == ("a.eth", OWNER, None, RESOLVER)
    assert "says the ENS registry" in plain.sentence
    wrapped = concluded(find_authority("a.eth", REGISTRY), ens(wrapped=True))
    assert (wrapped.owner, wrapped.wrapper) == (OWNER, WRAPPER)
    assert f"the NameWrapper {WRAPPER}" in wrapped.sentence
    # A multisig, or a wrapper of another registry, is the owner itself.
    other = concluded(find_authority("a.eth", REGISTRY), ens(wrapped=True, serves=OWNER))
    assert (other.owner, other.wrapper) == (WRAPPER, None)


def test_what_is_no_registry_is_told():
    for answer in (b"", b"\1" * 32, b"x" * 31, CallReverted()):
        with pytest.raises(ConfigurationError, match="no ENS registry"):
            concluded(find_authority("a.eth", REGISTRY), lambda _, answer=answer: answer)
    nobody = concluded(find_authority("a.eth", REGISTRY), lambda _: bytes(32))
    assert nobody == Authority(name="a.eth", owner=None)


def test_resolvers_are_told_apart_by_their_interfaces():
    def having(*interfaces):
        known = [calldata("supportsInterface(bytes4)", bytes.fromhex(one)) for one in interfaces]
        return lambda question: (1 if question.data in known else 0).to_bytes(32)

    text, extended = "59d1d43c", "9061b923"
    assert concluded(resolver_kind(None), having()) is ResolverKind.NONE
    assert concluded(resolver_kind(RESOLVER), having(text)) is ResolverKind.ON_CHAIN
    assert concluded(resolver_kind(RESOLVER), having(text, extended)) is ResolverKind.ON_CHAIN
    assert concluded(resolver_kind(RESOLVER), having(extended)) is ResolverKind.OFF_CHAIN
    assert concluded(resolver_kind(RESOLVER), having()) is ResolverKind.OTHER
    assert concluded(resolver_kind(RESOLVER), lambda _: CallReverted()) is ResolverKind.OTHER


# --- the set-up check ---------------------------------------------------------------------------------

LOOKUP = encode_lookup(OffchainLookup(RESOLVER, ("https://g/{data}",), b"\x90\x61\xb9\x23", b"call", b"x"))
answers_of_strangers = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            bytes(32),
            (1).to_bytes(32),
            word(OWNER),
            encode(("(string[],address)", "bytes32"), (((), OWNER), bytes(32))),
            encode(("(string[],address)", "bytes32"), ((("https://g",), OWNER), bytes(32))),
            CallReverted(LOOKUP),
            CallReverted(LOOKUP[:-40]),
            CallReverted(b"\x08\xc3\x79\xa0"),
            MalformedData("of the node"),
            Unreachable("the node"),
        ]
    ),
)


@given(st.lists(answers_of_strangers, max_size=30), st.binary(max_size=300), st.booleans())
def test_no_answer_of_chain_or_gateway_brings_the_check_down(said, body, said_much):
    said = iter(said)
    steps = []

    def answer(question):
        match question:
            case Step():
                steps.append(question)
                return None
            case CodeQuestion() | CallQuestion():
                return next(said, (1).to_bytes(32) if said_much else word(OWNER))
            case _:
                return GatewayReply("g", 200, body)

    wanted = Wanted(domain="app.eth", signer=OWNER, gateway="https://g/{data}", verifier=OWNER)
    held = concluded(check_setup(wanted, registry=REGISTRY, chain_id=1, now=0), answer)
    assert [step.name for step in steps] == list(STEPS)
    states = [step.ok for step in steps]
    assert held == all(states)
    assert held or states.count(False) == 1
    assert all(step.found for step in steps)
