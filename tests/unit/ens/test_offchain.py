"""CCIP-Read taken apart: the revert, the gateway's request and answer, the way back (ERC-3668)."""

import json

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base.errors import CannotTell, NotFound, ServiceRefused
from dm3.crypto import keccak
from dm3.protocol.ens.offchain import (
    MAX_ANSWER,
    MAX_GATEWAYS,
    MAX_LOOKUP,
    OFFCHAIN_LOOKUP,
    BadLookup,
    GatewayReply,
    GatewayRequest,
    OffchainLookup,
    callback_call,
    decode_lookup,
    encode_lookup,
    gateway_request,
    is_lookup,
    read_reply,
)
from dm3.protocol.ens.reverts import revert_reason
from tests.unit.people import ALICE
from tests.unit.strategies import read_or_refused

TYPES = ("address", "string[]", "bytes", "bytes4", "bytes")
SENDER = ALICE.wallet.address
LOOKUP = OffchainLookup(
    SENDER, ("https://a.example/{sender}/{data}.json", "https://b.example/"), b"\x01\x02", b"back", b"more"
)


def revert(*values, types=TYPES) -> bytes:
    return OFFCHAIN_LOOKUP + encode(types, values)


def test_the_selector_is_the_errors():
    assert keccak(b"OffchainLookup(address,string[],bytes,bytes4,bytes)")[:4] == OFFCHAIN_LOOKUP


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=50), min_size=1, max_size=MAX_GATEWAYS),
    st.binary(max_size=100),
    st.binary(min_size=4, max_size=4),
    st.binary(max_size=100),
)
def test_a_revert_is_read_as_solidity_writes_it(urls, call_data, callback, extra):
    lookup = OffchainLookup(SENDER, tuple(urls), call_data, callback, extra)
    written = revert(SENDER, urls, call_data, callback, extra)
    assert is_lookup(written)
    assert decode_lookup(written) == lookup
    assert decode_lookup(encode_lookup(lookup)) == lookup


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x08\xc3\x79\xa0",
        OFFCHAIN_LOOKUP,
        revert(SENDER, [], b"", b"back", b""),
        revert(SENDER, ["https://a/"] * (MAX_GATEWAYS + 1), b"", b"back", b""),
        revert(SENDER, ["https://a/"], b"x" * MAX_LOOKUP, b"back", b""),
        revert(SENDER, ["https://a/"], b"", b"back", b"")[:-40],
        revert(1 << 200, ["https://a/"], b"", b"back", b"", types=("uint256", *TYPES[1:])),
        revert(SENDER, ["https://a/"], b"", b"backbone", b"", types=(*TYPES[:3], "bytes32", "bytes")),
        revert(SENDER, [b"\xff"], b"", b"back", b"", types=("address", "bytes[]", *TYPES[2:])),
        revert(SENDER, 1 << 255, b"", b"back", b"", types=("address", "uint256", *TYPES[2:])),
    ],
)
def test_what_is_no_usable_revert(data):
    with pytest.raises(BadLookup):
        decode_lookup(data)


@given(st.binary(max_size=400))
def test_any_revert_is_read_or_refused(data):
    read_or_refused(decode_lookup, OFFCHAIN_LOOKUP + data)


@pytest.mark.parametrize(
    ("template", "request_"),
    [
        ("https://a.example/{sender}/{data}.json", ("https://a.example/SENDER/0x0102.json", None)),
        ("https://a.example/?d={data}&s={sender}", ("https://a.example/?d=0x0102&s=SENDER", None)),
        ("https://a.example/{data}/{data}", ("https://a.example/0x0102/0x0102", None)),
        ("https://a.example/{sender}", ("https://a.example/SENDER", '{"data":"0x0102","sender":"SENDER"}')),
        ("https://a.example/", ("https://a.example/", '{"data":"0x0102","sender":"SENDER"}')),
        ("https://a.example/{Data}", ("https://a.example/{Data}", '{"data":"0x0102","sender":"SENDER"}')),
    ],
)
def test_a_template_is_filled_in(template, request_):
    url, body = (text and text.replace("SENDER", SENDER.lower()) for text in request_)
    assert gateway_request(LOOKUP, template) == GatewayRequest(url, body)


@pytest.mark.parametrize(
    "template",
    [
        "",
        "https://a.example/ {data}",
        "https://a\n.example/",
        "https://ä.example/",
        "https://a.example\\@b/",
        "https://a.example/" + "x" * 2000,
        'https://a.example/"',
        "https://a.example/<b>",
    ],
)
def test_a_template_that_is_no_url(template):
    with pytest.raises(BadLookup):
        gateway_request(LOOKUP, template)


def test_the_answer_goes_back_as_the_contract_reads_it():
    call = callback_call(replace(LOOKUP, extra_data=b"x" * 45), b"answer")
    assert call[:4] == b"back"
    assert decode(("bytes", "bytes"), call[4:]) == (b"answer", b"x" * 45)


def reply(status: int, body: object) -> GatewayReply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return GatewayReply("a.example", status, data)


def test_a_gateways_answer():
    assert read_reply(reply(200, {"data": "0x0aFF", "more": 1})) == b"\x0a\xff"


@pytest.mark.parametrize(
    ("given_", "error", "says"),
    [
        (reply(404, {"message": "not my name"}), NotFound, "404: not my name"),
        (reply(400, {"error": "what?", "code": "x"}), ServiceRefused, "400: what"),
        # What is not said as ERC-3668 has it, or does not belong to a gateway, is of something in between.
        (reply(404, b""), CannotTell, "a.example"),
        (reply(404, b"<html>Not Found</html>"), CannotTell, "404"),
        (reply(400, {"message": 7}), CannotTell, "400"),
        (reply(401, {"message": "log in"}), CannotTell, "401"),
        (reply(403, {"message": "no"}), CannotTell, "403"),
        (reply(407, {"message": "no"}), CannotTell, "407"),
        (reply(408, {"message": "slow"}), CannotTell, "408"),
        (reply(425, {"message": "early"}), CannotTell, "425"),
        (reply(429, {"message": "\x1b[2Jslow\ndown"}), CannotTell, r": \ \[2Jslow down"),
        (reply(500, {"message": "later"}), CannotTell, "later"),
        (reply(503, b"<html>"), CannotTell, "503"),
        (reply(302, b""), CannotTell, "302"),
        (reply(302, {"data": "0x"}), CannotTell, "302"),
        (reply(204, b""), CannotTell, "204"),
        (reply(200, b""), CannotTell, "nothing else"),
        (reply(200, b"\xff"), CannotTell, "none of its own"),
        (reply(200, b"<html>log in</html>"), CannotTell, "none of its own"),
        (reply(200, []), CannotTell, "none of its own"),
        (reply(200, {}), CannotTell, "none of its own"),
        (reply(200, {"data": None}), CannotTell, "none of its own"),
        (reply(200, {"data": 1}), CannotTell, "none of its own"),
        (reply(200, {"data": "beef"}), CannotTell, "none of its own"),
        (reply(200, {"data": "0xb"}), CannotTell, "none of its own"),
        (reply(200, {"data": "0x" + "00" * MAX_ANSWER}), CannotTell, "none of its own"),
    ],
)
def test_what_a_gateway_may_do_instead(given_, error, says):
    with pytest.raises(error, match=says):
        read_reply(given_)


@given(st.integers(100, 599), st.binary(max_size=60) | st.just(b'{"data":"0x"}'))
def test_any_reply_is_read_or_refused(status, body):
    read_or_refused(read_reply, GatewayReply("a.example", status, body))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no reason"),
        (bytes.fromhex("08c379a0") + encode(["string"], ["expired\x07"]), "'expired '"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [17]), "0x11"),
        (bytes.fromhex("08c379a0") + b"\xff" * 40, "0x08c379a0"),
        (b"\x01\x02\x03\x04\x05", "0x01020304"),
        (b"\x01", "0x01"),
    ],
)
def test_why_a_contract_refused(data, reason):
    assert reason in revert_reason(data)
    assert len(revert_reason(bytes.fromhex("08c379a0") + encode(["string"], ["x" * 5000]))) < 300
