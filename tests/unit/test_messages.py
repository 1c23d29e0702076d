"""Messages: composing, reading, verifying (specification 2.4, 2.6)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import canonical_json, from_base64, same_name, sha256_hex
from dm3.base.errors import BadSignature, InvalidName, MalformedData
from dm3.crypto import sign
from dm3.model import Attachment, Draft, Message, MessageType, Profile
from dm3.protocol.messages.composing import check_message, compose
from dm3.wire import draft_json, link_type, read_message
from dm3.wire.messages import MAX_ATTACHMENTS
from tests.unit.people import ALICE, BOB, MALLORY
from tests.unit.strategies import damaged_text, drafts, json_values, link_payloads, read_or_refused
from tests.unit.vectors import as_text, refusal, vectors

KEY = ALICE.keys.signing_private
REFERENCE = "0x" + "5e" * 32

FULL = Draft(
    to="bob.eth",
    from_="alice.eth",
    timestamp=1_704_164_645_678,
    type=MessageType.REPLY,
    content="hello",
    attachments=(Attachment("data:text/plain,hi", "hi.txt"), Attachment("https://a.example/b")),
    reference=REFERENCE,
    reply_delivery_instruction="ds.eth",
)
FULL_JSON = json.loads(compose(FULL, KEY).text)


def accept(text: str, sender: str, signing_key: bytes) -> Message:
    """What a receiver does who expects a message of ``sender``."""
    message = read_message(text)
    if not same_name(message.from_, sender):
        raise BadSignature("the message is from somebody else")
    check_message(message, Profile(signing_key, b"", ()))
    return message


def of_case(case) -> Message:
    return accept(as_text(case["message"]), case["sender"], from_base64(case["public_signing_key"]))


@pytest.mark.parametrize("case", vectors("messages", valid=True))
def test_reads_and_verifies_the_reference_s_messages(case):
    message, members = of_case(case), case["message"]
    metadata = members["metadata"]
    assert message.hash == case["message_hash"]
    assert message.content == members.get("message")
    assert (message.to, message.from_) == (metadata["to"], metadata["from"])
    assert message.type == metadata["type"]
    assert message.timestamp == int(metadata["timestamp"])
    assert message.reference == metadata.get("referenceMessageHash")
    assert message.reply_delivery_instruction == metadata.get("replyDeliveryInstruction")
    assert message.attachments == tuple(
        Attachment(item["data"], item.get("name")) for item in members.get("attachments", [])
    )


@pytest.mark.parametrize("case", vectors("messages", valid=False))
def test_refuses_what_the_reference_refuses(case):
    # A signature of the wrong length is a wrong signature; see test_signing.
    error = BadSignature if case["name"] == "signature-truncated" else refusal(case)
    with pytest.raises(error) as refused:
        of_case(case)
    assert type(refused.value) is error


@given(drafts)
def test_what_was_composed_is_read(draft):
    message = compose(draft, KEY)
    assert read_message(message.text) == message
    check_message(message, ALICE.profile)
    assert message.attachments == (draft.attachments or ())
    for field in ("to", "from_", "timestamp", "type", "content", "reference", "link"):
        assert getattr(message, field) == getattr(draft, field)
    assert message.reply_delivery_instruction == draft.reply_delivery_instruction


@given(drafts)
def test_what_is_signed_is_the_message_without_its_signature(draft):
    message = compose(draft, KEY)
    members = json.loads(message.text)
    assert members.pop("signature") == message.signature
    assert canonical_json(members) == message.signed_text == canonical_json(draft_json(draft))
    assert message.hash == sha256_hex(message.text)


@given(link_payloads)
def test_link_payloads_travel_with_their_keys(payload):
    draft = Draft(to="a.eth", from_="b.eth", timestamp=1, type=link_type(payload), link=payload)
    message = compose(draft, KEY)
    assert read_message(message.text) == message
    assert message.link == payload


def test_members_left_out_are_not_there():
    assert draft_json(Draft(to="a.eth", from_="b.eth", timestamp=1)) == {
        "metadata": {"to": "a.eth", "from": "b.eth", "timestamp": 1, "type": "NEW"}
    }
    empty = draft_json(Draft(to="a.eth", from_="b.eth", timestamp=1, content="", attachments=()))
    assert (empty["message"], empty["attachments"]) == ("", [])


def changed(**members: object) -> str:
    return canonical_json({**FULL_JSON, **members})


def with_metadata(**members: object) -> str:
    return changed(metadata={**FULL_JSON["metadata"], **members})


def test_the_published_receipt_is_read_as_the_reference_s():
    message = read_message(with_metadata(type="READ_RECEIPT"))
    assert message.type == MessageType.READ_OPENED
    assert '"READ_RECEIPT"' in message.signed_text, "what is verified stays as it was received"


def test_attachments_may_be_bare_uris_as_published():
    message = read_message(changed(attachments=["https://a.example/b", {"data": "data:,x"}]))
    assert message.attachments == (Attachment("https://a.example/b"), Attachment("data:,x"))


def test_unknown_types_are_kept():
    assert read_message(with_metadata(type="LATER")).type == "LATER"


def test_a_link_member_in_another_type_is_just_an_unknown_member():
    message = read_message(with_metadata(link={"profileName": 1}))
    assert message.link is None
    assert '"profileName":1' in message.signed_text


@given(st.dictionaries(st.text(max_size=5).map("x".__add__), json_values, max_size=3))
def test_unknown_members_are_covered_by_the_signature(extra):
    members = {**draft_json(FULL), **extra}
    signed_text = canonical_json(members)
    text = canonical_json({**members, "signature": sign(KEY, signed_text)})
    message = read_message(text)
    assert message.signed_text == signed_text
    check_message(message, ALICE.profile)
    if extra:
        tampered = read_message(changed(signature=message.signature))
        with pytest.raises(BadSignature):
            check_message(tampered, ALICE.profile)


def test_names_are_normal_inside_and_as_received_in_the_text():
    message = read_message(with_metadata(to="BOB.eth"))
    assert message.to == "bob.eth"
    assert '"BOB.eth"' in message.text


def test_somebody_else_s_signature_is_none():
    message = compose(FULL, MALLORY.keys.signing_private)
    with pytest.raises(BadSignature, match=r"not signed by the profile of alice\.eth"):
        check_message(message, ALICE.profile)
    check_message(message, MALLORY.profile)
    with pytest.raises(BadSignature):
        check_message(compose(FULL, KEY), BOB.profile)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", MalformedData, id="nothing"),
        pytest.param("[]", MalformedData, id="array"),
        pytest.param(changed(metadata=[]), MalformedData, id="metadata is an array"),
        pytest.param(changed(message=1), MalformedData, id="text is a number"),
        pytest.param(changed(signature=None), MalformedData, id="no signature"),
        pytest.param(changed(signature="x" * 1001), MalformedData, id="endless signature"),
        pytest.param(changed(attachments="x"), MalformedData, id="attachments are text"),
        pytest.param(changed(attachments=[1]), MalformedData, id="attachment is a number"),
        pytest.param(changed(attachments=[{"name": "a"}]), MalformedData, id="attachment is empty"),
        pytest.param(
            changed(attachments=["x"] * (MAX_ATTACHMENTS + 1)), MalformedData, id="too many attachments"
        ),
        pytest.param(with_metadata(type=None), MalformedData, id="no type"),
        pytest.param(with_metadata(type="x" * 101), MalformedData, id="endless type"),
        pytest.param(with_metadata(timestamp="now"), MalformedData, id="time is text"),
        pytest.param(with_metadata(timestamp=1e300), MalformedData, id="time without end"),
        pytest.param(with_metadata(timestamp=True), MalformedData, id="time is true"),
        pytest.param(with_metadata(to=None), MalformedData, id="no receiver"),
        pytest.param(with_metadata(to=""), InvalidName, id="receiver is empty"),
        pytest.param(with_metadata(**{"from": "a..b"}), InvalidName, id="sender has no name"),
        pytest.param(with_metadata(type="LINK"), MalformedData, id="link without payload"),
    ],
)
def test_what_is_no_message_is_refused(text, error):
    with pytest.raises(error):
        read_message(text)


@given(damaged_text(FULL_JSON))
def test_any_message_is_read_or_refused(text):
    message = read_or_refused(read_message, text)
    if message is not None:
        assert message.hash.startswith("0x")
        assert canonical_json(json.loads(message.text)) == message.text
