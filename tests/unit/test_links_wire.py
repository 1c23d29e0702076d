"""Linking payloads and link records as JSON (specification 3.3, 3.4)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dm3.base import Members, canonical_json, to_base64
from dm3.base.errors import InvalidName, MalformedData, TooLarge
from dm3.crypto import Seed, WalletKey
from dm3.model import LinkKind, LinkPayload, LinkRecord, MessageType
from dm3.wire import (
    NEWEST,
    VOCABULARIES,
    LinkVocabulary,
    link_member,
    link_type,
    read_link_record,
    record_json,
    unix_seconds,
    unsigned_record_json,
)
from dm3.wire.dialects import TYPE_TO_LINK
from dm3.wire.links import MAX_LINK_MESSAGE, link_payload_from
from tests.unit.people import digest
from tests.unit.strategies import damaged, damaged_text, hashes, link_payloads, names, read_or_refused

FULL = LinkPayload(
    kind=LinkKind.REQUEST,
    profile_name="lsp.eth",
    profile_hash="0x" + "ab" * 32,
    valid_until=1_800_000_000,
    link_message="Link your local profile",
    signature="0x" + "cd" * 65,
    profile_key=Seed(digest("profile")),
    wallet_key=WalletKey(digest("wallet")),
    nonce="0x" + "ef" * 32,
)
SENDER = "sender.eth"
FULL_JSON = link_member(FULL)[1]


def read(
    members: object, kind: LinkKind = LinkKind.REQUEST, vocabulary: LinkVocabulary = NEWEST
) -> LinkPayload:
    metadata = Members({vocabulary.member: members}, "metadata")
    return link_payload_from(metadata, vocabulary, kind, SENDER)


def test_a_payload_is_written_in_the_newest_words():
    name, members = link_member(FULL)
    assert name == "link"
    assert members == {
        "profilePrivateKey": to_base64(digest("profile")),
        "walletPrivateKey": "0x" + digest("wallet").hex(),
        "nonce": "0x" + "ef" * 32,
        "profileName": "lsp.eth",
        "profileHash": "0x" + "ab" * 32,
        "validUntil": 1_800_000_000,
        "linkMessage": "Link your local profile",
        "signature": "0x" + "cd" * 65,
    }


def test_without_keys_nothing_private_is_written():
    assert set(link_member(FULL.without_keys())[1]) == {
        "profileName",
        "profileHash",
        "validUntil",
        "linkMessage",
        "signature",
    }


@pytest.mark.parametrize(
    ("kind", "spelling"),
    [
        (LinkKind.REQUEST, MessageType.LINK),
        (LinkKind.RECOVER, MessageType.LINK_RECOVER),
        (LinkKind.ACCEPT, MessageType.LINK_ACCEPT),
        (LinkKind.REJECT, MessageType.LINK_REJECT),
        (LinkKind.REVOKE, MessageType.LINK_REVOKE),
    ],
)
def test_each_step_has_its_message_type(kind, spelling):
    assert link_type(structs.replace(FULL, kind=kind)) == spelling


@given(link_payloads)
def test_what_was_written_is_read(payload):
    name, members = link_member(payload)
    arrived = json.loads(canonical_json({name: members}))
    assert read(arrived[name], payload.kind) == payload


SEED, WALLET = digest("profile"), digest("wallet")
SPELLINGS = {
    "as the reference notes a private key": ({"profilePrivateKey": to_base64(SEED + bytes(32))}, {}),
    "base64 without padding": ({"profilePrivateKey": to_base64(SEED).rstrip("=")}, {}),
    "seed in hex": ({"profilePrivateKey": SEED.hex()}, {}),
    "seed in hex with 0x": ({"profilePrivateKey": "0x" + SEED.hex().upper()}, {}),
    "private key in hex": ({"profilePrivateKey": (SEED + bytes(32)).hex()}, {}),
    "private key in hex with 0x": ({"profilePrivateKey": "0x" + (SEED + bytes(32)).hex()}, {}),
    "wallet key without 0x": ({"walletPrivateKey": WALLET.hex()}, {}),
    "hash without 0x": ({"profileHash": "AB" * 32}, {}),
    "signature without 0x": ({"signature": "cd" * 65}, {}),
    "nonce as a number": ({"nonce": 17}, {"nonce": "17"}),
    "no nonce": ({"nonce": ""}, {"nonce": None}),
    "no keys": (
        {"profilePrivateKey": "", "walletPrivateKey": ""},
        {"profile_key": None, "wallet_key": None},
    ),
    "no validity": ({"validUntil": None}, {"valid_until": 0}),
    "an empty validity": ({"validUntil": ""}, {"valid_until": 0}),
}


@pytest.mark.parametrize("kind", [LinkKind.REQUEST, LinkKind.RECOVER])
@pytest.mark.parametrize(("spelled", "means"), SPELLINGS.values(), ids=SPELLINGS)
def test_what_others_spell_otherwise_is_read(spelled, means, kind):
    assert read({**FULL_JSON, **spelled}, kind) == structs.replace(FULL, kind=kind, **means)


def test_an_acceptance_may_have_no_more_than_a_name_and_a_signature():
    accepted = read({"profileName": "lsp.eth", "signature": "c2ln"}, LinkKind.ACCEPT)
    said = (accepted.profile_hash, accepted.link_message, accepted.valid_until, accepted.nonce)
    assert said == ("", "", 0, None)
    for kind in (LinkKind.REQUEST, LinkKind.RECOVER, LinkKind.REJECT, LinkKind.REVOKE):
        with pytest.raises(MalformedData, match="is missing"):
            read({"profileName": "lsp.eth", "signature": "c2ln"}, kind)


@pytest.mark.parametrize("kind", [LinkKind.REJECT, LinkKind.REVOKE])
def test_an_ending_says_what_stays_valid(kind):
    with pytest.raises(MalformedData, match="validUntil is missing"):
        read({**FULL_JSON, "validUntil": None}, kind)


def test_signatures_of_profiles_are_left_as_they_are():
    assert read({**FULL_JSON, "signature": "cd" * 65}, LinkKind.ACCEPT).signature == "cd" * 65
    assert read({**FULL_JSON, "signature": "cd" * 64}).signature == "cd" * 64, "no wallet signs so"


@given(st.integers(0, 253_402_300_799) | st.integers(10**12 + 1, 253_402_300_799_999))
def test_times_in_milliseconds_are_seconds(time):
    seconds = unix_seconds(time)
    assert seconds == (time if time <= 10**12 else time // 1000)
    assert read({**FULL_JSON, "validUntil": time}).valid_until == seconds


def test_hashes_are_compared_in_lower_case_and_names_in_normal_form():
    payload = read({**FULL_JSON, "profileHash": "0x" + "AB" * 32, "profileName": "LSP.eth"})
    assert (payload.profile_hash, payload.profile_name) == (FULL.profile_hash, "lsp.eth")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"profilePrivateKey": "AAAA"}, MalformedData),
        ({"profilePrivateKey": to_base64(digest("x") + b"1")}, MalformedData),
        ({"profilePrivateKey": "0x" + "ab" * 31}, MalformedData),
        ({"profilePrivateKey": "ab" * 33}, MalformedData),
        ({"walletPrivateKey": "0x12"}, MalformedData),
        ({"walletPrivateKey": digest("x").hex()[2:]}, MalformedData),
        ({"nonce": -1}, MalformedData),
        ({"nonce": 10**78}, MalformedData),
        ({"nonce": True}, MalformedData),
        ({"profileName": None}, MalformedData),
        ({"profileName": "a..b"}, InvalidName),
        ({"profileHash": 1}, MalformedData),
        ({"validUntil": "tomorrow"}, MalformedData),
        ({"validUntil": 1e18}, MalformedData),
        ({"linkMessage": "x" * (MAX_LINK_MESSAGE + 1)}, MalformedData),
        ({"signature": None}, MalformedData),
        ({"nonce": "x" * 501}, MalformedData),
    ],
    ids=str,
)
def test_what_is_no_payload_is_refused(fault, error):
    with pytest.raises(error):
        read({**FULL_JSON, **fault})


@pytest.mark.parametrize("key", ["profilePrivateKey", "walletPrivateKey"])
def test_a_key_that_does_not_fit_is_not_handed_back(key):
    wrong = to_base64(digest("x")[:31])
    with pytest.raises(MalformedData) as refused:
        read({**FULL_JSON, key: wrong})
    assert wrong not in str(refused.value)
    assert key in str(refused.value)


@given(damaged(FULL_JSON), st.sampled_from(LinkKind))
def test_any_payload_is_read_or_refused(members, kind):
    payload = read_or_refused(lambda given: read(given, kind), members)
    if payload is not None:
        assert read_or_refused(lambda given: read(given, kind), link_member(payload)[1]) == payload


# --- the older vocabularies (specification 3.7) ----------------------------------------------------

OLDER_JSON = {"privateKey": to_base64(digest("profile")), "linkMessage": "text", "signature": "0x12"}
older = pytest.mark.parametrize("name", ["LSP_LINK", "LINK_LSP"])


@older
def test_an_older_request_is_about_its_sender(name):
    payload = read(OLDER_JSON, vocabulary=VOCABULARIES[name])
    assert payload.kind is LinkKind.REQUEST
    assert (payload.profile_name, payload.profile_hash, payload.valid_until) == (SENDER, "", 0)
    assert payload.profile_key == Seed(digest("profile"))
    assert link_type(payload) == name


@older
def test_an_older_request_without_key_means_recovery(name):
    members = {key: value for key, value in OLDER_JSON.items() if key != "privateKey"}
    payload = read(members, vocabulary=VOCABULARIES[name])
    assert payload.kind is LinkKind.RECOVER
    assert payload.profile_name == "", "its sender is the temporary profile, not the one it is about"


@older
def test_an_older_acceptance_names_the_profile_instead_of_the_link_message(name):
    members = {"linkMessage": "LSP.eth", "signature": "c2ln"}
    payload = read(members, LinkKind.ACCEPT, VOCABULARIES[name])
    assert payload.kind is LinkKind.ACCEPT
    assert payload.profile_name == "lsp.eth"
    with pytest.raises(InvalidName):
        read({**members, "linkMessage": "no name"}, LinkKind.ACCEPT, VOCABULARIES[name])


@older
@given(st.sampled_from([LinkKind.REQUEST, LinkKind.RECOVER, LinkKind.ACCEPT]), st.data())
def test_older_payloads_are_answered_in_kind(name, kind, data):
    members = {**OLDER_JSON, "linkMessage": "lsp.eth"}
    if kind is LinkKind.RECOVER:
        del members["privateKey"]
    vocabulary = VOCABULARIES[name]
    payload = read(members, kind, vocabulary)
    assert link_member(payload) == ("LSP", members)
    read_or_refused(lambda given: read(given, kind, vocabulary), data.draw(damaged(members)))


@pytest.mark.parametrize("spelling", ["LSP_LINK", "LINK_LSP", "LSP_LINK_ACCEPT"])
def test_older_message_types_are_known(spelling):
    vocabulary, kind = TYPE_TO_LINK[spelling]
    assert vocabulary is not NEWEST
    assert kind is (LinkKind.ACCEPT if spelling.endswith("ACCEPT") else LinkKind.REQUEST)


# --- the link record (specification 3.4) -----------------------------------------------------------

records = st.builds(
    LinkRecord,
    profile_name=names,
    profile_hash=hashes,
    valid_until=st.integers(0, 253_402_300_799),
    link_message_hash=hashes,
    signature=st.just("c2ln"),
    signed_text=st.just(""),
    main=st.none() | names,
    main_signature=st.none() | st.just("bWFpbg=="),
    main_commitment=st.none() | hashes,
).map(lambda record: structs.replace(record, signed_text=canonical_json(unsigned_record_json(record))))

RECORD = LinkRecord(
    profile_name="lsp.eth",
    profile_hash="0x" + "ab" * 32,
    valid_until=1_800_000_000,
    link_message_hash="0x" + "cd" * 32,
    signature="c2ln",
    signed_text="",
    main_commitment="0x" + "ef" * 32,
)


def test_a_private_record_names_no_main_profile():
    assert record_json(RECORD) == {
        "version": 1,
        "profileName": "lsp.eth",
        "profileHash": "0x" + "ab" * 32,
        "validUntil": 1_800_000_000,
        "linkMessageHash": "0x" + "cd" * 32,
        "mainCommitment": "0x" + "ef" * 32,
        "signature": "c2ln",
    }


@given(records)
def test_records_are_read_as_written(record):
    assert read_link_record(canonical_json(record_json(record))) == record


def test_unknown_members_of_a_record_are_covered_by_its_signature():
    record = read_link_record(canonical_json({**record_json(RECORD), "later": 1}))
    assert '"later":1' in record.signed_text
    assert '"signature"' not in record.signed_text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"version": 2}, MalformedData),
        ({"version": None}, MalformedData),
        ({"version": "1"}, MalformedData),
        ({"profileName": ""}, InvalidName),
        ({"main": "a..b"}, InvalidName),
        ({"validUntil": None}, MalformedData),
        ({"signature": "x" * 201}, MalformedData),
        ({"mainCommitment": 1}, MalformedData),
        ({"more": "x" * MAX_LINK_MESSAGE}, TooLarge),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_record_is_refused(fault, error):
    with pytest.raises(error):
        read_link_record(canonical_json({**record_json(RECORD), **fault}))


@given(damaged_text({**record_json(RECORD), "main": "main.eth", "mainSignature": "c2ln"}))
def test_any_record_is_read_or_refused(text):
    record = read_or_refused(read_link_record, text)
    assert record is None or read_link_record(canonical_json(record_json(record))) is not None


@pytest.mark.parametrize("time", [-1, 253_402_300_800, 10**12, 253_402_300_800_000, 10**18])
def test_a_time_beyond_the_calendar_is_refused(time):
    with pytest.raises(MalformedData):
        read({**FULL_JSON, "validUntil": time})


@pytest.mark.parametrize("name", ["", None, "a..b"])
def test_the_newest_vocabulary_names_the_profile(name):
    with pytest.raises((MalformedData, InvalidName)):
        read({**FULL_JSON, "profileName": name})
