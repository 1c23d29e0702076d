"""The calls of resolvers and their results; eth-abi, which is not used there, says what is right."""

from contextlib import suppress

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import InvalidInput, MalformedData
from dm3.crypto import keccak
from dm3.protocol.ens import (
    MAX_CALLS,
    AddressCall,
    CoinAddressCall,
    Multicall,
    OtherCall,
    ResolveRequest,
    Scheme,
    TextCall,
    UnsupportedCall,
    decode_address,
    decode_bytes,
    decode_call,
    decode_resolve,
    decode_results,
    decode_text,
    dns_encode,
    encode_address,
    encode_bytes,
    encode_call,
    encode_coin_address,
    encode_raw_address,
    encode_resolve,
    encode_results,
    encode_text,
    namehash,
)

ADDRESS = "0x1DD8938401315464FeD053B8920295aE0f7C60B1"
NODE = namehash("alice.eth")
WELL_FORMED = st.text(st.characters(codec="utf-8"), max_size=80)
NODES = st.binary(min_size=32, max_size=32)
SINGLE = st.one_of(
    st.builds(TextCall, NODES, WELL_FORMED),
    st.builds(AddressCall, NODES),
    st.builds(CoinAddressCall, NODES, st.integers(0, 2**256 - 1)),
)
CALLS = st.one_of(SINGLE, st.builds(Multicall, st.lists(SINGLE, max_size=5).map(tuple)))


def selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


def word(number: int) -> bytes:
    return number.to_bytes(32)


def test_calls_are_spelt_as_solidity_has_them():
    text = encode_call(TextCall(NODE, "network.dm3.profile"))
    assert text == selector("text(bytes32,string)") + encode(
        ("bytes32", "string"), (NODE, "network.dm3.profile")
    )
    assert encode_call(AddressCall(NODE)) == selector("addr(bytes32)") + NODE
    coin = encode_call(CoinAddressCall(NODE, 60))
    assert coin == selector("addr(bytes32,uint256)") + encode(("bytes32", "uint256"), (NODE, 60))
    both = encode_call(Multicall((TextCall(NODE, "a"), AddressCall(NODE))))
    inner = [encode_call(TextCall(NODE, "a")), encode_call(AddressCall(NODE))]
    assert both == selector("multicall(bytes[])") + encode(("bytes[]",), (inner,))


@pytest.mark.parametrize(
    ("scheme", "signature", "context"),
    [
        (Scheme.OFFCHAIN_RESOLVER, "resolve(bytes,bytes)", ()),
        (Scheme.ERC3668_RESOLVER, "resolveWithContext(bytes,bytes,bytes)", (b"\x11" * 20,)),
    ],
)
def test_questions_of_resolver_contracts_are_told_apart_by_selector(scheme, signature, context):
    call = encode_call(AddressCall(NODE))
    request = ResolveRequest(scheme, "alice.eth", call, *context)
    types = ("bytes",) * (2 + len(context))
    data = selector(signature) + encode(types, (dns_encode("alice.eth"), call, *context))
    assert encode_resolve(request) == data
    assert decode_resolve(data) == request


@given(CALLS)
def test_calls_round_trip(call):
    assert decode_call(encode_call(call)) == call


@given(st.sampled_from(Scheme), st.binary(max_size=200), st.binary(max_size=40))
def test_questions_round_trip(scheme, call_data, context):
    context = context if scheme is Scheme.ERC3668_RESOLVER else b""
    request = ResolveRequest(scheme, "alice.eth", call_data, context)
    assert decode_resolve(encode_resolve(request)) == request


@given(WELL_FORMED)
def test_text_results_round_trip(value):
    assert encode_text(value) == encode(("string",), (value,))
    assert decode_text(encode_text(value)) == (value or None)


def test_no_result_is_no_text():
    assert decode_text(b"") is None
    with pytest.raises(MalformedData):
        encode_text("\ud800")
    with pytest.raises(MalformedData):
        decode_text(encode(("bytes",), (b"\xff\xfe",)))


def test_addresses_are_read_in_all_three_forms():
    assert encode_address(ADDRESS) == encode(("address",), (ADDRESS,))
    assert encode_coin_address(ADDRESS) == encode(("bytes",), (bytes.fromhex(ADDRESS[2:]),))
    for written in (encode_address, encode_coin_address, encode_raw_address):
        assert decode_address(written(ADDRESS)) == ADDRESS
        assert decode_address(written(None)) is None
    assert decode_address(b"") is None


@pytest.mark.parametrize(
    "data", [b"\x01" * 32, b"\x01" * 19, b"\x01" * 33, encode(("bytes",), (b"\x01" * 21,))]
)
def test_other_results_are_not_addresses(data):
    with pytest.raises(MalformedData):
        decode_address(data)


@given(st.lists(st.binary(max_size=100), max_size=8))
def test_results_of_multicalls_round_trip(results):
    assert encode_results(results) == encode(("bytes[]",), (results,))
    assert decode_results(encode_results(results)) == tuple(results)
    assert list(decode(("bytes[]",), encode_results(results))[0]) == results


@given(st.binary(max_size=100))
def test_bytes_round_trip(data):
    assert encode_bytes(data) == encode(("bytes",), (data,))
    assert decode_bytes(encode_bytes(data)) == data


def test_unknown_functions_are_refused_by_name_and_left_empty_in_a_multicall():
    contenthash = selector("contenthash(bytes32)") + NODE
    with pytest.raises(UnsupportedCall, match="0xbc1c58d1"):
        decode_call(contenthash)
    with pytest.raises(UnsupportedCall, match="resolveWithContext"):
        decode_resolve(contenthash)
    both = selector("multicall(bytes[])") + encode(
        ("bytes[]",), ([contenthash, encode_call(AddressCall(NODE))],)
    )
    assert decode_call(both) == Multicall((OtherCall(contenthash[:4]), AddressCall(NODE)))


MULTICALL = selector("multicall(bytes[])")
ONE = encode_call(AddressCall(NODE))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(ONE[:3], id="half a selector"),
        pytest.param(ONE[:-1], id="half a node"),
        pytest.param(encode_call(CoinAddressCall(NODE, 60))[:-1], id="half a coin"),
        pytest.param(encode_call(TextCall(NODE, "key"))[:-30], id="half a key"),
        pytest.param(selector("text(bytes32,string)") + NODE, id="no key"),
        pytest.param(selector("text(bytes32,string)") + NODE + word(2**256 - 1), id="offset outside"),
        pytest.param(selector("text(bytes32,string)") + NODE + word(64) + word(2**255), id="huge length"),
        pytest.param(
            selector("text(bytes32,string)") + encode(("bytes32", "bytes"), (NODE, b"\xff")), id="not UTF-8"
        ),
        pytest.param(MULTICALL, id="multicall of nothing"),
        pytest.param(MULTICALL + word(32) + word(2**256 - 1), id="endless multicall"),
        pytest.param(MULTICALL + encode(("bytes[]",), ([ONE] * (MAX_CALLS + 1),)), id="too many calls"),
        pytest.param(MULTICALL + encode(("bytes[]",), ([MULTICALL],)), id="nested multicall"),
        pytest.param(MULTICALL + encode(("bytes[]",), ([b""],)), id="empty call"),
        pytest.param(
            MULTICALL + word(32) + word(32) + word(32 * 32) * 32 + encode(("bytes",), (ONE * 30,))[32:],
            id="calls that share their bytes",
        ),
    ],
)
def test_hostile_calldata_is_refused(data):
    with pytest.raises(MalformedData):
        decode_call(data)


@given(
    st.one_of(
        st.binary(max_size=400),
        # Near the truth: a well-formed question with a few bytes overwritten, or cut.
        st.builds(
            lambda call, at, put, end: (lambda d: (d[: at % len(d)] + put + d[at % len(d) :])[:end])(
                encode_call(call)
            ),
            CALLS,
            st.integers(0, 999),
            st.binary(max_size=40),
            st.integers(0, 999),
        ),
    )
)
def test_reading_never_fails_in_another_way(data):
    for read in (decode_call, decode_resolve, decode_results, decode_text, decode_address, decode_bytes):
        with suppress(MalformedData, UnsupportedCall):
            read(data)


def test_what_cannot_be_written_is_refused():
    with pytest.raises(InvalidInput):
        encode_call(AddressCall(b"short"))
    with pytest.raises(InvalidInput):
        encode_call(Multicall((AddressCall(NODE),) * (MAX_CALLS + 1)))
    with pytest.raises(InvalidInput):
        encode_call(Multicall((OtherCall(b"abcd"),)))
