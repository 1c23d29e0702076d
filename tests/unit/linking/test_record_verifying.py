"""What exactly of a link record is signed, who is asked about it, and what a refusal says."""

import pytest
from msgspec import structs

from dm3.base import canonical_json, sha256_hex
from dm3.base.errors import MalformedData, NotFound
from dm3.crypto import is_signed
from dm3.model import RecordKey
from dm3.protocol.linking import LinkRefused, Reason, make_record, parse_record, record_uri, verify_record
from dm3.protocol.names.resolving import TextQuestion
from dm3.wire import unsigned_record_json
from tests.unit.linking.publishing import DISCLOSURE, TEXT, asking, make
from tests.unit.linking.scene import LSP, MAIN_NAME, NOW, TERM, everybody


def refusal(record, disclosure=None) -> LinkRefused:
    world = everybody()
    world.texts[LSP.name, RecordKey.LINK] = record_uri(record)
    with pytest.raises(LinkRefused) as caught:
        world.conclude(verify_record(LSP.name, NOW, disclosure))
    return caught.value


@pytest.mark.parametrize("public", [True, False])
def test_what_is_signed_is_what_is_published(public):
    record = make_record(asking(public_record=public), LSP.name, LSP.signed_profile.hash, LSP.keys)
    assert record.signed_text == canonical_json(unsigned_record_json(record))
    assert is_signed(LSP.keys.signing_public, record.signed_text, record.signature)
    assert (record.valid_until, record.link_message_hash) == (NOW + TERM, sha256_hex(TEXT))
    assert (record.profile_name, record.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert (record.main, record.main_commitment is None) == ((MAIN_NAME, True) if public else (None, False))


def test_a_profile_is_asked_for_once():
    world = everybody()
    world.texts[LSP.name, RecordKey.LINK] = record_uri(make())
    world.conclude(verify_record(LSP.name, NOW))
    assert world.asked.count(TextQuestion(LSP.name, RecordKey.PROFILE)) == 1


def test_who_has_no_record_is_named():
    with pytest.raises(NotFound) as caught:
        everybody().conclude(verify_record(LSP.name, NOW))
    assert caught.value.detail == f"{LSP.name} has no link record"


def test_a_record_stands_where_it_is_looked_for():
    with pytest.raises(MalformedData) as caught:
        parse_record("ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
    assert caught.value.detail == ("a link record stands in the text record itself, not behind a link")


def test_a_record_of_nobody_says_so():
    refused = refusal(make(main_commitment=None))
    assert refused.reason is Reason.MALFORMED
    assert refused.detail.endswith("(the record names no main profile and no commitment)")


def test_why_the_main_profile_does_not_hold_is_said():
    refused = refusal(make(public=True, main="nobody.eth"))
    assert refused.reason is Reason.BAD_MAIN_SIGNATURE
    assert "nobody.eth" in refused.detail


def test_what_is_disclosed_of_a_public_record_changes_nothing():
    """It names its main profile itself, and what somebody claims beside it is not looked at."""
    world = everybody()
    world.texts[LSP.name, RecordKey.LINK] = record_uri(make(public=True))
    other = structs.replace(DISCLOSURE, main="mallory.eth")
    assert world.conclude(verify_record(LSP.name, NOW, other)).main == MAIN_NAME
