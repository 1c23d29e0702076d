"""What a delivery service accepts, and why it refuses: the questions asked and the answers given."""

import json
from typing import Any

import pytest

from dm3.base import canonical_json, sha256_hex
from dm3.base.errors import CannotOpen, InvalidInput, InvalidName, MalformedData, TooLarge, Unreachable
from dm3.crypto import ProfileKeys, Seed, is_signed
from dm3.model import DeliveryServiceProfile
from dm3.protocol.delivery.accepting import (
    AcceptingRules,
    Receiver,
    ReceiverQuestion,
    RoomQuestion,
    SenderQuestion,
    SenderRefused,
    Spam,
    UnknownReceiver,
    UnknownSender,
    UnknownSenders,
    accept,
)
from dm3.protocol.delivery.rpc_refusals import LimitExceeded
from dm3.wire import open_text, read_postmark, sealed_message_hash
from tests.kit.senders import Person, Stream, digest, envelope

ALICE, BOB, EVE = Person("alice"), Person("bob"), Person("eve")
KEYS = ProfileKeys.from_seed(Seed(digest("service")))
SERVICE = DeliveryServiceProfile(KEYS.signing_public, KEYS.encryption_public, "")
MAILBOX = Receiver("box", BOB.keys.encryption_public, "0xprofile", BOB.name)
REFUSE = AcceptingRules(100_000, UnknownSenders.REFUSE)
ACCEPT = AcceptingRules(100_000)
NOW = 1_800_000_000_123


def decide(
    given, rules=ACCEPT, *, receiver=MAILBOX, senders=(ALICE.keys.signing_public,), room=True, at_most=50_000
):
    """Run `accept` with these answers; returns what it accepts and the questions it asked."""
    asked, keys = [], iter(senders)
    answer: Any
    deciding = accept(given, rules, KEYS, at_most=at_most, now_ms=NOW, random=Stream())
    try:
        question = next(deciding)
        while True:
            asked.append(question)
            match question:
                case ReceiverQuestion():
                    answer = receiver
                case SenderQuestion():
                    answer = next(keys)
                case _:
                    answer = room
            question = deciding.send(answer)
    except StopIteration as decided:
        return decided.value, asked


def test_an_envelope_is_stamped_for_its_receiver_and_otherwise_as_it_came():
    given = envelope(ALICE, BOB.name, SERVICE)
    accepted, asked = decide(given)
    assert accepted.receiver is MAILBOX
    assert (accepted.name, accepted.hash) == (BOB.name, sha256_hex("hello"))
    stored = json.loads(accepted.envelope)
    postmark = read_postmark(open_text(stored.pop("postmark"), BOB.keys))
    assert stored == given
    assert postmark.message_hash == sealed_message_hash(given["message"])
    assert postmark.incoming_timestamp == NOW
    assert is_signed(KEYS.signing_public, sha256_hex(postmark.signed_text), postmark.signature)
    assert asked == [
        ReceiverQuestion(BOB.name),
        SenderQuestion(ALICE.name),
        RoomQuestion("box", ALICE.name),
    ]


def test_json_text_and_object_are_the_same():
    given = envelope(ALICE, BOB.name, SERVICE)
    assert decide(given) == decide(json.dumps(given)) == decide(canonical_json(given))


def test_a_text_of_very_many_values_is_refused_without_being_read():
    """Within a request's string they may be written as escapes, which nothing before counts."""
    many = "[" + "1," * 10_001 + "1]"
    with pytest.raises(MalformedData, match="the envelope has more than 10000 brackets and commas"):
        decide(many)


def test_a_postmark_that_came_along_is_replaced():
    given = envelope(ALICE, BOB.name, SERVICE)
    accepted, _ = decide({**given, "postmark": "forged"})
    assert json.loads(accepted.envelope)["postmark"] != "forged"


def test_a_wrong_signature_is_looked_at_once_more_with_the_fresh_key():
    given = envelope(ALICE, BOB.name, SERVICE)
    old, new = EVE.keys.signing_public, ALICE.keys.signing_public
    accepted, asked = decide(given, senders=(old, new))
    assert accepted.hash == sha256_hex("hello")
    assert SenderQuestion(ALICE.name, fresh=True) in asked
    with pytest.raises(SenderRefused, match="not signed by"):
        decide(given, senders=(old, old))


def test_a_sender_who_resolves_must_verify_whatever_the_policy():
    forged = envelope(ALICE, BOB.name, SERVICE, key=EVE.keys)
    key = ALICE.keys.signing_public
    for rules in (ACCEPT, REFUSE):
        with pytest.raises(SenderRefused):
            decide(forged, rules, senders=(key, key))


@pytest.mark.parametrize("gap", list(UnknownSender))
def test_an_unknown_sender_is_taken_in_unless_the_policy_says_otherwise(gap):
    given = envelope(ALICE, BOB.name, SERVICE)
    _, asked = decide(given, senders=(gap,))
    # No verified sender: the message counts among the strangers'.
    assert asked[-1] == RoomQuestion("box", None)
    with pytest.raises(SenderRefused if gap is UnknownSender.MISSING else Unreachable):
        decide(given, REFUSE, senders=(gap,))


def test_a_known_key_that_cannot_be_renewed_now_is_no_verdict():
    forged = envelope(ALICE, BOB.name, SERVICE, key=EVE.keys)
    with pytest.raises(Unreachable):
        decide(forged, senders=(ALICE.keys.signing_public, UnknownSender.UNREACHABLE))


def origin(given, sender=ALICE.keys.signing_public):
    accepted, _ = decide(given, senders=(sender,))
    return accepted.origin


def test_whose_message_it_is_a_verified_sender_shows_by_the_key():
    first, anew = (envelope(ALICE, BOB.name, SERVICE, random=Stream(label)) for label in "ab")
    eve = envelope(EVE, BOB.name, SERVICE, messageHash=sha256_hex("hello"))
    # Sealed anew it is the same, or a retry after a lost answer would be stored twice.
    assert first["message"] != anew["message"]
    assert origin(first) == origin(anew)
    assert origin(eve, EVE.keys.signing_public) != origin(first)
    assert len(origin(first)) == 64


@pytest.mark.parametrize("gap", list(UnknownSender))
def test_a_strangers_message_is_told_by_its_sealed_text(gap):
    first, anew = (envelope(ALICE, BOB.name, SERVICE, random=Stream(label)) for label in "ab")
    assert origin(first, gap) == origin(first, gap)
    assert len({origin(first, gap), origin(anew, gap), origin(first)}) == 3
    # Nobody takes a stranger's place by calling himself the same.
    forged = envelope(ALICE, BOB.name, SERVICE, key=EVE.keys, random=Stream("c"))
    assert origin(forged, gap) != origin(first, gap)


def test_blocked_senders_and_everybody_below_are_spam():
    given = envelope(ALICE, BOB.name, SERVICE)
    for blocked in (ALICE.name, "myapp.eth"):
        with pytest.raises(Spam):
            decide(given, AcceptingRules(100_000, blocked_senders=(blocked,)))
    decide(given, AcceptingRules(100_000, blocked_senders=("other.eth",)))


def test_no_mailbox_and_no_room_are_refused():
    given = envelope(ALICE, BOB.name, SERVICE)
    with pytest.raises(UnknownReceiver):
        decide(given, receiver=None)
    with pytest.raises(LimitExceeded):
        decide(given, room=False)


def test_the_size_limit_is_exact_for_text_and_for_objects():
    given = envelope(ALICE, BOB.name, SERVICE)
    text = canonical_json(given)
    for form in (text, given):
        decide(form, AcceptingRules(len(text)), at_most=len(text) + 100)
        with pytest.raises(TooLarge):
            decide(form, AcceptingRules(len(text) - 1), at_most=len(text) + 100)


def test_the_size_limit_counts_bytes():
    given = envelope(ALICE, BOB.name, SERVICE)
    wide = {**given, "message": "é" * 1_000}
    text = canonical_json(wide)
    with pytest.raises(TooLarge):
        decide(text, AcceptingRules(len(text) + 500), at_most=len(text) + 2_000)


def changed(**metadata):
    return envelope(ALICE, BOB.name, SERVICE, **metadata)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("no json", MalformedData),
        ("[]", MalformedData),
        ({}, MalformedData),
        ({**changed(), "extra": 1}, MalformedData),
        (changed(extra=1), MalformedData),
        (changed(messageHash=None), MalformedData),
        (changed(messageHash="0x12"), MalformedData),
        (changed(messageHash="\ud800" * 66), MalformedData),
        (changed(encryptedMessageHash="0x" + "0" * 64), MalformedData),
        (changed(version="v2"), InvalidInput),
        (changed(encryptionScheme="rot13"), InvalidInput),
        (changed(deliveryInformation={"to": BOB.name, "from": ALICE.name}), InvalidInput),
        (changed(deliveryInformation="not sealed"), MalformedData),
        (changed(sender_name=""), InvalidName),
        (envelope(ALICE, "not..a name", SERVICE), InvalidName),
        (envelope(ALICE, BOB.name, DeliveryServiceProfile(b"", EVE.keys.encryption_public, "")), CannotOpen),
    ],
)
def test_what_cannot_be_used_is_refused_before_anybody_is_asked(given, error):
    with pytest.raises(error):
        next(accept(given, ACCEPT, KEYS, at_most=50_000, now_ms=NOW, random=Stream()))


def test_an_envelope_with_the_npm_builds_hash_is_taken_in():
    given = changed(messageHash=None)
    del given["metadata"]["messageHash"]
    sealed_hash = "0x" + "ab" * 32
    given["metadata"]["encryptedMessageHash"] = sealed_hash.upper().replace("X", "x")
    accepted, _ = decide(given, senders=(UnknownSender.MISSING,))
    assert accepted.hash == sealed_hash
