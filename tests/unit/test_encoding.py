"""Base64, hex and dm3's hash (specification 2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import from_base64, from_hex, sha256_hex, to_base64, to_hex
from dm3.base.errors import MalformedData
from tests.unit.strategies import any_text, read_or_refused
from tests.unit.vectors import text_of, vectors


@pytest.mark.parametrize("case", vectors("hashes"))
def test_hashes_as_the_reference_does(case):
    assert sha256_hex(text_of(case)) == case["hash"]


def test_text_without_utf_8_form_has_no_hash():
    with pytest.raises(MalformedData, match="lone surrogates"):
        sha256_hex("a\ud800b")


@given(st.binary(max_size=100))
def test_base64_and_hex_give_back_what_they_took(data):
    assert from_base64(to_base64(data), length=len(data)) == data
    assert from_hex(to_hex(data), length=len(data)) == data


def test_hex_is_read_in_either_case_and_written_in_lower():
    assert from_hex("0XaBcD") == b"\xab\xcd"
    assert to_hex(b"\xab\xcd") == "0xabcd"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("QUJD\n", id="line break"),
        pytest.param("QUJ D", id="blank"),
        pytest.param("QUI", id="padding missing"),  # the reference reads on; we do not
        pytest.param("QQ=", id="half the padding"),
        pytest.param("QUI==", id="too much padding"),
        pytest.param("QUI=QUI=", id="padding inside"),
        pytest.param("QU_-", id="URL alphabet"),
        pytest.param("Q", id="one digit"),
        pytest.param("QUJÄ", id="not ASCII"),
        pytest.param("\ud800", id="lone surrogate"),
    ],
)
def test_base64_is_standard_and_padded(text):
    with pytest.raises(MalformedData, match="the key is not base64"):
        from_base64(text, what="the key")


@pytest.mark.parametrize("text", ["", "ab", "x0ab", "0xa", "0xag", "0x ab", "0xäö", "0x\ud800\ud800"])
def test_hex_starts_with_0x_and_has_whole_bytes(text):
    with pytest.raises(MalformedData, match="the nonce"):
        from_hex(text, what="the nonce")


def test_length_is_exact():
    with pytest.raises(MalformedData, match="the key has 3 bytes instead of 32"):
        from_base64("QUJD", what="the key", length=32)
    with pytest.raises(MalformedData, match="the key has 3 bytes instead of 2"):
        from_hex("0x414243", what="the key", length=2)


@given(any_text)
def test_any_text_is_decoded_or_refused(text):
    read_or_refused(from_base64, text)
    read_or_refused(from_hex, "0x" + text)
    read_or_refused(from_hex, text)
    read_or_refused(sha256_hex, text)
