"""Sealing for one receiver (specification 2.3)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from dm3.base import from_base64, from_hex, to_base64
from dm3.base.errors import CannotOpen, MalformedData
from dm3.crypto import ProfileKeys, SealedBox, Seed, open_sealed, seal
from dm3.wire import open_text, seal_text
from dm3.wire.sealed import _read_unusual, read_sealed
from tests.unit.people import ALICE, BOB, stream
from tests.unit.strategies import damaged_text, read_or_refused
from tests.unit.vectors import as_text, refusal, text_of, vectors

# Authentic or not can only be told of at least a tag; what is sealed shows once it is open.
NOT_SEEN_BEFORE_OPENING = {
    "ciphertext-empty",
    "ciphertext-shorter-than-a-tag",
    "text-not-utf-8",
}
SMALL_ORDER = [bytes(32), bytes([1]) + bytes(31)]


def keys_of(case):
    return ProfileKeys.from_seed(Seed(from_base64(case["receiver"]["seed"])))


@pytest.mark.parametrize("case", vectors("sealing", valid=True))
def test_opens_what_the_reference_sealed(case):
    assert open_text(as_text(case["sealed"]), keys_of(case)) == text_of(case)


@pytest.mark.parametrize("case", vectors("sealing", valid=True))
def test_seals_what_the_reference_seals(case):
    drawn = from_base64(case["ephemeral_seed"]) + from_hex(case["nonce"])

    def random(count):
        assert count == len(drawn), "the whole draw at once"
        return drawn

    receiver = from_base64(case["receiver"]["publicKey"])
    assert seal_text(text_of(case), receiver, random) == as_text(case["sealed"])


@pytest.mark.parametrize("case", vectors("sealing", valid=False))
def test_refuses_what_the_reference_refuses(case):
    error = refusal(case, wrong_key=CannotOpen)
    if case["name"] in NOT_SEEN_BEFORE_OPENING:
        error = CannotOpen
    with pytest.raises(error) as refused:
        open_text(as_text(case["sealed"]), keys_of(case))
    assert type(refused.value) is error


@given(st.text(), st.integers())
def test_what_was_sealed_is_opened(text, label):
    assert open_text(seal_text(text, BOB.keys.encryption_public, stream(str(label))), BOB.keys) == text


@given(st.binary(max_size=5000))
def test_length_shows_in_steps_of_2048_only(plain):
    box = seal(plain, BOB.keys.encryption_public, stream())
    assert len(box.ciphertext) == (len(plain) // 2048 + 1) * 2048 + 16
    assert open_sealed(box, BOB.keys) == plain


def unpadded_by_libsodium(padded):
    try:
        return sodium.sodium_unpad(padded, 2048)
    except CryptoError:
        return None


@given(
    st.lists(st.sampled_from([b"\x80", b"\0", b"a", bytes(2047), bytes(2048), b"a" * 2047]), max_size=6),
    st.booleans(),
)
def test_pads_and_unpads_as_libsodium_does(pieces, mark_at_end):
    padded = b"".join(pieces) + (b"\x80" if mark_at_end else b"")
    sender, receiver = ALICE.keys, BOB.keys
    _, key = sodium.crypto_kx_client_session_keys(
        sender.encryption_public, sender.encryption_private.reveal(), receiver.encryption_public
    )
    for plain, sealed in ((unpadded_by_libsodium(padded), padded), (padded, sodium.sodium_pad(padded, 2048))):
        ciphertext = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, None, bytes(12), key)
        box = SealedBox(ciphertext, sender.encryption_public, bytes(12))
        if plain is None:
            with pytest.raises(CannotOpen):
                open_sealed(box, receiver)
        else:
            assert open_sealed(box, receiver) == plain


BOX = seal(b"for Bob only", BOB.keys.encryption_public, stream())


@given(st.sampled_from(["ciphertext", "ephemeral_public_key", "nonce"]), st.data())
def test_any_flipped_bit_closes_it(part, data):
    raw = bytearray(getattr(BOX, part))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    parts = {
        "ciphertext": BOX.ciphertext,
        "ephemeral_public_key": BOX.ephemeral_public_key,
        "nonce": BOX.nonce,
        part: bytes(raw),
    }
    # X25519 ignores the highest bit of a public key; crypto_kx hashes all bits into the session key.
    with pytest.raises(CannotOpen):
        open_sealed(SealedBox(**parts), BOB.keys)


SEALED = seal_text("for Bob only", BOB.keys.encryption_public, stream())


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_any_flipped_bit_of_the_text_closes_it_or_changes_nothing(bit):
    raw = bytearray(SEALED.encode())
    raw[bit // 8] ^= 1 << bit % 8
    changed = raw.decode("latin-1")
    try:
        opened = open_text(changed, BOB.keys)
    except (CannotOpen, MalformedData):
        return
    # Hex digits have two spellings, and the last digit of base64 has spare bits.
    same = read_sealed(changed) == read_sealed(SEALED)
    assert same
    assert opened == "for Bob only"


def test_is_not_opened_by_others_or_by_its_sender():
    with pytest.raises(CannotOpen):
        open_text(SEALED, ALICE.keys)


def test_the_same_text_is_never_sealed_alike():
    random = stream()
    first = seal_text("x", BOB.keys.encryption_public, random)
    assert seal_text("x", BOB.keys.encryption_public, random) != first


@pytest.mark.parametrize("key", [*SMALL_ORDER, b"", b"x" * 31, b"x" * 33], ids=repr)
def test_a_receiver_without_usable_key_is_refused(key):
    with pytest.raises(MalformedData, match="not a usable X25519 key"):
        seal(b"text", key, stream())


@pytest.mark.parametrize("key", SMALL_ORDER, ids=repr)
def test_an_ephemeral_key_that_makes_no_secret_is_refused(key):
    with pytest.raises(CannotOpen):
        open_sealed(SealedBox(BOX.ciphertext, key, BOX.nonce), BOB.keys)


@given(damaged_text(json.loads(SEALED)))
def test_any_sealed_text_is_opened_or_refused(text):
    read_or_refused(lambda given: open_text(given, BOB.keys), text)


@given(damaged_text(json.loads(SEALED)))
def test_the_quick_way_of_reading_takes_nothing_that_the_slow_one_refuses(text):
    slow = read_or_refused(lambda given: _read_unusual(given, "it"), text)
    assert read_or_refused(read_sealed, text) == slow


@pytest.mark.parametrize(
    "text",
    [
        f" {SEALED}\n",
        SEALED.replace('"ciphertext"', '"\\u0063iphertext"'),
        SEALED.replace("=", "\\u003d"),
        SEALED.replace('{"cipher', '{"nonce":"0x00","cipher', 1),
    ],
)
def test_other_spellings_of_the_same_members_are_read(text):
    assert open_text(text, BOB.keys) == "for Bob only"


def test_base64_without_padding_is_refused_by_design():
    value = json.loads(SEALED)
    value["ephemPublicKey"] = value["ephemPublicKey"].rstrip("=")
    with pytest.raises(MalformedData, match="ephemPublicKey is not base64"):
        open_text(as_text(value), BOB.keys)


def test_unknown_members_are_no_harm():
    value = {**json.loads(SEALED), "later": [1, {"x": to_base64(b"y")}]}
    assert open_text(as_text(value), BOB.keys) == "for Bob only"
