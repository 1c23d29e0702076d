"""Who may register what at a resolver (specification 2.5, 3.1)."""

import pytest
from hypothesis import given
from msgspec.structs import replace

from dm3.base import address_name, canonical_json
from dm3.base.errors import BadSignature, InvalidInput, InvalidName, MalformedData
from dm3.crypto import sign
from dm3.model import LinkRecord, RecordKey
from dm3.protocol.names.claims import (
    MAX_RECORD_VALUE,
    RECORD_WINDOW_MS,
    AliasRules,
    NotServed,
    OutsideWindow,
    RecordUpdate,
    ReservedName,
    alias_text,
    check_alias,
    check_record,
    check_removal,
    claimed_domain,
    domain_of,
    profile_update_message,
    record_text,
    removal_text,
    require_address_name,
)
from dm3.wire import data_uri, record_json, unsigned_record_json
from tests.unit.people import ALICE, BOB
from tests.unit.strategies import any_text, read_or_refused

DOMAINS = ("myapp.eth", "dm3.eth", "game.dm3.eth")
RULES = AliasRules(("user.myapp.eth", "vip.myapp.eth"), frozenset({"addr", "www"}))
OLD, NEW = "0x" + "a" * 64, "0x" + "b" * 64


@pytest.mark.parametrize(
    ("subdomain", "domain"),
    [
        (None, "myapp.eth"),
        ("addr.dm3.eth", "dm3.eth"),
        (".addr.dm3.eth", "dm3.eth"),
        ("ADDR.Game.dm3.eth", "game.dm3.eth"),
    ],
)
def test_a_claims_domain_is_told_by_its_subdomain(subdomain, domain):
    assert claimed_domain(subdomain, DOMAINS) == domain


@pytest.mark.parametrize("subdomain", ["addr.other.eth", "dm3.eth", "user.dm3.eth", "addr"])
def test_a_claim_for_another_domain_is_refused(subdomain):
    with pytest.raises(NotServed):
        claimed_domain(subdomain, DOMAINS)


@pytest.mark.parametrize("subdomain", ["", "..addr.dm3.eth", "addr..dm3.eth", "addr.dm3.eth."])
def test_a_subdomain_that_is_no_name_is_refused(subdomain):
    with pytest.raises(InvalidName):
        claimed_domain(subdomain, DOMAINS)


def test_the_longest_domain_wins():
    assert domain_of("a.game.dm3.eth", DOMAINS) == "game.dm3.eth"
    assert domain_of("a.b.dm3.eth", DOMAINS) == "dm3.eth"
    with pytest.raises(NotServed):
        domain_of("notdm3.eth", DOMAINS)


def test_only_names_of_addresses_are_address_names():
    name = address_name(ALICE.wallet.address, "myapp.eth")
    assert require_address_name(name.upper().replace("0X", "0x")) == name
    with pytest.raises(InvalidInput):
        require_address_name("alice.user.myapp.eth")


def signed_alias(alias: str) -> str:
    return sign(ALICE.keys.signing_private, alias_text(alias))


@pytest.mark.parametrize("alias", ["alice.user.myapp.eth", "Alice.vip.MYAPP.eth", "🦊.user.myapp.eth"])
def test_an_alias_is_claimed_as_spelt_and_kept_in_normal_form(alias):
    found = check_alias(alias, RULES, ALICE.keys.signing_public, signed_alias(alias))
    assert found == alias.lower()


@pytest.mark.parametrize(
    ("alias", "error"),
    [
        ("alice.myapp.eth", NotServed),
        ("a.alice.user.myapp.eth", NotServed),
        ("user.myapp.eth", NotServed),
        ("alice.user.other.eth", NotServed),
        ("www.user.myapp.eth", ReservedName),
        ("WWW.user.myapp.eth", ReservedName),
        ("0x" + "12" * 20 + ".user.myapp.eth", ReservedName),
        (".user.myapp.eth", InvalidName),
        ("al ice.user.myapp.eth", InvalidName),
        ("a" * 64 + ".user.myapp.eth", InvalidName),
    ],
)
def test_an_alias_that_may_not_be_claimed(alias, error):
    with pytest.raises(error):
        check_alias(alias, RULES, ALICE.keys.signing_public, signed_alias(alias))


@pytest.mark.parametrize(
    "signature",
    [
        sign(BOB.keys.signing_private, alias_text("alice.user.myapp.eth")),
        sign(ALICE.keys.signing_private, alias_text("bob.user.myapp.eth")),
        sign(ALICE.keys.signing_private, removal_text("alice.user.myapp.eth")),
        sign(ALICE.keys.signing_private, alias_text("Alice.user.myapp.eth")),
        "",
    ],
)
def test_an_alias_needs_the_profiles_signature_over_just_this(signature):
    with pytest.raises(BadSignature):
        check_alias("alice.user.myapp.eth", RULES, ALICE.keys.signing_public, signature)


def test_a_removal_needs_a_signature_of_its_own():
    alias = "alice.user.myapp.eth"
    check_removal(alias, ALICE.keys.signing_public, sign(ALICE.keys.signing_private, removal_text(alias)))
    with pytest.raises(BadSignature):
        check_removal(alias, ALICE.keys.signing_public, signed_alias(alias))


def test_the_update_text_names_both_profiles():
    text = profile_update_message("0x" + "12" * 20 + ".addr.MyApp.eth", OLD, NEW)
    assert text.split("\n")[1] == "0x" + "12" * 20 + ".addr.myapp.eth"
    assert f"Registered Profile: {OLD}\nNew Profile: {NEW}" in text
    assert profile_update_message("a.eth", NEW, OLD) != profile_update_message("a.eth", OLD, NEW)
    with pytest.raises(InvalidInput):
        profile_update_message("a.eth", OLD + "\n", NEW)


NAME = address_name(ALICE.wallet.address, "myapp.eth")
HASH = ALICE.signed_profile.hash
NOW_MS = 1_700_000_000_000


def link_record(**changes) -> str:
    """A link record of Alice, signed, as a data URI."""
    signer = changes.pop("signer", ALICE)
    record = replace(
        LinkRecord(
            profile_name=NAME,
            profile_hash=HASH,
            valid_until=1_800_000_000,
            link_message_hash=OLD,
            signature="",
            signed_text="",
            main_commitment=NEW,
        ),
        **changes,
    )
    text = canonical_json(unsigned_record_json(record))
    return data_uri(record_json(replace(record, signature=sign(signer.keys.signing_private, text))))


def update(value, *, name=NAME, key=RecordKey.LINK, issued_at=NOW_MS, signer=ALICE) -> RecordUpdate:
    text = record_text(name, key, issued_at, value)
    return RecordUpdate(name, key, value, issued_at, sign(signer.keys.signing_private, text))


def check(given_update: RecordUpdate) -> None:
    check_record(given_update, ALICE.keys.signing_public, HASH, NOW_MS)


def test_a_link_record_and_its_removal_are_accepted():
    check(update(link_record()))
    check(update(None))
    check(update(None, issued_at=NOW_MS - RECORD_WINDOW_MS))
    check(update(None, issued_at=NOW_MS + RECORD_WINDOW_MS))


GOOD = update(link_record())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (update(link_record(), key="network.dm3.profile"), InvalidInput),
        (update(link_record(), issued_at=NOW_MS - RECORD_WINDOW_MS - 1), OutsideWindow),
        (update(link_record(), issued_at=NOW_MS + RECORD_WINDOW_MS + 1), OutsideWindow),
        (update(link_record(), signer=BOB), BadSignature),
        (replace(GOOD, issued_at=NOW_MS + 1), BadSignature),
        (replace(GOOD, value=None), BadSignature),
        (replace(GOOD, name="bob.eth"), BadSignature),
        (update(link_record(signer=BOB)), BadSignature),
        (update(link_record(profile_name="bob.eth")), MalformedData),
        (update(link_record(profile_hash=NEW)), MalformedData),
        (update(link_record(version=2)), MalformedData),
        (update("https://link.example/?dm3Hash=" + NEW), MalformedData),
        (update("data:application/json,{}"), MalformedData),
        (update("data:text/plain,hello"), MalformedData),
        (update(""), MalformedData),
        (update("data:application/json," + "x" * MAX_RECORD_VALUE), MalformedData),
        (update(link_record()[:-1] + ',"later":1}'), BadSignature),
    ],
)
def test_one_fault_in_a_record_is_refused(fault, error):
    with pytest.raises(error):
        check(fault)


@given(any_text, any_text)
def test_any_record_is_accepted_or_refused(value, signature):
    read_or_refused(check, RecordUpdate(NAME, RecordKey.LINK, value, NOW_MS, signature))


@given(any_text, any_text)
def test_any_alias_is_accepted_or_refused(alias, signature):
    read_or_refused(lambda text: check_alias(text, RULES, ALICE.keys.signing_public, signature), alias)
