"""Sign-in messages (EIP-4361): read, printed, checked."""

import calendar
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base.errors import InvalidInput, MalformedData, TooLarge
from dm3.protocol.wallets.siwe import MAX_SIWE_BYTES, SiweMessage, parse_siwe, print_siwe
from dm3.protocol.wallets.siwe_check import (
    SiweAddress,
    SiweChain,
    SiweDomain,
    SiweExpired,
    SiweNonce,
    SiweNotYetValid,
    SiweRefused,
    SiweUri,
    check_siwe,
)
from dm3.protocol.wallets.times import time_text, unix_time
from tests.unit.people import ALICE, BOB
from tests.unit.strategies import any_text, read_or_refused

# The example of the standard, word for word.
EXAMPLE = """example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
ISSUED = calendar.timegm((2021, 9, 30, 16, 25, 24))

EXPIRES, NOT_BEFORE = 1_700_003_600, 1_700_000_060
FULL = SiweMessage(
    scheme="https",
    domain="app.example:8443",
    address=ALICE.wallet.address,
    statement="Anmelden – 100 % kostenlos",
    uri="https://app.example:8443/login",
    chain_id=1,
    nonce="a1B2c3D4e5",
    issued_at=1_700_000_000,
    expires_at=EXPIRES,
    not_before=NOT_BEFORE,
    request_id="r-1",
    resources=("dm3:type:LINK",),
)
NOW = 1_700_000_100


def test_the_example_of_the_standard_is_read():
    message = parse_siwe(EXAMPLE)
    assert message == SiweMessage(
        domain="example.com",
        address="0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
        statement="I accept the ExampleOrg Terms of Service: https://example.com/tos",
        uri="https://example.com/login",
        chain_id=1,
        nonce="32891756",
        issued_at=ISSUED,
        resources=(
            "ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/",
            "https://example.com/my-web2-claim.json",
        ),
    )
    assert print_siwe(message) == EXAMPLE


ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"


@pytest.mark.parametrize("line", ["", " ", "0x", "example.eth", ADDRESS[:-1], ADDRESS + " "])
def test_a_line_without_an_address_is_refused(line):
    with pytest.raises(MalformedData, match="not an Ethereum address"):
        parse_siwe(EXAMPLE.replace(ADDRESS, line))


@pytest.mark.parametrize("line", [ADDRESS.lower(), ADDRESS.upper().replace("X", "x"), ADDRESS.swapcase()])
def test_an_address_in_other_letters_is_told_how_to_be_mended(line):
    text = EXAMPLE.replace(ADDRESS, line)
    with pytest.raises(MalformedData) as refused:
        parse_siwe(text)
    if ADDRESS in refused.value.hint:
        assert parse_siwe(text.replace(line, ADDRESS)).address == ADDRESS
    else:  # a checksum that is wrong is a slip somewhere in the address, and nobody knows where
        assert line == ADDRESS.swapcase()


times = st.integers(min_value=0, max_value=253402300799)
words = st.text("abcXYZ019", min_size=8, max_size=40)
uris = words.map(lambda word: f"https://{word}.example/{word}?q=%20#x")
messages = st.builds(
    SiweMessage,
    scheme=st.none() | st.sampled_from(["https", "http", "web+x"]),
    domain=st.sampled_from(["app.example", "localhost:3000", "[::1]:80", "127.0.0.1"]),
    address=st.sampled_from([ALICE.wallet.address, BOB.wallet.address]),
    statement=st.none() | st.text(st.characters(exclude_categories=("C", "Z")), min_size=1),
    uri=uris,
    chain_id=st.integers(min_value=0, max_value=10**18),
    nonce=words,
    issued_at=times,
    expires_at=st.none() | times,
    not_before=st.none() | times,
    request_id=st.none() | words | st.just(""),
    resources=st.none() | st.lists(uris, max_size=4).map(tuple),
)


@given(messages)
def test_what_is_printed_reads_the_same(message):
    assert parse_siwe(print_siwe(message)) == message


@given(any_text | st.text().map(lambda text: EXAMPLE.replace("32891756", text)))
def test_any_text_is_read_or_refused(text):
    message = read_or_refused(parse_siwe, text)
    if message is not None:
        assert print_siwe(message).split("\n", 1)[0] == text.split("\n", 1)[0]


@given(st.integers(min_value=0, max_value=len(EXAMPLE) - 1), st.sampled_from("\n\r\t\0 x0"))
def test_a_letter_more_never_goes_unnoticed(position, letter):
    changed = EXAMPLE[:position] + letter + EXAMPLE[position:]
    message = read_or_refused(parse_siwe, changed)
    assert message is None or print_siwe(message) != EXAMPLE


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (" wants you to sign in", " wants you to log in"),
        ("example.com wants", "user@example.com wants"),
        ("example.com wants", " wants"),
        ("0xC02aaA39", "0xc02aaA39"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\n", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"),
        ("\n\nI accept", "\nI accept"),
        ("tos\n\nURI", "tos\nURI"),
        ("I accept", "I\taccept"),
        ("I accept", "I\u2028accept"),
        ("I accept", "I\ud800accept"),
        ("https://example.com/login", "/login"),
        ("https://example.com/login", "https://example.com/lo gin"),
        ("URI: https://example.com/login\n", ""),
        ("Version: 1", "Version: 2"),
        ("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
        ("Chain ID: 1", "Chain ID: one"),
        ("Chain ID: 1", "Chain ID: \u0661"),
        ("Chain ID: 1", "Chain ID: 01"),
        ("Nonce: 32891756", "Nonce: 3289175"),
        ("Nonce: 32891756", "Nonce: 3289175-6"),
        ("Nonce: 32891756", "Nonce: " + "9" * 257),
        ("2021-09-30T16:25:24Z", "2021-09-30 16:25:24Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30T16:25:24"),
        ("2021-09-30T16:25:24Z", "2021-09-31T16:25:24Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30T25:25:24Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30T16:25:24+24:00"),
        ("\nResources:", "\nRequest ID: a b\nResources:"),
        ("\nResources:", "\nNot Before: 2021-09-30T16:25:24Z\nExpiration Time: 2021-09-30T16:25:24Z\nRes:"),
        ("\nResources:", "\nSomething: else\nResources:"),
        ("- ipfs:", "ipfs:"),
        ("- ipfs:", "- "),
        ("claim.json", "claim.json\n"),
        ("claim.json", "claim.json\n- a:b" * 60),
    ],
)
def test_one_fault_is_malformed(there, instead):
    assert EXAMPLE.count(there) == 1
    with pytest.raises(MalformedData):
        parse_siwe(EXAMPLE.replace(there, instead))


def test_a_long_message_is_refused():
    with pytest.raises(TooLarge):
        parse_siwe(EXAMPLE.replace("I accept", "ü" * (MAX_SIWE_BYTES // 2)))


@pytest.mark.parametrize(
    "fault",
    [
        {"statement": "two\nlines"},
        {"statement": ""},
        {"uri": "https://a.example\nVersion: 1"},
        {"nonce": "short"},
        {"address": ALICE.wallet.address.lower()},
        {"domain": "a b"},
        {"resources": ("no uri",)},
        {"issued_at": 10**15},
    ],
)
def test_what_would_read_differently_is_not_printed(fault):
    with pytest.raises(InvalidInput):
        print_siwe(replace(FULL, **fault))


EXPECTED: dict[str, Any] = {
    "now": NOW,
    "domains": ["app.example:8443"],
    "uris": ["https://app.example:8443"],
    "address": ALICE.wallet.address,
    "nonce": FULL.nonce,
    "chain_ids": [1, 5],
}


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"uris": None, "nonce": None, "chain_ids": None, "address": None},
        {"domains": ["other.example", "APP.example:8443"]},
        {"uris": ["https://app.example:8443/login"]},
        {"uris": ["https://app.example:8443/"]},
        {"address": ALICE.wallet.address.lower()},
        {"now": NOT_BEFORE - 120},
        {"now": EXPIRES + 119},
    ],
)
def test_what_fits_is_accepted(expected):
    check_siwe(FULL, **{**EXPECTED, **expected})


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ({"domains": ["app.example"]}, SiweDomain, "siwe-domain"),
        ({"domains": []}, SiweDomain, "siwe-domain"),
        ({"uris": ["https://app.example:8443/log"]}, SiweUri, "siwe-uri"),
        ({"uris": ["https://other.example"]}, SiweUri, "siwe-uri"),
        ({"uris": []}, SiweUri, "siwe-uri"),
        ({"address": BOB.wallet.address}, SiweAddress, "siwe-address"),
        ({"nonce": "a1B2c3D4e6"}, SiweNonce, "siwe-nonce"),
        ({"chain_ids": [5]}, SiweChain, "siwe-chain"),
        ({"now": EXPIRES + 120}, SiweExpired, "siwe-expired"),
        ({"now": NOT_BEFORE - 121}, SiweNotYetValid, "siwe-not-yet-valid"),
    ],
)
def test_one_fault_is_refused_by_its_name(fault, error, code):
    with pytest.raises(error) as refused:
        check_siwe(FULL, **{**EXPECTED, **fault})
    assert isinstance(refused.value, SiweRefused)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/", "https://app.example:8443@evil.example/", "did:key:abc", "https://[x/"],
)
def test_without_a_list_the_uri_must_be_the_domains_own(uri):
    with pytest.raises(SiweUri):
        check_siwe(replace(FULL, uri=uri), **{**EXPECTED, "uris": None})


@pytest.mark.parametrize(
    "uri",
    ["http://app.example:8443/", "ftp://app.example:8443/", "javascript://app.example:8443/%0Aalert(1)"],
)
def test_only_a_page_that_cannot_be_another_s_counts(uri):
    with pytest.raises(SiweUri):
        check_siwe(replace(FULL, uri=uri), **{**EXPECTED, "uris": None})


@pytest.mark.parametrize("host", ["localhost:8000", "shop.localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_a_page_on_this_machine_may_do_without_a_certificate(host):
    here = replace(FULL, uri=f"http://{host}/login", domain=host)
    check_siwe(here, **{**EXPECTED, "uris": None, "domains": [host]})


def test_a_message_without_an_end_ends_after_its_greatest_age():
    endless = replace(FULL, expires_at=None, not_before=None)
    check_siwe(endless, **{**EXPECTED, "now": endless.issued_at + 719}, max_age=600)
    with pytest.raises(SiweExpired):
        check_siwe(endless, **{**EXPECTED, "now": endless.issued_at + 720}, max_age=600)
    with pytest.raises(SiweNotYetValid):
        check_siwe(endless, **{**EXPECTED, "now": endless.issued_at - 121})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t01:30:00.999+01:30", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("0001-01-01T00:00:00+23:59", -62_135_596_800 - 86_340),
    ],
)
def test_times_are_unix_seconds(text, seconds):
    assert unix_time(text) == seconds


@given(times)
def test_times_read_as_they_were_printed(seconds):
    text = time_text(seconds)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    assert unix_time(text) == seconds
