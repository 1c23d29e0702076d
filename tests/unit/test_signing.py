"""Ed25519 over text (specification 2.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import from_base64, to_base64
from dm3.base.errors import BadSignature
from dm3.crypto import ProfileKeys, Seed, SigningPrivateKey, is_signed, require_signed, sign
from tests.unit.people import ALICE, BOB
from tests.unit.strategies import any_text
from tests.unit.vectors import vectors

KEY = ALICE.keys.signing_public


@pytest.mark.parametrize("case", vectors("signatures", valid=True))
def test_signs_and_verifies_as_the_reference_does(case):
    keys = ProfileKeys.from_seed(Seed(from_base64(case["seed"])))
    assert to_base64(keys.signing_private.reveal()) == case["private_key"]
    assert to_base64(keys.signing_public) == case["public_key"]
    private = SigningPrivateKey(from_base64(case["private_key"]))
    assert sign(private, case["text"]) == case["signature"]
    assert is_signed(from_base64(case["public_key"]), case["text"], case["signature"])


# What is malformed about a signature makes it a wrong one: there is one answer to all of them.
@pytest.mark.parametrize("case", vectors("signatures", valid=False))
def test_refuses_what_the_reference_refuses(case):
    key = from_base64(case["public_key"])
    assert not is_signed(key, case["text"], case["signature"])
    with pytest.raises(BadSignature, match="the letter"):
        require_signed(key, case["text"], case["signature"], "the letter")


@given(st.text())
def test_what_was_signed_is_signed(text):
    signature = sign(ALICE.keys.signing_private, text)
    assert is_signed(KEY, text, signature)
    require_signed(KEY, text, signature, "the letter")
    assert not is_signed(KEY, text + " ", signature)
    assert not is_signed(BOB.keys.signing_public, text, signature)


@given(st.integers(0, 64 * 8 - 1))
def test_any_flipped_bit_breaks_it(bit):
    raw = bytearray(from_base64(sign(ALICE.keys.signing_private, "text")))
    raw[bit // 8] ^= 1 << bit % 8
    assert not is_signed(KEY, "text", to_base64(bytes(raw)))


@given(any_text, any_text, st.binary(max_size=70))
def test_nothing_else_is_a_signature(text, signature, key):
    assert not is_signed(KEY, text, signature)
    assert not is_signed(key, text, sign(ALICE.keys.signing_private, "text"))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_has_signed_nothing(length):
    assert not is_signed((KEY * 2)[:length], "text", sign(ALICE.keys.signing_private, "text"))


def test_the_order_point_signs_nothing():
    forged = to_base64(bytes([1]) + bytes(63))
    assert not is_signed(bytes([1]) + bytes(31), "any text", forged)
