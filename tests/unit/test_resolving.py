"""From a name to a verified profile, and the directory that asks (specification 2.2, 3.1)."""

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given

from dm3.base import address_name, canonical_json, sha256_hex
from dm3.base.errors import BadSignature, InvalidName, MalformedData, NobodyAsked, NotFound, Unreachable
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net import Directory
from dm3.protocol.names.resolving import (
    AddressQuestion,
    FetchQuestion,
    TextQuestion,
    WalletQuestion,
    resolve_delivery_service,
    resolve_profile,
)
from dm3.wire import IpfsRecord, UrlRecord, data_uri, delivery_service_json, profile_message, with_signature
from tests.unit.people import ALICE, BOB, MALLORY, SERVICE
from tests.unit.strategies import damaged, read_or_refused
from tests.unit.vectors import vectors

PROFILE, ADDRESS = RecordKey.PROFILE, "address"
ALICE_JSON = json.loads(ALICE.signed_profile.text)
ALICE_RECORD = data_uri(ALICE_JSON)
SERVICE_PROFILE = DeliveryServiceProfile(
    SERVICE.keys.signing_public, SERVICE.keys.encryption_public, "https://ds.example"
)
SELF_NAME = address_name(ALICE.wallet.address, "app.eth")


@dataclass
class StaticNames:
    """Names and linked texts from a table; counts what it is asked."""

    table: dict[tuple[str, str], str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    unreachable: bool = False

    async def text(self, name: str, key: str) -> str | None:
        return self._answer(name, key)

    async def address(self, name: str) -> str | None:
        return self._answer(name, ADDRESS)

    def forget(self, name: str) -> None:
        self.forgotten.append(name)

    async def fetch(self, link: UrlRecord | IpfsRecord) -> str:
        where = link.url if isinstance(link, UrlRecord) else link.path
        self.asked.append((where, "fetch"))
        return self.links[where]

    def _answer(self, name: str, key: str) -> str | None:
        if self.unreachable:
            raise Unreachable("the resolver")
        self.asked.append((name, key))
        return self.table.get((name, key))


class Clock:
    """Seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def registered(**more: str) -> StaticNames:
    return StaticNames(
        {
            ("alice.eth", PROFILE): ALICE_RECORD,
            ("alice.eth", ADDRESS): ALICE.wallet.address.lower(),
            ("ds.eth", RecordKey.DELIVERY_SERVICE): data_uri(delivery_service_json(SERVICE_PROFILE)),
            **{("alice.eth", key): value for key, value in more.items()},
        }
    )


def test_the_questions_in_their_order():
    inquiry = resolve_profile("ALICE.eth")
    assert next(inquiry) == TextQuestion("alice.eth", PROFILE)
    assert inquiry.send(ALICE_RECORD) == AddressQuestion("alice.eth")
    question = inquiry.send(ALICE.wallet.address.lower())
    signed = ALICE.signed_profile
    assert question == WalletQuestion(
        ALICE.wallet.address,
        profile_message(signed.profile_text, ALICE.wallet.address),
        signed.signature,
    )
    with pytest.raises(StopIteration) as concluded:
        inquiry.send(True)
    assert concluded.value.value.signed == signed
    assert concluded.value.value.owner == ALICE.wallet.address


def test_an_address_name_needs_no_word_of_its_resolver_about_the_owner():
    inquiry = resolve_profile(SELF_NAME)
    next(inquiry)
    question = inquiry.send(ALICE_RECORD)
    assert isinstance(question, WalletQuestion)
    assert question.address == ALICE.wallet.address


async def test_finds_a_verified_profile():
    found = await Directory(registered()).profile("Alice.ETH")
    assert (found.name, found.owner) == ("alice.eth", ALICE.wallet.address)
    assert found.signed == ALICE.signed_profile


async def test_a_profile_that_the_owner_has_not_signed_is_refused():
    for owner in (MALLORY.wallet.address, BOB.wallet.address.lower()):
        with pytest.raises(BadSignature, match=r"alice\.eth is not signed by its owner"):
            await Directory(registered(**{ADDRESS: owner})).profile("alice.eth")


async def test_an_address_name_takes_only_its_own_address_s_profile():
    names = StaticNames(
        {
            (SELF_NAME, PROFILE): data_uri(json.loads(MALLORY.signed_profile.text)),
            (SELF_NAME, ADDRESS): MALLORY.wallet.address,
        }
    )
    with pytest.raises(BadSignature):
        await Directory(names).profile(SELF_NAME)
    names.table[SELF_NAME, PROFILE] = ALICE_RECORD
    assert (await Directory(names).profile(SELF_NAME)).owner == ALICE.wallet.address


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({PROFILE: ""}, NotFound),
        ({ADDRESS: ""}, NotFound),
        ({ADDRESS: "0x12"}, MalformedData),
        ({ADDRESS: ALICE.wallet.address.swapcase().replace("0X", "0x")}, MalformedData),
        ({PROFILE: "hello"}, MalformedData),
        ({PROFILE: "data:application/json,{}"}, MalformedData),
        ({PROFILE: "https://a.example/p"}, MalformedData),
    ],
    ids=str,
)
async def test_records_that_cannot_be_used_are_refused(more, error):
    with pytest.raises(error):
        await Directory(registered(**more)).profile("alice.eth")


async def test_what_is_not_there_is_not_found():
    with pytest.raises(NotFound, match=r"bob\.eth has no text record network\.dm3\.profile"):
        await Directory(registered()).profile("bob.eth")
    names = registered()
    del names.table["alice.eth", ADDRESS]
    with pytest.raises(NotFound, match="no address"):
        await Directory(names).profile("alice.eth")


async def test_names_without_normal_form_are_not_asked_for():
    names = registered()
    for name in ("", "a..eth", "\ud800"):
        with pytest.raises(InvalidName):
            await Directory(names).profile(name)
        with pytest.raises(InvalidName):
            await Directory(names).delivery_service(name)
    assert names.asked == []


# --- profiles elsewhere --------------------------------------------------------------------------

URL = f"https://a.example/alice.json?dm3Hash={ALICE.signed_profile.hash}"
PRETTY = json.dumps(ALICE_JSON, indent=2)


@pytest.mark.parametrize("case", vectors("profiles", kind="profile-link"))
def test_linked_profiles_have_the_hash_that_the_reference_wants(case):
    inquiry = resolve_profile("alice.eth")
    next(inquiry)
    if case.get("failure") and "missing" in case["name"]:
        with pytest.raises(MalformedData, match="no dm3Hash"):
            inquiry.send(case["uri"])
        return
    assert isinstance(inquiry.send(case["uri"]), FetchQuestion)
    text = canonical_json(case["signed_profile"])
    if case["valid"]:
        assert inquiry.send(text) == AddressQuestion("alice.eth")
    else:
        with pytest.raises(MalformedData, match="another hash than dm3Hash"):
            inquiry.send(text)


@pytest.mark.parametrize(
    ("record", "where"),
    [
        (URL, URL),
        ("ipfs://bafyalice", "bafyalice"),
        (f"ipfs://bafyalice?dm3Hash={ALICE.signed_profile.hash}", "bafyalice"),
    ],
)
async def test_linked_profiles_are_fetched_where_that_is_enabled(record, where):
    names = registered(**{PROFILE: record})
    names.links[where] = PRETTY
    assert (await Directory(names, links=names).profile("alice.eth")).signed == ALICE.signed_profile
    with pytest.raises(NobodyAsked, match="not enabled"):
        await Directory(names).profile("alice.eth")


@pytest.mark.parametrize("text", ["", "{}", "[]", PRETTY.replace("ds.eth", "evil.eth"), "[" * 10_000])
async def test_what_a_link_holds_is_checked(text):
    names = registered(**{PROFILE: URL})
    names.links[URL] = text
    with pytest.raises(MalformedData) as told:
        await Directory(names, links=names).profile("alice.eth")
    # Whatever stands before the linked server may have said that: it is no answer about the name.
    assert not told.value.definite


# --- delivery services -----------------------------------------------------------------------


async def test_finds_a_delivery_service():
    assert await Directory(registered()).delivery_service("DS.eth") == SERVICE_PROFILE


def test_a_delivery_service_takes_one_question():
    inquiry = resolve_delivery_service("ds.eth")
    assert next(inquiry) == TextQuestion("ds.eth", "network.dm3.deliveryService")
    with pytest.raises(StopIteration) as concluded:
        inquiry.send(data_uri(delivery_service_json(SERVICE_PROFILE)))
    assert concluded.value.value == SERVICE_PROFILE


# --- the directory's memory -------------------------------------------------------------------


async def test_what_was_found_is_remembered_for_a_while():
    names, clock = registered(), Clock()
    directory = Directory(names, cache_seconds=60, clock=clock)
    first = await directory.profile("alice.eth")
    asked = len(names.asked)
    clock.now += 59
    assert await directory.profile("ALICE.eth") is first
    assert len(names.asked) == asked
    clock.now += 2
    assert await directory.profile("alice.eth") == first
    assert len(names.asked) == 2 * asked


async def test_what_was_not_found_is_remembered_shorter():
    names, clock = StaticNames(), Clock()
    directory = Directory(names, cache_seconds=60, clock=clock)
    for _ in range(3):
        with pytest.raises(NotFound):
            await directory.profile("alice.eth")
    assert len(names.asked) == 1
    names.table = registered().table
    clock.now += 6
    assert (await directory.profile("alice.eth")).name == "alice.eth"


@dataclass
class HastyNames(StaticNames):
    """A source that says for how long each of its answers holds."""

    seconds: dict[str | None, float] = field(default_factory=dict)

    def ttl(self, name: str, key: str | None) -> float:
        return self.seconds.get(key, 300.0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [({}, 60), ({PROFILE: 20.0}, 20), ({PROFILE: 20.0, None: 7.0}, 7), ({None: 0.0}, 0)],
)
async def test_a_profile_is_not_remembered_longer_than_what_it_comes_from(said, seconds):
    names, clock = HastyNames(registered().table, seconds=said), Clock()
    directory = Directory(names, cache_seconds=60, clock=clock)
    await directory.profile("alice.eth")
    asked = len(names.asked)
    if seconds:
        clock.now += seconds - 0.5
        await directory.profile("alice.eth")
        assert len(names.asked) == asked
    clock.now += 0.5
    await directory.profile("alice.eth")
    assert len(names.asked) == 2 * asked


async def test_an_address_name_depends_on_its_record_alone():
    names, clock = HastyNames({(SELF_NAME, PROFILE): ALICE_RECORD}, seconds={None: 0.0}), Clock()
    directory = Directory(names, cache_seconds=60, clock=clock)
    first = await directory.profile(SELF_NAME)
    assert await directory.profile(SELF_NAME) is first


async def test_what_was_not_found_is_told_again_in_the_same_words():
    class Refusing(StaticNames):
        def _answer(self, name: str, key: str) -> str | None:
            raise NotFound("said by the resolver", hint="look there", verbatim=True)

    directory = Directory(Refusing())
    for _ in range(2):
        with pytest.raises(NotFound) as told:
            await directory.profile("alice.eth")
        assert (str(told.value), told.value.hint) == ("said by the resolver", "look there")


async def test_fresh_and_forgotten_are_asked_for_again():
    names = registered()
    directory = Directory(names)
    await directory.profile("alice.eth")
    asked = len(names.asked)
    await directory.profile("alice.eth", fresh=True)
    assert len(names.asked) == 2 * asked
    assert names.forgotten == ["alice.eth"], "a source that remembers, too, is told"
    directory.forget("Alice.eth")
    assert len(names.forgotten) == 2
    await directory.profile("alice.eth")
    assert len(names.asked) == 3 * asked


async def test_a_changed_profile_is_seen_at_once_by_those_who_ask_freshly():
    names = registered()
    directory = Directory(names)
    await directory.profile("alice.eth")
    moved = with_signature(BOB.profile, "0x").profile_text
    signature = ALICE.wallet.sign_now(profile_message(moved, ALICE.wallet.address))
    signed = with_signature(BOB.profile, signature)
    names.table["alice.eth", PROFILE] = data_uri(json.loads(signed.text))
    assert (await directory.profile("alice.eth")).signed == ALICE.signed_profile
    assert (await directory.profile("alice.eth", fresh=True)).signed == signed
    assert (await directory.profile("alice.eth")).signed == signed


async def test_an_unreachable_resolver_is_not_remembered():
    names = registered()
    directory = Directory(names)
    names.unreachable = True
    with pytest.raises(Unreachable):
        await directory.profile("alice.eth")
    names.unreachable = False
    assert (await directory.profile("alice.eth")).name == "alice.eth"


async def test_a_refused_profile_is_not_remembered():
    names = registered(**{ADDRESS: MALLORY.wallet.address})
    directory = Directory(names)
    with pytest.raises(BadSignature):
        await directory.profile("alice.eth")
    names.table["alice.eth", ADDRESS] = ALICE.wallet.address
    assert (await directory.profile("alice.eth")).owner == ALICE.wallet.address


@given(damaged(ALICE_JSON))
def test_any_record_concludes_or_is_refused(value):
    """Whatever stands in a record: one of our errors, or a question about the owner."""
    inquiry = resolve_profile("alice.eth")
    next(inquiry)
    question = read_or_refused(lambda given: inquiry.send(data_uri(given)), value)
    assert question in (None, AddressQuestion("alice.eth"))


async def test_a_linked_profile_is_hashed_as_a_whole():
    unsigned = sha256_hex(canonical_json(ALICE_JSON["profile"]))
    names = registered(**{PROFILE: f"https://a.example/alice.json?dm3Hash={unsigned}"})
    names.links[f"https://a.example/alice.json?dm3Hash={unsigned}"] = PRETTY
    with pytest.raises(MalformedData, match="another hash"):
        await Directory(names, links=names).profile("alice.eth")
