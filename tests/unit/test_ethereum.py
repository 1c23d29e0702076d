"""Addresses, EIP-191 and recovery (specification 1)."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import BadSignature, InvalidInput, MalformedData
from dm3.crypto import KeyWallet, WalletKey, checksum_address, keccak, personal_hash, recover_personal
from dm3.crypto.ethereum import recover_digest
from tests.unit.people import ALICE, MALLORY
from tests.unit.strategies import any_text, read_or_refused

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TEXT = "sign me"
SIGNATURE = ALICE.wallet.sign_now(TEXT)


def with_v(signature: str, v: int) -> str:
    return signature[:-2] + f"{v:02x}"


def other_s(signature: str) -> str:
    """The other signature that fits key and digest: s negated, parity turned."""
    raw = bytes.fromhex(signature[2:])
    s = ORDER - int.from_bytes(raw[32:64])
    return "0x" + (raw[:32] + s.to_bytes(32) + bytes([55 - raw[64]])).hex()


@pytest.mark.parametrize(
    "address",
    [
        # The examples of EIP-55.
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_addresses_have_one_form(address):
    assert checksum_address(address) == address
    assert checksum_address(address.lower()) == address
    assert checksum_address("0x" + address[2:].upper()) == address


@pytest.mark.parametrize(
    "address",
    ["", "0x", "0x5aAeb6", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x" + "g" * 40, "0x" + "٣" * 40],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InvalidInput, match="40 hex digits"):
        checksum_address(address)


def test_a_mistyped_address_is_noticed():
    with pytest.raises(InvalidInput, match="mistyped"):
        checksum_address("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed")


def test_keccak_is_ethereum_s_not_sha3():
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(st.text(max_size=50))
def test_personal_sign_agrees_with_eth_account(text):
    key = ALICE.wallet.key.reveal()
    signed = Account.sign_message(encode_defunct(text=text), key)
    assert personal_hash(text) == bytes(signed.message_hash)
    assert ALICE.wallet.sign_now(text) == "0x" + bytes(signed.signature).hex()
    assert recover_personal(text, "0x" + bytes(signed.signature).hex()) == Account.from_key(key).address


def test_length_is_counted_in_bytes():
    assert personal_hash("é") == keccak(b"\x19Ethereum Signed Message:\n2" + "é".encode())
    assert personal_hash("é".encode()) == personal_hash("é")


def test_text_without_utf_8_form_cannot_have_been_signed():
    with pytest.raises(MalformedData, match="lone surrogates"):
        recover_personal("a\ud800b", SIGNATURE)


def test_recovery_names_the_signer():
    assert recover_personal(TEXT, SIGNATURE) == ALICE.wallet.address
    assert recover_personal(TEXT, MALLORY.wallet.sign_now(TEXT)) == MALLORY.wallet.address
    assert recover_personal(TEXT, "0X" + SIGNATURE[2:].upper()) == ALICE.wallet.address


def test_v_may_be_0_1_27_or_28_and_nothing_else():
    v = int(SIGNATURE[-2:], 16)
    assert v in (27, 28)
    assert recover_personal(TEXT, with_v(SIGNATURE, v - 27)) == ALICE.wallet.address
    for wrong in sorted(set(range(256)) - {0, 1, 27, 28}):
        with pytest.raises(BadSignature, match="canonical form"):
            recover_personal(TEXT, with_v(SIGNATURE, wrong))


def test_of_two_fitting_signatures_only_one_counts():
    # Otherwise anybody could make a second signature of a first, and pass by checks for repetition.
    with pytest.raises(BadSignature, match="canonical form"):
        recover_personal(TEXT, other_s(SIGNATURE))
    assert other_s(other_s(SIGNATURE)) == SIGNATURE


@pytest.mark.parametrize(
    "signature",
    ["", "0x", SIGNATURE[2:], SIGNATURE[:-2], SIGNATURE + "00", SIGNATURE[:-1] + "g", SIGNATURE + "\n"],
)
def test_another_form_is_malformed(signature):
    with pytest.raises(MalformedData, match="130 hex digits"):
        recover_personal(TEXT, signature)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (0, 0), (ORDER, 1), (2**256 - 1, 1), (5, 1)])
def test_numbers_that_fit_no_key_are_refused(r, s):
    with pytest.raises(BadSignature):
        recover_digest(bytes(32), "0x" + (r.to_bytes(32) + s.to_bytes(32) + b"\x1b").hex())


@given(any_text, st.binary(min_size=65, max_size=65))
def test_any_signature_recovers_somebody_or_is_refused(text, raw):
    found = read_or_refused(lambda given: recover_personal(text, given), "0x" + raw.hex())
    assert found is None or checksum_address(found) == found


@given(any_text)
def test_any_text_is_an_address_or_refused(text):
    read_or_refused(checksum_address, text)
    read_or_refused(checksum_address, "0x" + text)


@pytest.mark.parametrize("raw", [bytes(32), ORDER.to_bytes(32), b"\xff" * 32])
def test_not_every_32_bytes_are_a_wallet_key(raw):
    with pytest.raises(InvalidInput, match="not a secp256k1 private key"):
        KeyWallet(WalletKey(raw))


async def test_a_wallet_signs_alike_in_both_ways():
    assert await ALICE.wallet.sign_message(TEXT) == SIGNATURE
    assert ALICE.wallet.sign_digest(personal_hash(TEXT)) == SIGNATURE
