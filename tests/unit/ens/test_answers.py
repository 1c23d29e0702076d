"""Signed answers of gateways: what is signed in either scheme, and every way in which one does not fit."""

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys.datatypes import Signature
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import BadSignature, MalformedData
from dm3.crypto import KeyWallet, WalletKey, keccak
from dm3.protocol.ens import (
    ExpiredAnswer,
    Scheme,
    SignedAnswer,
    answer_digest,
    read_answer,
    sign_answer,
    verify_answer,
    write_answer,
)

SIGNER = KeyWallet(WalletKey(b"\x07" * 32))
TARGET = "0x" + "ab" * 20
REQUEST, RESULT, NOW = b"the calldata", b"what was asked for", 1_700_000_000
GIVEN: dict[str, Any] = {"target": TARGET, "request": REQUEST}


def signed(scheme: Scheme, **changed) -> bytes:
    return sign_answer(scheme, SIGNER, **{**GIVEN, "expires": NOW + 60, "result": RESULT, **changed})


def plain_digest() -> bytes:
    times = (NOW + 60).to_bytes(8)
    return keccak(b"\x19\x00" + bytes.fromhex(TARGET[2:]) + times + keccak(REQUEST) + keccak(RESULT))


def test_the_offchain_resolver_signs_the_digest_itself():
    result, expires, signature = decode(("bytes", "uint64", "bytes"), signed(Scheme.OFFCHAIN_RESOLVER))
    assert (result, expires) == (RESULT, NOW + 60)
    assert signature[64] in (27, 28)
    of_keys = Signature(signature[:64] + bytes((signature[64] - 27,)))
    recovered = of_keys.recover_public_key_from_msg_hash(plain_digest())
    assert recovered.to_checksum_address() == SIGNER.address


def test_the_erc3668_resolver_signs_its_eip_191_digest():
    _, _, signature = decode(("bytes", "uint64", "bytes"), signed(Scheme.ERC3668_RESOLVER))
    message = encode_defunct(primitive=plain_digest())
    assert Account.recover_message(message, signature=signature) == SIGNER.address


@given(st.binary(max_size=100), st.integers(0, 2**64 - 1))
def test_answers_round_trip(result, expires):
    answer = SignedAnswer(result, expires, b"\x01" * 65)
    assert write_answer(answer) == encode(("bytes", "uint64", "bytes"), (result, expires, b"\x01" * 65))
    assert read_answer(write_answer(answer)) == answer


@pytest.mark.parametrize("scheme", Scheme)
def test_an_answer_fits_one_request_one_resolver_one_signer_one_scheme(scheme):
    answer = signed(scheme)
    good: dict[str, Any] = {**GIVEN, "signer": SIGNER.address, "now": NOW}
    assert verify_answer(scheme, answer, **good) == RESULT
    other = next(one for one in Scheme if one is not scheme)
    changes: list[dict[str, Any]] = [
        {"target": "0x" + "cd" * 20},
        {"request": b"another"},
        {"signer": "0x" + "11" * 20},
    ]
    for change in changes:
        with pytest.raises(BadSignature):
            verify_answer(scheme, answer, **{**good, **change})
    with pytest.raises(BadSignature):
        verify_answer(other, answer, **good)
    changed = answer.replace(RESULT, bytes(len(RESULT)))
    with pytest.raises(BadSignature):
        verify_answer(scheme, changed, **good)
    assert verify_answer(scheme, answer, **{**good, "now": NOW + 60}) == RESULT
    with pytest.raises(ExpiredAnswer):
        verify_answer(scheme, answer, **{**good, "now": NOW + 61})


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(encode(("bytes", "uint64", "bytes"), (b"r", 1, b"short")), id="short signature"),
        pytest.param(encode(("bytes", "uint256", "bytes"), (b"r", 2**64, b"s" * 65)), id="endless time"),
        pytest.param(encode(("bytes", "uint64", "bytes"), (b"r", 1, b"s" * 65))[:-65], id="cut"),
    ],
)
def test_answers_of_another_form_are_refused(answer):
    with pytest.raises(MalformedData):
        read_answer(answer)


def test_a_target_must_be_an_address():
    with pytest.raises(MalformedData):
        answer_digest(Scheme.OFFCHAIN_RESOLVER, "0x12", 1, b"", b"")
