"""Envelopes, delivery information and postmarks (specification 2.4, 2.6)."""

import json
from typing import Any

import pytest
from hypothesis import given
from msgspec import structs

from dm3.base import canonical_json, from_base64, sha256_hex
from dm3.base.errors import BadSignature, CannotOpen, MalformedData, RemoteProtocolError, TooLarge
from dm3.crypto import ProfileKeys, is_signed, require_signed, sign
from dm3.model import DeliveryInformation, Draft, Envelope, Profile
from dm3.protocol.delivery import sealed_postmark
from dm3.protocol.messages.composing import (
    OpenedEnvelope,
    check_message,
    compose,
    envelop,
    open_envelope,
    open_information,
    postmark_is_valid,
)
from dm3.wire import (
    envelope_from,
    envelope_id,
    envelope_text,
    information_from,
    information_json,
    metadata_json,
    postmark_json,
    read_envelope,
    read_postmark,
    seal_text,
    sealed_message_hash,
)
from tests.unit.people import ALICE, BOB, MALLORY, SERVICE, stream
from tests.unit.strategies import (
    awkward_values,
    damaged,
    damaged_text,
    drafts,
    information,
    read_or_refused,
)
from tests.unit.vectors import as_text, encryption_keys, refusal, vectors

NOW = 1_704_164_645_678
TO_BOB = DeliveryInformation("bob.eth", "alice.eth")
DRAFT = Draft(to="bob.eth", from_="alice.eth", timestamp=NOW, content="hello")
MESSAGE = compose(DRAFT, ALICE.keys.signing_private)


def for_bob(text: str = MESSAGE.text, to: DeliveryInformation = TO_BOB) -> Envelope:
    return envelop(
        text,
        receiver_key=BOB.keys.encryption_public,
        service_key=SERVICE.keys.encryption_public,
        information=to,
        signing_key=ALICE.keys.signing_private,
        random=stream(text),
    )


def stamped(envelope: Envelope, service: ProfileKeys = SERVICE.keys) -> str:
    return sealed_postmark(
        envelope.message,
        TO_BOB,
        service,
        time_ms=NOW + 5,
        receiver_key=BOB.keys.encryption_public,
        random=stream("postmark"),
    )


def changed(envelope: Envelope, **members: object) -> Envelope:
    value = json.loads(envelope_text(envelope))
    return envelope_from({**value, **members})


ENVELOPE = for_bob()
POSTMARKED = changed(ENVELOPE, postmark=stamped(ENVELOPE))
POSTMARKED_JSON = json.loads(envelope_text(POSTMARKED))

# --- the reference's envelopes -----------------------------------------------------------------

# Valid by its signature; ours, like the reference's own schema, refuses unknown members (specification 2.6).
REFUSED_BY_DESIGN = {"unknown-metadata-is-signed-too", "metadata-unknown-member-added"}


def readable(part: str | None = None, **wanted: Any) -> list[Any]:
    """Cases of envelopes without what is refused by design; None is every part but the postmark."""
    return [
        case
        for case in vectors("envelopes", **wanted)
        if case.id not in REFUSED_BY_DESIGN
        and part in (case.values[0].get("part"), None)
        and (part or case.values[0].get("part") != "postmark")
    ]


def opened(case, envelope: Envelope) -> OpenedEnvelope:
    """Open and verify what a receiver opens and verifies, the postmark aside."""
    sender_key = from_base64(case["sender"]["public_signing_key"])
    assert envelope.signed_text is not None
    require_signed(sender_key, envelope.signed_text, envelope.signature, "the envelope")
    found = open_envelope(envelope, encryption_keys(case["receiver"]["encryption"]))
    check_message(found.message, Profile(sender_key, b"", ()))
    return found


def opened_information(case, envelope: Envelope) -> DeliveryInformation:
    return open_information(envelope, encryption_keys(case["delivery_service"]["encryption"]))


def everything_opened(case) -> None:
    envelope = read_envelope(as_text(case["envelope"]))
    opened_information(case, envelope)
    opened(case, envelope)


def service_key(case) -> bytes:
    return from_base64(case["delivery_service"]["public_signing_key"])


@pytest.mark.parametrize("case", readable(valid=True))
def test_opens_and_verifies_the_reference_s_envelopes(case):
    envelope = read_envelope(as_text(case["envelope"]))
    expected = case["expected"]
    found = opened(case, envelope)
    assert json.loads(found.message.text) == expected["message"]
    assert information_json(opened_information(case, envelope)) == expected["delivery_information"]
    assert (found.postmark is None) == ("postmark" not in expected)
    if found.postmark is not None:
        assert postmark_is_valid(found.postmark, envelope, service_key(case))
        assert found.postmark.signature == expected["postmark"]["signature"]
        assert found.postmark.incoming_timestamp == expected["postmark"]["incommingTimestamp"]


@pytest.mark.parametrize("case", readable(valid=True))
def test_writes_the_reference_s_envelopes_as_they_were(case):
    assert envelope_text(envelope_from(case["envelope"])) == as_text(case["envelope"])


@pytest.mark.parametrize("case", readable(valid=False))
def test_refuses_envelopes_with_one_fault(case):
    error = refusal(case)
    if case["part"] == "delivery_information" or "sealed-for-someone-else" in case["name"]:
        error = refusal(case, wrong_key=CannotOpen)
    if case["name"] in ("message-other-ephemeral-key", "metadata-signature-truncated"):
        # Another key is like a changed text; a signature of the wrong length is a wrong one.
        error = refusal(case, wrong_key=CannotOpen, malformed=BadSignature)
    with pytest.raises(error) as refused:
        everything_opened(case)
    assert type(refused.value) is error


@pytest.mark.parametrize("case", readable(valid=False))
def test_a_fault_in_the_message_does_not_keep_the_service_from_delivering(case):
    if case["part"] == "message":
        assert opened_information(case, envelope_from(case["envelope"])).to == "bob.eth"


@pytest.mark.parametrize("case", readable("postmark", valid=False))
def test_a_bad_postmark_is_none_but_the_message_is_read(case):
    envelope = read_envelope(as_text(case["envelope"]))
    found = opened(case, envelope)
    assert found.message.content
    assert found.postmark is None or not postmark_is_valid(found.postmark, envelope, service_key(case))


@pytest.mark.parametrize("name", sorted(REFUSED_BY_DESIGN))
def test_unknown_members_are_refused_by_design(name):
    (case,) = vectors("envelopes", name=name)
    with pytest.raises(MalformedData, match="unknown member"):
        read_envelope(as_text(case.values[0]["envelope"]))


# --- our own ---------------------------------------------------------------------------------


@given(drafts, information)
def test_what_was_enveloped_is_opened(draft, to):
    message = compose(draft, ALICE.keys.signing_private)
    envelope = read_envelope(envelope_text(for_bob(message.text, to)))
    assert envelope == for_bob(message.text, to)
    assert open_information(envelope, SERVICE.keys) == to
    assert envelope.signed_text is not None
    assert is_signed(ALICE.keys.signing_public, envelope.signed_text, envelope.signature)
    found = open_envelope(envelope, BOB.keys)
    assert found.message == message
    assert found.postmark is None
    assert envelope_id(envelope) == message.hash


def test_what_is_written_has_exactly_the_members_the_reference_allows():
    value = json.loads(envelope_text(ENVELOPE))
    assert set(value) == {"message", "metadata"}
    assert set(value["metadata"]) == {
        "version",
        "encryptionScheme",
        "deliveryInformation",
        "messageHash",
        "signature",
    }
    assert value["metadata"]["version"] == "v1"
    assert value["metadata"]["messageHash"] == MESSAGE.hash


def test_each_part_is_for_its_own_reader_only():
    for keys in (ALICE.keys, SERVICE.keys, MALLORY.keys):
        with pytest.raises(CannotOpen):
            open_envelope(ENVELOPE, keys)
    for keys in (ALICE.keys, BOB.keys, MALLORY.keys):
        with pytest.raises(CannotOpen):
            open_information(ENVELOPE, keys)


def test_an_envelope_with_another_message_is_refused():
    other = for_bob(compose(structs.replace(DRAFT, content="other"), ALICE.keys.signing_private).text)
    with pytest.raises(BadSignature, match="names another message"):
        open_envelope(changed(ENVELOPE, message=other.message), BOB.keys)


def test_the_npm_build_s_hash_is_of_the_sealed_text():
    metadata = {
        key: value
        for key, value in json.loads(envelope_text(ENVELOPE))["metadata"].items()
        if key != "messageHash"
    }
    hashed = sha256_hex(canonical_json(ENVELOPE.message))
    envelope = changed(ENVELOPE, metadata={**metadata, "encryptedMessageHash": hashed})
    assert open_envelope(envelope, BOB.keys).message == MESSAGE
    assert envelope_id(envelope) == hashed
    wrong = changed(ENVELOPE, metadata={**metadata, "encryptedMessageHash": MESSAGE.hash})
    with pytest.raises(BadSignature, match="names another sealed message"):
        open_envelope(wrong, BOB.keys)


def test_an_unknown_scheme_is_named():
    metadata = json.loads(envelope_text(ENVELOPE))["metadata"]
    for scheme in ("rot13", "\ud800" * 100):
        envelope = changed(ENVELOPE, metadata={**metadata, "encryptionScheme": scheme})
        with pytest.raises(RemoteProtocolError, match="scheme") as refused:
            open_envelope(envelope, BOB.keys)
        assert str(refused.value).encode("utf-8")


METADATA = POSTMARKED_JSON["metadata"]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in METADATA.items() if key != name}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="array"),
        pytest.param({**POSTMARKED_JSON, "more": 1}, id="unknown member"),
        pytest.param({**POSTMARKED_JSON, "message": {}}, id="message is an object"),
        pytest.param({**POSTMARKED_JSON, "message": None}, id="no message"),
        pytest.param({**POSTMARKED_JSON, "metadata": None}, id="no metadata"),
        pytest.param({**POSTMARKED_JSON, "postmark": {}}, id="postmark is an object"),
        pytest.param({**POSTMARKED_JSON, "metadata": {**METADATA, "x": 1}}, id="unknown metadata"),
        pytest.param(
            {**POSTMARKED_JSON, "metadata": {**METADATA, "encryptionScheme": None}}, id="null in metadata"
        ),
        pytest.param({**POSTMARKED_JSON, "metadata": without("messageHash")}, id="no hash"),
        pytest.param(
            {**POSTMARKED_JSON, "metadata": {**METADATA, "encryptedMessageHash": "0x"}}, id="both hashes"
        ),
        pytest.param({**POSTMARKED_JSON, "metadata": without("signature")}, id="no signature"),
        pytest.param({**POSTMARKED_JSON, "metadata": without("version")}, id="no version"),
        pytest.param({**POSTMARKED_JSON, "metadata": without("deliveryInformation")}, id="no information"),
        pytest.param(
            {**POSTMARKED_JSON, "metadata": {**METADATA, "deliveryInformation": {"to": "a.eth"}}},
            id="open information without sender",
        ),
    ],
)
def test_what_is_no_envelope_is_refused(value):
    with pytest.raises(MalformedData):
        envelope_from(value)


def test_size_is_bounded():
    with pytest.raises(TooLarge):
        read_envelope(b" " * (20 * 1024 * 1024 + 1))


def test_information_opened_by_a_reference_service_is_read():
    metadata = {**METADATA, "deliveryInformation": {"to": "bob.eth", "from": "Alice.eth"}}
    envelope = envelope_from({**POSTMARKED_JSON, "metadata": metadata})
    assert envelope.open_information == TO_BOB
    assert envelope.signed_text is None, "what the sender signed is no longer there"
    assert open_envelope(envelope, BOB.keys).message == MESSAGE


@given(damaged_text(POSTMARKED_JSON))
def test_any_envelope_is_read_or_refused(text):
    envelope = read_or_refused(read_envelope, text)
    if envelope is not None:
        read_or_refused(lambda given: open_envelope(given, BOB.keys), envelope)
        read_or_refused(lambda given: open_information(given, SERVICE.keys), envelope)
        if envelope.open_information is None:
            assert read_envelope(envelope_text(envelope)) == envelope


@given(awkward_values)
def test_any_value_is_an_envelope_or_refused(value):
    read_or_refused(envelope_from, value)


@given(information)
def test_information_is_read_as_written(to):
    assert information_from(information_json(to)) == to


@given(damaged(information_json(structs.replace(TO_BOB, instruction="x"))) | awkward_values)
def test_any_information_is_read_or_refused(value):
    read_or_refused(information_from, value)


# --- postmarks ---------------------------------------------------------------------------------


def test_a_postmark_says_when_and_by_whom():
    found = open_envelope(POSTMARKED, BOB.keys).postmark
    assert found is not None
    assert found.incoming_timestamp == NOW + 5
    assert found.information == TO_BOB
    assert found.message_hash == sealed_message_hash(ENVELOPE.message)
    assert postmark_is_valid(found, POSTMARKED, SERVICE.keys.signing_public)


def test_a_postmark_is_signed_over_the_hash_as_text():
    found = open_envelope(POSTMARKED, BOB.keys).postmark
    assert found is not None
    key = SERVICE.keys.signing_public
    assert is_signed(key, sha256_hex(found.signed_text), found.signature)
    assert not is_signed(key, found.signed_text, found.signature)


def test_a_postmark_of_another_service_or_envelope_is_not_valid():
    foreign = changed(ENVELOPE, postmark=stamped(ENVELOPE, MALLORY.keys))
    found = open_envelope(foreign, BOB.keys).postmark
    assert found is not None
    assert not postmark_is_valid(found, foreign, SERVICE.keys.signing_public)
    message = compose(structs.replace(DRAFT, content="other"), ALICE.keys.signing_private)
    moved = changed(for_bob(message.text), postmark=stamped(ENVELOPE))
    found = open_envelope(moved, BOB.keys).postmark
    assert found is not None
    assert not postmark_is_valid(found, moved, SERVICE.keys.signing_public)


def test_a_postmark_may_name_the_message_by_its_own_hash():
    found = open_envelope(POSTMARKED, BOB.keys).postmark
    assert found is not None
    members = {**json.loads(found.signed_text), "messageHash": MESSAGE.hash}
    signature = sign(SERVICE.keys.signing_private, sha256_hex(canonical_json(members)))
    postmark = read_postmark(canonical_json({**members, "signature": signature}))
    assert postmark_is_valid(postmark, ENVELOPE, SERVICE.keys.signing_public)


def test_both_spellings_of_the_time_are_written_and_either_is_read():
    members = postmark_json("0xab", NOW, TO_BOB)
    assert members["incommingTimestamp"] == members["incomingTimestamp"] == NOW
    for spelling in ("incommingTimestamp", "incomingTimestamp"):
        text = canonical_json({"messageHash": "0xab", spelling: NOW, "signature": "s"})
        assert read_postmark(text).incoming_timestamp == NOW


@pytest.mark.parametrize(
    "postmark",
    ["", "{}", "null", seal_text("[]", BOB.keys.encryption_public, stream())]
    + [
        seal_text(
            canonical_json({**postmark_json("0xab", NOW, TO_BOB), "signature": "s", **fault}),
            BOB.keys.encryption_public,
            stream(),
        )
        for fault in (
            {"deliveryInformation": {"to": "a..b", "from": "alice.eth"}},
            {"incommingTimestamp": 1e300},
            {"signature": None},
        )
    ],
)
def test_no_postmark_keeps_a_message_from_being_read(postmark):
    found = open_envelope(changed(ENVELOPE, postmark=postmark), BOB.keys)
    assert found.message == MESSAGE
    assert found.postmark is None


@given(damaged_text({**postmark_json("0xab", NOW, TO_BOB), "signature": "s"}))
def test_any_postmark_is_read_or_refused(text):
    postmark = read_or_refused(read_postmark, text)
    assert postmark is None or not postmark_is_valid(postmark, ENVELOPE, SERVICE.keys.signing_public)


def test_metadata_is_signed_without_what_the_service_adds():
    signed_text = canonical_json(
        metadata_json(ENVELOPE.delivery_information, MESSAGE.hash, "x25519-chacha20-poly1305")
    )
    assert POSTMARKED.signed_text == ENVELOPE.signed_text == signed_text
