"""Signing as the published text has it (specification 2.6): read beside the reference's, never written."""

import hashlib
import json

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import canonical_json, sha256_hex, to_base64
from dm3.base.errors import BadSignature, MalformedData
from dm3.crypto import is_data_signed, is_signed, sign
from dm3.model import DeliveryInformation, Draft, Profile
from dm3.protocol.delivery.accepting import SenderRefused
from dm3.protocol.messages.composing import check_message, compose, postmark_is_valid
from dm3.wire import (
    envelope_from,
    postmark_json,
    profile_json,
    read_delivery_service,
    read_message,
    read_postmark,
    sealed_message_hash,
    signed_profile_from,
)
from tests.kit.senders import Person as Sender
from tests.kit.senders import envelope as submitted
from tests.unit.people import ALICE, BOB, digest
from tests.unit.strategies import any_text
from tests.unit.test_accepting import BOB as RECEIVER
from tests.unit.test_accepting import SERVICE as ACCEPTING
from tests.unit.test_accepting import decide

PRIVATE = PrivateKey(digest("a published signing key"))
SHORT, LONG = PRIVATE.public_key.format(compressed=True), PRIVATE.public_key.format(compressed=False)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TEXT = canonical_json({"metadata": {"to": "bob.eth"}})


def ecdsa(text: str) -> bytes:
    """r, s and v over the SHA-256 of the text."""
    return PRIVATE.sign_recoverable(hashlib.sha256(text.encode()).digest(), hasher=None)


@pytest.mark.parametrize("key", [SHORT, LONG], ids=len)
@pytest.mark.parametrize("length", [64, 65])
def test_secp256k1_over_the_hash_is_read(key, length):
    signature = to_base64(ecdsa(TEXT)[:length])
    assert is_data_signed(key, TEXT, signature)
    assert not is_data_signed(key, TEXT + " ", signature)
    assert not is_signed(key, TEXT, signature), "challenges and claims are the reference's alone"


@given(st.integers(0, 64 * 8 - 1))
def test_any_flipped_bit_breaks_it(bit):
    raw = bytearray(ecdsa(TEXT)[:64])
    raw[bit // 8] ^= 1 << bit % 8
    assert not is_data_signed(SHORT, TEXT, to_base64(bytes(raw)))


def test_of_two_signatures_that_fit_only_one_counts():
    raw = ecdsa(TEXT)
    high = (ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    assert not is_data_signed(SHORT, TEXT, to_base64(raw[:32] + high))


@given(any_text, any_text, st.binary(max_size=70))
def test_nothing_else_is_a_signature(text, signature, key):
    assert not is_data_signed(SHORT, text, signature)
    assert not is_data_signed(key, text, to_base64(ecdsa(TEXT)))
    assert not is_data_signed(ALICE.keys.signing_public, text, signature)


def test_ed25519_over_the_hash_is_read():
    keys = ALICE.keys
    assert is_data_signed(keys.signing_public, TEXT, sign(keys.signing_private, TEXT))
    assert is_data_signed(keys.signing_public, TEXT, sign(keys.signing_private, sha256_hex(TEXT)))
    assert not is_data_signed(BOB.keys.signing_public, TEXT, sign(keys.signing_private, sha256_hex(TEXT)))


def message_by(signature_of):
    """Alice's message to Bob with another signature."""
    draft = Draft(to=BOB.name, from_=ALICE.name, timestamp=1, content="hello")
    unsigned = compose(draft, ALICE.keys.signing_private).signed_text
    return read_message(canonical_json({**json.loads(unsigned), "signature": signature_of(unsigned)}))


def test_messages_are_verified_in_both_readings():
    check_message(message_by(lambda text: sign(ALICE.keys.signing_private, sha256_hex(text))), ALICE.profile)
    published = Profile(SHORT, ALICE.keys.encryption_public, ())
    check_message(message_by(lambda text: to_base64(ecdsa(text)[:64])), published)
    with pytest.raises(BadSignature):
        check_message(message_by(lambda text: to_base64(ecdsa(text + " ")[:64])), published)


def test_a_delivery_service_takes_envelopes_in_both_readings():
    alice = Sender("alice")
    given = submitted(alice, RECEIVER.name, ACCEPTING)
    unsigned = {key: value for key, value in given["metadata"].items() if key != "signature"}
    text = canonical_json(unsigned)
    by_hash = {
        **given,
        "metadata": {**unsigned, "signature": sign(alice.keys.signing_private, sha256_hex(text))},
    }
    by_ecdsa = {**given, "metadata": {**unsigned, "signature": to_base64(ecdsa(text))}}
    decide(by_hash)
    decide(by_ecdsa, senders=(SHORT,))
    with pytest.raises(SenderRefused):
        decide(by_ecdsa, senders=(ALICE.keys.signing_public, ALICE.keys.signing_public))


def test_postmarks_are_verified_in_both_readings():
    envelope = envelope_from(submitted(Sender("alice"), RECEIVER.name, ACCEPTING))
    information = DeliveryInformation(BOB.name, ALICE.name)
    unsigned = postmark_json(sealed_message_hash(envelope.message), 1, information)
    signature = to_base64(ecdsa(canonical_json(unsigned)))
    postmark = read_postmark(canonical_json({**unsigned, "signature": signature}))
    assert postmark_is_valid(postmark, envelope, SHORT)
    by_text = {**unsigned, "signature": sign(ALICE.keys.signing_private, canonical_json(unsigned))}
    nobody_s = read_postmark(canonical_json(by_text))
    assert not postmark_is_valid(nobody_s, envelope, ALICE.keys.signing_public)
    assert not postmark_is_valid(postmark, envelope, ALICE.keys.signing_public)


@pytest.mark.parametrize("key", [SHORT, LONG], ids=len)
def test_profiles_with_a_secp256k1_key_are_read(key):
    profile = Profile(key, ALICE.keys.encryption_public, ("ds.eth",))
    assert signed_profile_from({"profile": profile_json(profile), "signature": "0x"}).profile == profile
    service = {**profile_json(profile), "url": "https://ds.example"}
    assert read_delivery_service(json.dumps(service)).signing_key == key


@pytest.mark.parametrize(
    "key", [b"", SHORT[:31], SHORT[:32] + b"xx", LONG[:64], b"\x04" + SHORT[1:], b"\x02" + LONG[1:]]
)
def test_keys_of_another_form_are_refused(key):
    profile = Profile(key, ALICE.keys.encryption_public, ("ds.eth",))
    with pytest.raises(MalformedData, match="publicSigningKey"):
        signed_profile_from({"profile": profile_json(profile), "signature": "0x"})
