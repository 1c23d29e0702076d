"""The published link record: made, disclosed, verified (specification 3.4)."""

from typing import Any

import pytest
from msgspec import structs

from dm3.base import canonical_json, read_json, sha256_hex
from dm3.base.errors import BadSignature, MalformedData, NotFound
from dm3.crypto import sign
from dm3.model import LinkRecord, RecordKey
from dm3.protocol.linking import (
    Disclosure,
    LinkRefused,
    LinkState,
    Reason,
    VerifiedRecord,
    disclosure_held,
    disclosure_of,
    make_record,
    parse_record,
    record_uri,
    verify_record,
)
from dm3.wire import data_uri, record_json, unsigned_record_json
from tests.unit.linking.publishing import DISCLOSURE, TEXT, asking, make
from tests.unit.linking.scene import (
    LSP,
    MAIN,
    MAIN_NAME,
    MALLORY,
    NOW,
    OWNER,
    STRANGER,
    TEMPORARY,
    TERM,
    World,
    everybody,
    held_link,
)

ALIAS = f"lsp.{OWNER.address.lower()}.myapp.eth"


def publish(record: LinkRecord | str) -> World:
    world = everybody()
    world.texts[LSP.name, RecordKey.LINK] = record if isinstance(record, str) else record_uri(record)
    return world


def verify(
    record: LinkRecord | str, disclosure: Disclosure | None = None, *, now: int = NOW, name: str = LSP.name
) -> VerifiedRecord:
    return publish(record).conclude(verify_record(name, now, disclosure))


def refused(*args: Any, **options: Any) -> Reason:
    with pytest.raises(LinkRefused) as caught:
        verify(*args, **options)
    return caught.value.reason


# --- made ------------------------------------------------------------------------------------------


def test_a_private_record_names_nobody():
    record = make()
    members = record_json(record)
    assert set(members) == {
        "version",
        "profileName",
        "profileHash",
        "validUntil",
        "linkMessageHash",
        "mainCommitment",
        "signature",
    }
    published = record_uri(record)
    assert MAIN_NAME not in published
    assert DISCLOSURE.main_signature not in published
    assert members["linkMessageHash"] == sha256_hex(TEXT)
    committed = {"main": MAIN_NAME, "mainSignature": DISCLOSURE.main_signature, "salt": DISCLOSURE.salt}
    assert members["mainCommitment"] == sha256_hex(canonical_json(committed))


def test_a_public_record_names_the_main_profile():
    members = record_json(make(public=True))
    assert (members["main"], members["mainSignature"]) == (MAIN_NAME, DISCLOSURE.main_signature)
    assert "mainCommitment" not in members


@pytest.mark.parametrize("public", [True, False])
def test_what_is_published_is_read_back(public):
    record = make(public=public)
    assert parse_record(record_uri(record)) == record


def test_the_salt_is_the_profile_s_secret_and_the_link_s_own():
    assert len(bytes.fromhex(DISCLOSURE.salt[2:])) == 32
    assert disclosure_of(asking(), LSP.keys) == DISCLOSURE, "both profiles find the same"
    assert disclosure_of(asking(), STRANGER.keys).salt != DISCLOSURE.salt
    assert disclosure_of(asking(accepted_message="another"), LSP.keys).salt != DISCLOSURE.salt


@pytest.mark.parametrize("missing", ["accepted_message", "main_signature"])
def test_without_an_acceptance_there_is_nothing_to_publish(missing):
    with pytest.raises(LinkRefused) as caught:
        disclosure_of(asking(**{missing: None}), LSP.keys)
    assert caught.value.reason is Reason.NOT_LINKED


# --- verified ---------------------------------------------------------------------------------------


def test_a_public_record_proves_the_link():
    verified = verify(make(public=True))
    assert verified.main == MAIN_NAME
    assert verified.owner == LSP.wallet.address


def test_a_private_record_proves_it_to_whom_it_is_disclosed():
    assert verify(make()).main is None
    assert verify(make(), DISCLOSURE).main == MAIN_NAME


def test_a_record_holds_under_an_alias_of_the_profile():
    world = publish(make())
    world.texts[ALIAS, RecordKey.PROFILE] = world.texts[LSP.name, RecordKey.PROFILE]
    world.texts[ALIAS, RecordKey.LINK] = world.texts[LSP.name, RecordKey.LINK]
    world.addresses[ALIAS] = LSP.wallet.address
    assert world.conclude(verify_record(ALIAS, NOW)).record.profile_name == LSP.name


def test_a_record_holds_to_its_last_second():
    assert verify(make(), now=NOW + TERM).main is None
    assert refused(make(), now=NOW + TERM + 1) is Reason.EXPIRED


def test_unknown_members_are_signed_and_fine():
    members = {**unsigned_record_json(make()), "later": 1}
    signature = sign(LSP.keys.signing_private, canonical_json(members))
    assert verify(data_uri({**members, "signature": signature})).record.profile_name == LSP.name


@pytest.mark.parametrize(
    ("record", "disclosure", "reason"),
    [
        pytest.param(
            make(keys=MALLORY.keys), None, Reason.BAD_RECORD_SIGNATURE, id="signed by somebody else"
        ),
        pytest.param(
            structs.replace(make(), valid_until=NOW + 2 * TERM),
            None,
            Reason.BAD_RECORD_SIGNATURE,
            id="prolonged",
        ),
        pytest.param(make(profile_name=STRANGER.name), None, Reason.WRONG_PROFILE, id="another profile's"),
        pytest.param(
            make(profile_hash=TEMPORARY.signed_profile.hash),
            None,
            Reason.WRONG_HASH,
            id="another profile hash",
        ),
        pytest.param(make(valid_until=NOW - 1), None, Reason.EXPIRED, id="over"),
        pytest.param(make(main_commitment=None), None, Reason.MALFORMED, id="neither main nor commitment"),
        pytest.param(
            make(public=True, main_signature=None), None, Reason.MALFORMED, id="main without signature"
        ),
        pytest.param(
            make(),
            structs.replace(DISCLOSURE, salt="0x" + "00" * 32),
            Reason.WRONG_COMMITMENT,
            id="another salt",
        ),
        pytest.param(
            make(),
            structs.replace(DISCLOSURE, main="mallory.eth"),
            Reason.WRONG_COMMITMENT,
            id="another main disclosed",
        ),
        pytest.param(
            make(public=True, main="mallory.eth"), None, Reason.BAD_MAIN_SIGNATURE, id="another main"
        ),
        pytest.param(
            make(public=True, main="nobody.eth"), None, Reason.BAD_MAIN_SIGNATURE, id="no such main"
        ),
        pytest.param(
            make(public=True, main_signature=sign(MALLORY.keys.signing_private, sha256_hex(TEXT))),
            None,
            Reason.BAD_MAIN_SIGNATURE,
            id="main signature by somebody else",
        ),
        pytest.param(
            make(public=True, link_message_hash=sha256_hex("another")),
            None,
            Reason.BAD_MAIN_SIGNATURE,
            id="another Link Message",
        ),
    ],
)
def test_a_record_that_does_not_hold_is_refused(record, disclosure, reason):
    assert refused(record, disclosure) is reason


def test_a_commitment_to_a_wrong_signature_proves_nothing():
    """Who commits to what the main profile has not signed is found out with the disclosure."""
    forged = asking(main_signature=sign(MALLORY.keys.signing_private, sha256_hex(TEXT)))
    record = make_record(forged, LSP.name, LSP.signed_profile.hash, LSP.keys)
    assert verify(record).main is None
    assert refused(record, disclosure_of(forged, LSP.keys)) is Reason.BAD_MAIN_SIGNATURE


def test_no_record_is_not_found():
    with pytest.raises(NotFound):
        everybody().conclude(verify_record(LSP.name, NOW))


@pytest.mark.parametrize(
    "value", ["hello", "https://x/?dm3Hash=0x" + "00" * 32, "ipfs://bafy", "data:application/json,{}"]
)
def test_what_is_no_record_is_refused(value):
    with pytest.raises(MalformedData):
        verify(value)


def test_a_profile_that_its_owner_did_not_sign_has_no_record():
    world = publish(make())
    world.publish(LSP, signer=MALLORY)
    with pytest.raises(BadSignature):
        world.conclude(verify_record(LSP.name, NOW))


def test_times_in_milliseconds_are_read_as_what_they_are():
    members = {**unsigned_record_json(make()), "validUntil": (NOW + TERM) * 1000}
    signature = sign(LSP.keys.signing_private, canonical_json(members))
    value = data_uri({**members, "signature": signature})
    assert verify(value).record.valid_until == NOW + TERM
    assert read_json(value.partition(",")[2])["validUntil"] == (NOW + TERM) * 1000


def test_the_main_profile_can_disclose_what_the_linked_one_has_published():
    key = MAIN.keys.signing_private
    assert disclosure_held(held_link(link_message=TEXT), key) == DISCLOSURE
    with pytest.raises(LinkRefused) as refused:
        disclosure_held(held_link(state=LinkState.AWAITING_KEYS, profile_key=None), key)
    assert refused.value.reason is Reason.NOT_LINKED
