"""Looking names up: which questions are asked, in which order, and what is made of the answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from dm3.base.errors import (
    CannotTell,
    ForbiddenAddress,
    InvalidInput,
    InvalidName,
    MalformedData,
    NotFound,
    ServiceRefused,
    Unreachable,
)
from dm3.crypto import checksum_address, keccak
from dm3.protocol.ens import (
    RESOLVE,
    AddressCall,
    CoinAddressCall,
    TextCall,
    decode_call,
    decode_resolve,
    encode_address,
    encode_bytes,
    encode_coin_address,
    encode_raw_address,
    encode_text,
    namehash,
)
from dm3.protocol.ens.lookup import (
    NAME,
    RESOLVER,
    SUPPORTS,
    FoundResolver,
    ResolverRefused,
    find_address,
    find_primary_name,
    find_resolver,
    find_text,
)
from dm3.protocol.ens.offchain import (
    AnswerRefused,
    BadLookup,
    GatewayQuestion,
    GatewayReply,
    OffchainLookup,
    encode_lookup,
)
from dm3.protocol.wallets.chain import CallQuestion, CallReverted
from tests.unit.people import ALICE, BOB

REGISTRY = checksum_address("0x" + "11" * 20)
OWN = checksum_address("0x" + "22" * 20)
WILD = checksum_address("0x" + "33" * 20)
CALLBACK = b"back"
EXACT, BELOW = FoundResolver(OWN, "alice.eth", False), FoundResolver(WILD, "app.eth", True)
ERROR = bytes.fromhex("08c379a0") + bytes(31) + b"\x20" + bytes(31) + b"\x02no" + bytes(30)


@dataclass
class World:
    """Answers the questions of an inquiry, and remembers them."""

    resolvers: dict[str, str] = field(default_factory=dict)
    extended: set[str] = field(default_factory=set)
    contract: Callable[[bytes], bytes] = lambda data: b""
    gateway: Callable[[str], GatewayReply] = lambda url: GatewayReply("g.example", 500, b"")
    asked: list = field(default_factory=list)

    def tell(self, inquiry):
        question = next(inquiry)
        try:
            while True:
                self.asked.append(question)
                try:
                    answer = self._answer(question)
                except Exception as error:
                    question = inquiry.throw(error)
                else:
                    question = inquiry.send(answer)
        except StopIteration as done:
            return done.value

    def _answer(self, question):
        if isinstance(question, GatewayQuestion):
            return self.gateway(question.request.url)
        assert isinstance(question, CallQuestion)
        if question.to == REGISTRY:
            nodes = {namehash(name): address for name, address in self.resolvers.items()}
            assert question.data[:4] == RESOLVER
            return encode_address(nodes.get(question.data[4:]))
        if question.data[:4] == SUPPORTS:
            assert question.data[4:8] == RESOLVE
            return bytes(31) + (b"\x01" if question.to in self.extended else b"\x00")
        return self.contract(question.data)


def always(answer: bytes) -> Callable[[bytes], bytes]:
    return lambda data: answer


def reverting(data: bytes = b""):
    def contract(_: bytes) -> bytes:
        raise CallReverted(data)

    return contract


# --- who answers for a name ---


def test_a_name_with_its_own_resolver():
    world = World({"alice.eth": OWN})
    assert world.tell(find_resolver(REGISTRY, "Alice.eth")) == EXACT
    assert len(world.asked) == 2


def test_a_name_below_one_whose_resolver_answers_for_it():
    world = World({"app.eth": WILD}, extended={WILD})
    assert world.tell(find_resolver(REGISTRY, "0x1.addr.app.eth")) == BELOW
    asked = [question.data[4:] for question in world.asked[:3]]
    assert asked == [namehash(name) for name in ("0x1.addr.app.eth", "addr.app.eth", "app.eth")]


def test_a_resolver_above_that_does_not_answer_for_names_below():
    world = World({"app.eth": OWN, "eth": WILD}, extended={WILD})
    # ENSIP-10: the first resolver found decides.
    assert world.tell(find_resolver(REGISTRY, "x.app.eth")) is None


def test_a_name_without_any_resolver():
    world = World()
    assert world.tell(find_resolver(REGISTRY, "a.b.eth")) is None
    assert len(world.asked) == 3


def test_a_name_of_very_many_labels_is_not_looked_up():
    """Each label may be a question to the chain, and strangers say what is looked up."""
    world = World()
    assert world.tell(find_resolver(REGISTRY, "a." * 15 + "eth")) is None
    assert len(world.asked) == 16
    with pytest.raises(InvalidName, match="more than 16 labels"):
        next(find_resolver(REGISTRY, "a." * 16 + "eth"))


@pytest.mark.parametrize("answer", [b"", b"\x01", b"\xff" * 32, b"\x00" * 64, None])
def test_a_registry_that_is_none(answer):
    inquiry = find_resolver(REGISTRY, "a.eth")
    next(inquiry)
    with pytest.raises(MalformedData, match="no ENS registry"):
        inquiry.throw(CallReverted()) if answer is None else inquiry.send(answer)


@pytest.mark.parametrize("answer", [b"", b"\x01", bytes(31) + b"\x02", b"\xff" * 32, None])
def test_a_contract_that_does_not_plainly_say_that_it_is_extended(answer):
    inquiry = find_resolver(REGISTRY, "alice.eth")
    next(inquiry)
    inquiry.send(encode_address(OWN))
    with pytest.raises(StopIteration) as found:
        inquiry.throw(CallReverted()) if answer is None else inquiry.send(answer)
    assert found.value.value == EXACT


def test_what_is_no_name():
    for inquiry in (find_resolver(REGISTRY, "a..eth"), find_text(EXACT, "a..eth", "k")):
        with pytest.raises(InvalidName):
            next(inquiry)


# --- records on the chain ---


def test_records_of_a_plain_resolver():
    world = World(contract=lambda data: encode_text("hi"))
    assert world.tell(find_text(EXACT, "alice.eth", "k")) == "hi"
    assert world.asked == [CallQuestion(OWN, world.asked[0].data)]
    assert decode_call(world.asked[0].data) == TextCall(namehash("alice.eth"), "k")
    world = World(contract=lambda data: encode_address(ALICE.wallet.address))
    assert world.tell(find_address(EXACT, "alice.eth")) == ALICE.wallet.address
    assert decode_call(world.asked[0].data) == AddressCall(namehash("alice.eth"))


def test_records_of_an_extended_resolver_are_wrapped():
    world = World(contract=lambda data: encode_bytes(encode_text("hi")))
    assert world.tell(find_text(BELOW, "x.app.eth", "k")) == "hi"
    asked = decode_resolve(world.asked[0].data)
    assert asked.name == "x.app.eth"
    assert decode_call(asked.call_data) == TextCall(namehash("x.app.eth"), "k")
    # dm3's resolver hands out the address as its 20 bytes.
    world = World(contract=lambda data: encode_bytes(encode_raw_address(BOB.wallet.address)))
    assert world.tell(find_address(BELOW, "x.app.eth")) == BOB.wallet.address


@pytest.mark.parametrize(
    ("found", "answer"), [(EXACT, b""), (EXACT, encode_text("")), (BELOW, b""), (BELOW, encode_bytes(b""))]
)
def test_no_record(found, answer):
    assert World(contract=lambda data: answer).tell(find_text(found, "x.app.eth", "k")) is None


@pytest.mark.parametrize(
    ("found", "data"),
    [
        (EXACT, b""),
        (EXACT, keccak(b"UnsupportedResolverProfile(bytes4)")[:4] + bytes(32)),
        (BELOW, keccak(b"UnsupportedResolverProfile(bytes4)")[:4] + bytes(32)),
    ],
)
def test_a_resolver_without_such_records(found, data):
    world = World(contract=reverting(data))
    assert world.tell(find_text(found, "x.app.eth", "k")) is None
    assert world.tell(find_address(found, "x.app.eth")) is None
    assert len(world.asked) == 3  # the address in both its forms


def test_a_resolver_that_knows_addresses_only_by_coin():
    def contract(data: bytes) -> bytes:
        call = decode_call(data)
        if isinstance(call, AddressCall):
            raise CallReverted
        assert call == CoinAddressCall(namehash("alice.eth"), 60)
        return encode_coin_address(BOB.wallet.address)

    assert World(contract=contract).tell(find_address(EXACT, "alice.eth")) == BOB.wallet.address


@pytest.mark.parametrize(("found", "data", "why"), [(EXACT, ERROR, "'no'"), (BELOW, b"", "no reason")])
def test_a_resolver_that_refuses(found, data, why):
    with pytest.raises(ResolverRefused, match=why):
        World(contract=reverting(data)).tell(find_text(found, "x.app.eth", "k"))


def test_answers_that_cannot_be_read():
    for found, answer in ((EXACT, b"\xff" * 64), (BELOW, b"\x01" * 32), (BELOW, encode_bytes(b"\xff" * 40))):
        world = World(contract=always(answer))
        with pytest.raises(MalformedData):
            world.tell(find_text(found, "x.app.eth", "k"))


# --- records elsewhere ---


def lookup(sender: str = WILD, urls=("https://a.example/{data}",), extra: bytes = b"") -> bytes:
    return encode_lookup(OffchainLookup(sender, tuple(urls), b"\x07", CALLBACK, extra))


def ok(data: bytes = b"") -> GatewayReply:
    return GatewayReply("g.example", 200, b'{"data":"0x' + data.hex().encode() + b'"}')


def sending_on(times: int, *urls: str, result: bytes = b"", sender: str = WILD):
    """A contract that sends its asker on so often; each callback has to bring what the gateway said."""
    turns: list[bytes] = []

    def contract(data: bytes) -> bytes:
        if turns:
            assert data[:4] == CALLBACK
        turns.append(data)
        if len(turns) <= times:
            raise CallReverted(lookup(sender, urls or ("https://a.example/{data}",)))
        return encode_bytes(result)

    return contract


@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_lookup_is_followed_up_to_four_times(times):
    world = World(contract=sending_on(times, result=encode_text("far")), gateway=lambda url: ok(b"x"))
    assert world.tell(find_text(BELOW, "x.app.eth", "k")) == "far"
    assert sum(isinstance(question, GatewayQuestion) for question in world.asked) == times


def test_a_lookup_that_does_not_end():
    world = World(contract=sending_on(99), gateway=lambda url: ok())
    with pytest.raises(BadLookup, match="more than 4 times"):
        world.tell(find_text(BELOW, "x.app.eth", "k"))
    assert sum(isinstance(question, GatewayQuestion) for question in world.asked) == 4


def test_a_lookup_in_somebody_elses_name_is_not_followed():
    world = World(contract=sending_on(1, sender=OWN), gateway=lambda url: ok())
    with pytest.raises(BadLookup, match="in the name of"):
        world.tell(find_text(BELOW, "x.app.eth", "k"))
    assert not any(isinstance(question, GatewayQuestion) for question in world.asked)


def test_a_plain_resolver_may_send_on_as_well():
    turns = iter([lookup(OWN), b""])

    def contract(_: bytes) -> bytes:
        if data := next(turns):
            raise CallReverted(data)
        return encode_text("far")

    world = World(contract=contract, gateway=lambda url: ok())
    assert world.tell(find_text(EXACT, "alice.eth", "k")) == "far"


def test_a_contract_that_does_not_believe_its_gateway():
    turns = iter([lookup(), ERROR])

    def contract(_: bytes) -> bytes:
        raise CallReverted(next(turns))

    with pytest.raises(AnswerRefused, match="'no'"):
        World(contract=contract, gateway=lambda url: ok()).tell(find_text(BELOW, "x.app.eth", "k"))


URLS = ("https://a.example/{data}", "https://b.example/{data}", "https://c.example/{data}")


def ask(answers: dict[str, GatewayReply | Exception]):
    """What comes of three gateways with these answers, and which of them were asked."""
    asked = []

    def gateway(url: str) -> GatewayReply:
        host = url.split("/")[2][0]
        asked.append(host)
        answer = answers[host]
        if isinstance(answer, Exception):
            raise answer
        return answer

    world = World(contract=sending_on(1, *URLS, result=encode_text("far")), gateway=gateway)
    try:
        return world.tell(find_text(BELOW, "x.app.eth", "k")), asked
    except Exception as error:
        return type(error), asked


AWAY, DOWN = Unreachable("a"), GatewayReply("g", 503, b"")


def refused(status: int) -> GatewayReply:
    return GatewayReply("g", status, b'{"message":"no"}')


FORBIDDEN, NONSENSE = ForbiddenAddress("a"), GatewayReply("g", 200, b"?")


@pytest.mark.parametrize(
    ("answers", "outcome", "asked"),
    [
        ({"a": ok()}, "far", "a"),
        ({"a": AWAY, "b": ok()}, "far", "ab"),
        ({"a": DOWN, "b": FORBIDDEN, "c": ok()}, "far", "abc"),
        ({"a": NONSENSE, "b": ok()}, "far", "ab"),
        # A refusal is an answer: others are not asked until one says something else.
        ({"a": refused(404)}, NotFound, "a"),
        ({"a": DOWN, "b": refused(400)}, ServiceRefused, "ab"),
        ({"a": FORBIDDEN, "b": FORBIDDEN, "c": FORBIDDEN}, ForbiddenAddress, "abc"),
        ({"a": FORBIDDEN, "b": NONSENSE, "c": FORBIDDEN}, CannotTell, "abc"),
        ({"a": FORBIDDEN, "b": FORBIDDEN, "c": DOWN}, CannotTell, "abc"),
        # A page of something in between is none: the next one is asked.
        ({"a": GatewayReply("g", 404, b"<html>"), "b": ok()}, "far", "ab"),
        ({"a": GatewayReply("g", 403, b'{"message":"no"}'), "b": ok()}, "far", "ab"),
    ],
)
def test_several_gateways_are_asked_in_order(answers, outcome, asked):
    assert ask(answers) == (outcome, list(asked))


# --- names of addresses ---

REVERSE = f"{ALICE.wallet.address[2:].lower()}.addr.reverse"


def reverse(name: str, address: str | None, forward: str = OWN):
    def contract(data: bytes) -> bytes:
        if data[:4] == NAME:
            assert data[4:] == namehash(REVERSE)
            return encode_text(name)
        return encode_address(address)

    return World({REVERSE: OWN, "alice.eth": forward}, contract=contract)


def test_the_name_of_an_address():
    world = reverse("alice.eth", ALICE.wallet.address)
    assert world.tell(find_primary_name(REGISTRY, ALICE.wallet.address.lower())) == "alice.eth"


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World({REVERSE: OWN}, contract=lambda data: encode_text("")),
        reverse("alice.eth", BOB.wallet.address),
        reverse("alice.eth", None),
        reverse("Alice.eth", ALICE.wallet.address),
        reverse("a..eth", ALICE.wallet.address),
        reverse("bob.eth", ALICE.wallet.address),
    ],
)
def test_an_address_without_a_name_that_leads_back(world):
    assert world.tell(find_primary_name(REGISTRY, ALICE.wallet.address)) is None


def test_what_is_no_address():
    with pytest.raises(InvalidInput):
        next(find_primary_name(REGISTRY, "0x12"))
