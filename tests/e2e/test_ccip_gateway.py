"""The CCIP-Read gateway over HTTP: every form of the question, both signatures, every way to be wrong.

What a resolver contract would do with an answer is done here with eth-abi, eth-keys and eth-account.
"""

import asyncio
import re
from typing import Any
from urllib.parse import quote

import pytest
from eth_abi.abi import decode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys.datatypes import Signature
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base import address_name, owner_alias, spellings_of
from dm3.base.encoding import to_hex
from dm3.base.errors import ConfigurationError
from dm3.crypto import KeyWallet, WalletKey, keccak
from dm3.model import RecordKey
from dm3.protocol.ens import (
    AddressCall,
    CoinAddressCall,
    Multicall,
    ResolveRequest,
    Scheme,
    TextCall,
    encode_call,
    encode_resolve,
    namehash,
)
from dm3.resolver import DomainSettings, Resolver, ResolverSettings, StaticName
from dm3.store import Database
from tests.e2e.resolver_scene import (
    NOW,
    SERVICE_NAME,
    SERVICE_RECORD,
    Scene,
    address_claim,
    alias_claim,
    link_value,
    own_text,
    owner_claim,
    record_update,
    resolver_scene,
)
from tests.unit.people import ALICE, BOB

SIGNER = KeyWallet(WalletKey(b"\x07" * 32))
OFFCHAIN = "0x1DD8938401315464FeD053B8920295aE0f7C60B1"
VERIFIED = "0x" + "22" * 20
APP, MAIN, UNSET = "myapp.eth", "dm3.eth", "unset.eth"
SETTINGS = ResolverSettings(
    domains=(
        DomainSettings(name=APP, resolver_contract=OFFCHAIN, delivery_services=("ds1.myapp.eth",)),
        DomainSettings(name=MAIN, resolver_contract=VERIFIED),
        DomainSettings(name=UNSET),
    ),
    static={
        SERVICE_NAME: StaticName(texts={RecordKey.DELIVERY_SERVICE: SERVICE_RECORD, "url": "https://ünï"}),
        MAIN: StaticName(address=BOB.wallet.address, texts={"description": "x" * 20_000}),
    },
    answer_seconds=120,
)
NAME = address_name(ALICE.wallet.address, APP)
PROFILE = "data:application/json," + ALICE.signed_profile.text
CONTRACTS = {Scheme.OFFCHAIN_RESOLVER: OFFCHAIN, Scheme.ERC3668_RESOLVER: VERIFIED}
OFF = Scheme.OFFCHAIN_RESOLVER
VER = Scheme.ERC3668_RESOLVER


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    """A loop with a resolver in it in which Alice has claimed her names, for all tests."""
    with asyncio.Runner() as runner:
        context = resolver_scene(tmp_path_factory.mktemp("ccip"), SETTINGS, signer=SIGNER)
        scene = runner.run(context.__aenter__())
        for domain in (APP, MAIN):
            runner.run(scene.claim(ALICE, domain))
        yield runner, scene
        runner.run(context.__aexit__(None, None, None))


@pytest.fixture
def ask(serving):
    """Send a request, return the answer."""
    runner, scene = serving

    def send(method: str, path: str, body: Any = None):
        return runner.run(scene.send(method, path, body))

    return send


def question(name: str, call: Any, scheme: Scheme = OFF) -> bytes:
    context = b"\x33" * 20 if scheme is VER else b""
    return encode_resolve(ResolveRequest(scheme, name, encode_call(call), context))


def text(name: str, key: str = RecordKey.PROFILE, scheme: Scheme = OFF) -> bytes:
    return question(name, TextCall(namehash(name), key), scheme)


def verified(answer: Any, request: bytes, scheme: Scheme) -> bytes:
    """What the resolver contract takes from an answer, or an assertion."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert set(answer.json()) == {"data"}
    raw = bytes.fromhex(answer.json()["data"].removeprefix("0x"))
    result, expires, signature = decode(("bytes", "uint64", "bytes"), raw)
    assert expires == NOW + 120
    target = bytes.fromhex(CONTRACTS[scheme][2:])
    digest = keccak(b"\x19\x00" + target + expires.to_bytes(8) + keccak(request) + keccak(result))
    if scheme is VER:
        signer = Account.recover_message(encode_defunct(primitive=digest), signature=signature)
    else:
        plain = Signature(signature[:64] + bytes((signature[64] - 27,)))
        signer = plain.recover_public_key_from_msg_hash(digest).to_checksum_address()
    assert signer == SIGNER.address
    return bytes(result)


def refused(answer: Any) -> tuple[int, str]:
    told = answer.json()
    assert told["message"] == told["error"]
    assert re.match(r"[A-Z].*\S", told["message"])
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.status_code, told["code"]


# --- forms of the question ---


def posted(sender: str, data: str) -> dict[str, str]:
    return {"sender": sender, "data": data}


FORMS = {
    "get": lambda s, d: ("GET", f"/{s}/{d}", None),
    "get json": lambda s, d: ("GET", f"/{s}/{d}.json", None),
    "get lower": lambda s, d: ("GET", f"/{s.lower()}/{d.lower()}", None),
    "get below": lambda s, d: ("GET", f"/ccip/{s}/{d}", None),
    "get below json": lambda s, d: ("GET", f"/ccip/{s}/{d}.json", None),
    "post": lambda s, d: ("POST", "/", posted(s, d)),
    "post below": lambda s, d: ("POST", "/ccip", posted(s, d)),
    "post below slash": lambda s, d: ("POST", "/ccip/", posted(s, d)),
    "post sender": lambda s, d: ("POST", f"/{s}", posted(s, d)),
    "post sender json": lambda s, d: ("POST", f"/ccip/{s}.json", {"data": d}),
    "post all": lambda s, d: ("POST", f"/ccip/{s}/{d}", posted(s, d)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_url_gets_the_signed_answer(ask, form):
    request = text(NAME)
    answer = ask(*FORMS[form](OFFCHAIN, to_hex(request)))
    assert decode(("string",), verified(answer, request, OFF)) == (PROFILE,)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", f"/{OFFCHAIN}", None, 400, "malformed"),
        ("GET", "/ccip", None, 400, "malformed"),
        ("GET", f"/ccip/{OFFCHAIN}/0x/more", None, 400, "malformed"),
        ("GET", f"/{OFFCHAIN}/0x", None, 400, "malformed"),
        ("GET", f"/{OFFCHAIN}/0xzz", None, 400, "malformed"),
        ("GET", f"/{OFFCHAIN}/9061b923", None, 400, "malformed"),
        ("GET", "/0x12/0x9061b923", None, 400, "malformed"),
        ("POST", "/", None, 400, "malformed"),
        ("POST", "/", b"[]", 400, "malformed"),
        ("POST", "/", {"sender": OFFCHAIN}, 400, "malformed"),
        ("POST", "/", {"sender": 1, "data": []}, 400, "malformed"),
        ("POST", f"/{VERIFIED}", {"sender": OFFCHAIN, "data": to_hex(text(NAME))}, 400, "malformed"),
        ("POST", "/ccip", b" " * 40_000, 413, "too-large"),
        ("GET", f"/{OFFCHAIN}/0x9061b923{'00' * 17_000}", None, 413, "too-large"),
        ("PUT", f"/{OFFCHAIN}/0x9061b923", b"", 405, "http-405"),
        ("DELETE", "/ccip", None, 405, "http-405"),
        ("GET", f"/{OFFCHAIN}/0xbc1c58d1{'00' * 64}", None, 400, "unsupported-call"),
    ],
)
def test_other_requests_are_refused_with_a_sentence(ask, method, path, body, status, code):
    assert refused(ask(method, path, body)) == (status, code)


def test_any_page_may_ask(ask):
    answer = ask("OPTIONS", "/ccip")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]


# --- records ---


@pytest.mark.parametrize(("scheme", "domain"), [(OFF, APP), (VER, MAIN)])
def test_both_schemes_serve_texts_and_addresses(ask, scheme, domain):
    name = address_name(ALICE.wallet.address, domain)
    node = namehash(name)

    def result(call: Any) -> bytes:
        request = question(name, call, scheme)
        return verified(ask("GET", f"/{CONTRACTS[scheme]}/{to_hex(request)}"), request, scheme)

    address = bytes.fromhex(ALICE.wallet.address[2:])
    assert decode(("string",), result(TextCall(node, RecordKey.PROFILE))) == (PROFILE,)
    assert decode(("string",), result(TextCall(node, "avatar"))) == ("",)
    # dm3's verifier takes the 20 bytes as they are and makes the word itself.
    assert result(AddressCall(node)) == (address if scheme is VER else address.rjust(32, b"\0"))
    assert decode(("bytes",), result(CoinAddressCall(node, 60))) == (address,)
    assert decode(("bytes",), result(CoinAddressCall(node, 0))) == (b"",)
    together = result(Multicall((TextCall(node, RecordKey.PROFILE), AddressCall(node))))
    if scheme is VER:
        (together,) = decode(("bytes",), together)
    ((profile, word),) = decode(("bytes[]",), together)
    assert decode(("string",), profile) == (PROFILE,)
    assert decode(("address",), word) == (ALICE.wallet.address.lower(),)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        (SERVICE_NAME, RecordKey.DELIVERY_SERVICE, SERVICE_RECORD),
        (SERVICE_NAME, "url", "https://ünï"),
        (SERVICE_NAME, RecordKey.PROFILE, ""),
        (APP, RecordKey.PROFILE, ""),
        ("nobody.user.myapp.eth", RecordKey.PROFILE, ""),
        ("a.b.c.d.myapp.eth", "anything", ""),
    ],
)
def test_every_name_below_a_domain_has_an_answer(ask, name, key, value):
    request = text(name, key)
    answer = ask("GET", f"/{OFFCHAIN}/{to_hex(request)}")
    assert decode(("string",), verified(answer, request, OFF)) == (value,)


@pytest.mark.parametrize("scheme", Scheme)
def test_a_name_without_an_address_has_the_empty_one(ask, scheme):
    name = f"nobody.{MAIN if scheme is VER else APP}"
    request = question(name, AddressCall(namehash(name)), scheme)
    answer = ask("GET", f"/{CONTRACTS[scheme]}/{to_hex(request)}")
    assert verified(answer, request, scheme) == bytes(20 if scheme is VER else 32)


def test_what_is_claimed_published_and_removed_is_seen_at_once(ask, serving):
    runner, scene = serving
    alias = "alice.user.myapp.eth"

    def shown(name: str, key: str) -> str:
        request = text(name, key)
        answer = ask("POST", "/", posted(OFFCHAIN, to_hex(request)))
        return str(decode(("string",), verified(answer, request, OFF))[0])

    assert shown(alias, RecordKey.PROFILE) == ""
    runner.run(scene.send("POST", "/profile/name", alias_claim(ALICE, alias)))
    assert shown(alias, RecordKey.PROFILE) == PROFILE
    assert shown(alias, RecordKey.LINK) == ""
    value = link_value(ALICE)
    path = f"/records/{NAME}/{RecordKey.LINK}"
    assert runner.run(scene.send("PUT", path, record_update(ALICE, value))).status_code == 200
    assert shown(alias, RecordKey.LINK) == shown(NAME, RecordKey.LINK) == value
    both = spellings_of(owner_alias(BOB.wallet.address, APP))
    assert [shown(spelling, RecordKey.PROFILE) for spelling in both] == ["", ""]
    claim = owner_claim(BOB, ALICE, own_text(BOB, ALICE))
    assert runner.run(scene.send("POST", "/profile/owner-alias", claim)).status_code == 200
    assert [shown(spelling, RecordKey.PROFILE) for spelling in both] == [PROFILE, PROFILE]


# --- refusals ---


@pytest.mark.parametrize(
    ("sender", "request_sent", "status", "code"),
    [
        pytest.param(OFFCHAIN, text("alice.eth"), 404, "not-served", id="foreign name"),
        pytest.param(OFFCHAIN, text("notmyapp.eth"), 404, "not-served", id="foreign name that ends alike"),
        pytest.param(VERIFIED, text(NAME), 400, "wrong-resolver", id="another domain's contract"),
        pytest.param("0x" + "99" * 20, text(NAME), 400, "wrong-resolver", id="unknown contract"),
        pytest.param(OFFCHAIN, text("a.unset.eth"), 501, "no-gateway", id="domain without a contract"),
        pytest.param(
            OFFCHAIN, question(NAME, TextCall(namehash(APP), "url")), 400, "wrong-node", id="wrong node"
        ),
        pytest.param(
            OFFCHAIN,
            question(NAME, Multicall((AddressCall(namehash(NAME)), AddressCall(namehash(APP))))),
            400,
            "wrong-node",
            id="wrong node among others",
        ),
        pytest.param(
            VERIFIED,
            question(MAIN, Multicall((TextCall(namehash(MAIN), "description"),) * 20), VER),
            413,
            "too-large",
            id="more than one answer holds",
        ),
    ],
)
def test_what_is_not_ours_to_answer_is_refused(ask, sender, request_sent, status, code):
    assert refused(ask("GET", f"/{sender}/{to_hex(request_sent)}")) == (status, code)


async def test_without_a_signer_only_the_gateway_is_closed(tmp_path):
    async with resolver_scene(tmp_path, SETTINGS) as scene:
        await scene.claim(ALICE)
        answer = await scene.send("GET", f"/{OFFCHAIN}/{to_hex(text(NAME))}")
        assert refused(answer) == (501, "no-gateway")
        assert (await scene.send("GET", f"/names/{NAME}")).status_code == 200
        assert (await scene.send("GET", "/")).json()["ccip"] is None


def test_questions_are_counted_without_names(ask):
    ask("GET", f"/{OFFCHAIN}/{to_hex(text(NAME))}")
    ask("GET", f"/{OFFCHAIN}/{to_hex(text('alice.eth'))}")
    counted = ask("GET", "/metrics").text
    assert re.search(r'dm3_resolver_ccip_total\{outcome="ok"\} [1-9]', counted)
    assert re.search(r'dm3_resolver_ccip_total\{outcome="not-served"\} [1-9]', counted)
    assert "alice" not in counted.lower()
    assert ALICE.wallet.address.lower() not in counted.lower()


# --- domains ---


def test_the_resolver_tells_its_signer_and_each_domains_ways(ask):
    assert ask("GET", "/").json()["ccip"] == {"signer": SIGNER.address, "answerSeconds": 120}
    told = ask("GET", "/domains/MyApp.eth").json()
    assert told == {
        "name": APP,
        "claimsOpen": True,
        "deliveryServices": ["ds1.myapp.eth"],
        "listedServicesOnly": False,
        "aliasParents": ["user.myapp.eth"],
        "maxAliases": 5,
        "resolverContract": OFFCHAIN,
        "signer": SIGNER.address,
    }
    assert ask("GET", "/domains/other.eth").status_code == 404


async def test_claims_may_be_for_profiles_at_the_applications_services_only(tmp_path):
    def with_services(*services: str) -> ResolverSettings:
        domain = DomainSettings(name=APP, delivery_services=services, listed_services_only=True)
        return ResolverSettings(domains=(domain, DomainSettings(name=MAIN)))

    body = address_claim(ALICE)
    listed = ALICE.profile.delivery_services[0]
    async with resolver_scene(tmp_path, with_services("elsewhere.eth")) as scene:
        assert await scene.refused("POST", "/profile/address", body) == (400, "unlisted-service")
        assert (await scene.claim(ALICE, MAIN)) == address_name(ALICE.wallet.address, MAIN)
    async with resolver_scene(tmp_path, with_services("elsewhere.eth", listed.upper())) as scene:
        assert (await scene.send("POST", "/profile/address", body)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"resolver_contract": "0x12"}, "40 hex digits"),
        ({"delivery_services": ("a..eth",)}, "not a valid ENS name"),
        ({"listed_services_only": True}, "lists none"),
        ({"max_aliases": -1}, "max-aliases"),
    ],
)
def test_settings_that_cannot_be_are_refused(changed, told):
    settings = ResolverSettings(domains=(DomainSettings(name="x.eth", **changed),))
    database = Database.open("sqlite://", "resolver")
    try:
        with pytest.raises(ConfigurationError, match=told):
            Resolver(settings, database)
        with pytest.raises(ConfigurationError, match="answer-seconds"):
            Resolver(replace(SETTINGS, answer_seconds=0), database)
        with pytest.raises(ConfigurationError, match="half a character"):
            Resolver(replace(SETTINGS, static={APP: StaticName({"x": "\ud800"})}), database)
    finally:
        asyncio.run(database.close())


# --- anything at all ---

VALID = [
    text(NAME),
    text(address_name(ALICE.wallet.address, MAIN), scheme=VER),
    question(NAME, Multicall((AddressCall(namehash(NAME)), TextCall(namehash(NAME), "url")))),
    question(MAIN, CoinAddressCall(namehash(MAIN), 60), VER),
]
# A word of a valid question is overwritten with another number, or the end is cut off.
damaged = st.builds(
    lambda data, at, word, end: (data[: 4 + 32 * at] + word + data[36 + 32 * at :])[:end],
    st.sampled_from(VALID),
    st.integers(0, 20),
    st.one_of(st.integers(0, 700), st.sampled_from([2**255, 2**256 - 1, 2**64, 2**32])).map(
        lambda number: number.to_bytes(32)
    ),
    st.integers(0, 900),
)


async def answered(scene: Scene, sender: str, data: bytes, form: str) -> None:
    answer = await scene.send(*FORMS[form](sender, to_hex(data)))
    assert answer.status_code == 200 or 400 <= answer.status_code < 500, answer.text
    if answer.status_code != 200:
        refused(answer)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([OFFCHAIN, VERIFIED]), damaged | st.binary(max_size=300), st.sampled_from(["get", "post"])
)
@example(OFFCHAIN, VALID[0][:4], "get")
@example(OFFCHAIN, b"", "post")
def test_any_calldata_gets_an_answer(serving, sender, data, form):
    runner, scene = serving
    runner.run(answered(scene, sender, data, form))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec="ascii"), max_size=60), st.binary(max_size=80))
def test_any_path_and_body_below_the_gateway_get_an_answer(serving, path, body):
    runner, scene = serving
    answer = runner.run(scene.send("POST", "/ccip/" + quote(path), body))
    assert 400 <= answer.status_code < 500
    refused(answer)
