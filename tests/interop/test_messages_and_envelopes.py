"""Sealing, messages, envelopes and postmarks, made by one side and read by the other (2.3, 2.4)."""

import json

import pytest
from msgspec import structs

from dm3.base import canonical_json, sha256_hex, to_base64
from dm3.crypto import is_signed
from dm3.model import Attachment, DeliveryInformation, Draft, Envelope, MessageType
from dm3.protocol.delivery import sealed_postmark
from dm3.protocol.messages.composing import (
    check_message,
    compose,
    envelop,
    open_envelope,
    open_information,
    postmark_is_valid,
)
from dm3.wire import (
    draft_json,
    envelope_from,
    envelope_text,
    information_json,
    open_text,
    read_envelope,
    read_message,
    read_postmark,
    seal_text,
)
from tests.interop.people import (
    ALICE,
    BOB,
    NOW,
    SERVICE,
    canonical_of,
    encryption_pair,
    profile_members,
    reference_keys,
    service_members,
    signing_pair,
    stream,
)

PLAIN = {
    "empty": "",
    "one byte": "a",
    "2047 bytes": "b" * 2047,
    "2048 bytes": "c" * 2048,
    "2049 bytes": "d" * 2049,
    "100 kilobytes": "0123456789" * 10_240,
    "other letters": "Zoë, Ærøskøbing, 你好",
    "emoji": "😀👩🏽‍🚀" * 100,
    "NUL and padding mark": "a\x00\x80\x00",
}
plain = pytest.mark.parametrize("text", PLAIN.values(), ids=list(PLAIN))

REFERENCE = "0x" + "5e" * 32
ATTACHMENTS = (Attachment("data:text/plain;base64,aGk=", "hi.txt"), Attachment("https://a.example/b"))
TO_BOB = DeliveryInformation("bob.eth", "alice.eth")

# --- sealing -----------------------------------------------------------------------------------


@plain
def test_we_open_what_the_reference_seals(reference, text):
    key = to_base64(BOB.keys.encryption_public)
    sealed = reference.call("encryptAsymmetric", publicKey=key, text=text)
    assert open_text(canonical_of(sealed), BOB.keys) == text


@plain
def test_the_reference_opens_what_we_seal(reference, text):
    sealed = json.loads(seal_text(text, BOB.keys.encryption_public, stream(text[:9])))
    pair = encryption_pair(BOB.keys)
    assert reference.call("decryptAsymmetric", keyPair=pair, payload=sealed) == text
    assert reference.refuses("decryptAsymmetric", keyPair=encryption_pair(ALICE.keys), payload=sealed)


# --- messages ----------------------------------------------------------------------------------


def draft(kind: str, content: str | None = "hello", **more) -> Draft:
    return Draft(to="bob.eth", from_="alice.eth", timestamp=NOW, type=kind, content=content, **more)


DRAFTS = {
    "createMessage": draft(MessageType.NEW, 'Zoë said: "😀"\n', attachments=ATTACHMENTS),
    "createEditMessage": draft(MessageType.EDIT, attachments=ATTACHMENTS, reference=REFERENCE),
    "createReplyMessage": draft(MessageType.REPLY, attachments=(), reference=REFERENCE),
    "createReactionMessage": draft(MessageType.REACTION, "👍", reference=REFERENCE),
    "createDeleteRequestMessage": draft(MessageType.DELETE_REQUEST, None, reference=REFERENCE),
    "createReadOpenMessage": draft(MessageType.READ_OPENED, "READ_OPENED", reference=REFERENCE),
    "createReadReceiveMessage": draft(MessageType.READ_RECEIVED, "READ_RECEIVED", reference=REFERENCE),
}
by_type = pytest.mark.parametrize("op", DRAFTS)


@pytest.fixture
def at_noon(reference):
    """The reference's clock stands still at NOW."""
    reference.call("setClock", milliseconds=NOW)
    yield reference
    reference.call("setClock", milliseconds=None)


def created(reference, op):
    """The message of ``DRAFTS[op]``, made by the reference."""
    members = draft_json(DRAFTS[op])
    attachments = members.get("attachments")
    return reference.call(
        op,
        to="bob.eth",
        **{"from": "alice.eth"},
        message=members.get("message"),
        privateKey=signing_pair(ALICE.keys)["privateKey"],
        reference=DRAFTS[op].reference,
        attachments=attachments and json.loads(canonical_json(attachments)),
    )


@by_type
def test_both_make_the_same_message(at_noon, op):
    theirs = created(at_noon, op)
    read = read_message(canonical_of(theirs))
    check_message(read, ALICE.profile)
    # The reference leaves out or empties what a type does not need; what we make of its members is it.
    wanted = structs.replace(
        DRAFTS[op],
        content=theirs.get("message"),
        attachments=read.attachments if "attachments" in theirs else None,
    )
    ours = compose(wanted, ALICE.keys.signing_private)
    assert ours == read
    assert ours.text == canonical_of(theirs)


@by_type
def test_the_reference_accepts_our_messages(reference, op):
    message = json.loads(compose(DRAFTS[op], ALICE.keys.signing_private).text)
    asked = {"message": message, "publicSigningKey": signing_pair(ALICE.keys)["publicKey"]}
    assert reference.call("checkMessageSignature", **asked, ensName="alice.eth")
    assert reference.refuses("checkMessageSignature", **asked, ensName="mallory.eth")
    altered = {**message, "message": "altered"}
    assert reference.refuses("checkMessageSignature", **{**asked, "message": altered}, ensName="alice.eth")
    assert reference.call("messageFitsSchema", message=message)


# --- envelopes ---------------------------------------------------------------------------------


def their_envelope(reference, message) -> Envelope:
    built = reference.call(
        "buildEnvelop",
        message=message,
        to={"ensName": "bob.eth", "profile": profile_members(BOB)},
        **{"from": {"ensName": "alice.eth", "profile": profile_members(ALICE)}},
        deliveryServiceProfile=service_members(),
        keys=reference_keys(ALICE),
    )
    return envelope_from(built["encryptedEnvelop"])


def our_envelope(content: str = "hello") -> Envelope:
    message = compose(draft(MessageType.NEW, content), ALICE.keys.signing_private)
    return envelop(
        message.text,
        receiver_key=BOB.keys.encryption_public,
        service_key=SERVICE.keys.encryption_public,
        information=TO_BOB,
        signing_key=ALICE.keys.signing_private,
        random=stream(content[:9]),
    )


def our_postmark(envelope: Envelope) -> str:
    return sealed_postmark(
        envelope.message,
        TO_BOB,
        SERVICE.keys,
        time_ms=NOW + 5,
        receiver_key=BOB.keys.encryption_public,
        random=stream("postmark"),
    )


def postmarked_by_reference(reference, envelope: Envelope) -> Envelope:
    handled = reference.call(
        "handleMessageOnDeliveryService",
        envelop=json.loads(envelope_text(envelope)),
        deliveryServiceKeys=reference_keys(SERVICE),
        receiverProfile=profile_members(BOB),
    )
    return envelope_from(handled["encryptedEnvelop"])


@plain
def test_we_open_and_verify_the_reference_s_envelopes(reference, text):
    theirs = reference.call(
        "createMessage",
        to="bob.eth",
        **{"from": "alice.eth"},
        message=text,
        privateKey=signing_pair(ALICE.keys)["privateKey"],
    )
    envelope = read_envelope(envelope_text(their_envelope(reference, theirs)))
    assert envelope.signed_text is not None
    assert is_signed(ALICE.keys.signing_public, envelope.signed_text, envelope.signature)
    assert open_information(envelope, SERVICE.keys) == TO_BOB
    opened = open_envelope(envelope, BOB.keys)
    check_message(opened.message, ALICE.profile)
    assert opened.message.content == text
    assert opened.message.text == canonical_of(theirs)
    assert opened.postmark is None


@plain
def test_the_reference_opens_our_envelopes(reference, text):
    # Its function asks for a postmark, too. It does not look at the metadata's hash, of which the
    # published build knows only encryptedMessageHash; ours writes messageHash (specification 2.6).
    envelope = our_envelope(text)
    value = {**json.loads(envelope_text(envelope)), "postmark": our_postmark(envelope)}
    opened = reference.call("decryptEnvelop", envelop=value, keyPair=encryption_pair(BOB.keys))
    assert opened["message"]["message"] == text
    assert canonical_of(opened["message"]) == open_envelope(envelope, BOB.keys).message.text
    assert reference.call(
        "checkMessageSignature",
        message=opened["message"],
        publicSigningKey=signing_pair(ALICE.keys)["publicKey"],
        ensName="alice.eth",
    )
    assert reference.refuses("decryptEnvelop", envelop=value, keyPair=encryption_pair(ALICE.keys))


def test_the_reference_verifies_our_envelope_s_metadata(reference):
    metadata = json.loads(envelope_text(our_envelope()))["metadata"]
    signature = metadata.pop("signature")
    asked = {"publicKey": signing_pair(ALICE.keys)["publicKey"], "signature": signature}
    text = reference.call("stringify", json=json.dumps(metadata))
    assert reference.call("checkSignature", **asked, text=text)
    altered = reference.call("stringify", json=json.dumps({**metadata, "version": "v2"}))
    assert reference.refuses("checkSignature", **asked, text=altered)


def test_our_envelope_with_the_published_build_s_hash_fits_its_schema(reference):
    envelope = our_envelope()
    hashed = sha256_hex(canonical_json(envelope.message))
    old = structs.replace(envelope, message_hash=None, encrypted_message_hash=hashed)
    assert reference.call("envelopFitsSchema", envelop=json.loads(envelope_text(old)))
    assert not reference.call("envelopFitsSchema", envelop=json.loads(envelope_text(envelope)))


def test_delivery_information_goes_both_ways(reference):
    envelope = our_envelope()
    read = reference.call(
        "decryptDeliveryInformation",
        envelop=json.loads(envelope_text(envelope)),
        keyPair=encryption_pair(SERVICE.keys),
    )
    assert read == information_json(TO_BOB)
    sealed = reference.call(
        "encryptAsymmetric",
        publicKey=to_base64(SERVICE.keys.encryption_public),
        text=json.dumps({**read, "deliveryInstruction": "later"}),
    )
    theirs = structs.replace(envelope, delivery_information=canonical_of(sealed))
    found = open_information(theirs, SERVICE.keys)
    assert found == structs.replace(TO_BOB, instruction="later")


# --- postmarks ---------------------------------------------------------------------------------


def test_we_read_the_reference_s_postmark(at_noon):
    message = created(at_noon, "createMessage")
    envelope = their_envelope(at_noon, message)
    stamped = postmarked_by_reference(at_noon, envelope)
    opened = open_envelope(read_envelope(envelope_text(stamped)), BOB.keys)
    check_message(opened.message, ALICE.profile)
    assert opened.postmark is not None
    assert opened.postmark.incoming_timestamp == NOW
    assert postmark_is_valid(opened.postmark, stamped, SERVICE.keys.signing_public)
    assert not postmark_is_valid(opened.postmark, stamped, ALICE.keys.signing_public)
    other = their_envelope(at_noon, created(at_noon, "createReplyMessage"))
    assert not postmark_is_valid(opened.postmark, other, SERVICE.keys.signing_public)


def test_the_reference_s_service_takes_our_envelope(reference):
    stamped = postmarked_by_reference(reference, our_envelope())
    opened = open_envelope(stamped, BOB.keys)
    assert opened.message.content == "hello"
    assert opened.postmark is not None
    assert postmark_is_valid(opened.postmark, stamped, SERVICE.keys.signing_public)


def test_the_reference_reads_and_verifies_our_postmark(reference):
    envelope = our_envelope()
    stamped = structs.replace(envelope, postmark=our_postmark(envelope))
    opened = reference.call(
        "decryptEnvelop",
        envelop=json.loads(envelope_text(stamped)),
        keyPair=encryption_pair(BOB.keys),
    )
    postmark = opened["postmark"]
    assert postmark["incommingTimestamp"] == NOW + 5
    literal = reference.call("stringify", json=json.dumps(envelope.message))
    assert postmark["messageHash"] == reference.call("hashMessage", text=literal)
    signature = postmark.pop("signature")
    text = reference.call("stringify", json=json.dumps(postmark))
    assert reference.call(
        "checkSignature",
        publicKey=signing_pair(SERVICE.keys)["publicKey"],
        text=reference.call("sha256", text=text),
        signature=signature,
    )
    assert read_postmark(canonical_json({**postmark, "signature": signature})).signed_text == text
