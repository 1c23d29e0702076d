"""The wallet's word: plain keys, contracts, and a wallet made here (specification 1, 3.3)."""

from dataclasses import replace

import pytest

from dm3.base import from_base64, sha256_hex, to_base64
from dm3.base.encoding import to_hex
from dm3.base.errors import BadSignature, InvalidInput, MalformedData, ServiceRefused
from dm3.crypto import (
    KeyWallet,
    WalletKey,
    checksum_address,
    is_signed,
    personal_hash,
    recover_personal,
    require_signed,
    sign,
)
from dm3.crypto.ethereum import recover_digest
from dm3.net import KeyWalletVerifier
from dm3.protocol.wallets.chain import CallQuestion, CodeQuestion
from dm3.protocol.wallets.contract_wallets import (
    MAX_SIGNATURE_BYTES,
    WRAPPED_SUFFIX,
    WrappedSignature,
    contract_signed,
    erc1271_call,
    unwrap,
    wallet_check_code,
    wrap,
)
from tests.unit.linking.scene import LSP, MAIN, MALLORY, OWNER, Ask, held_link, recover
from tests.unit.people import ALICE, digest

TEXT = "sign me"
ADDRESS = checksum_address("0x" + "ab" * 20)
NOBODY = "0x" + "00" * 20
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


# --- wallets that are plain keys ---------------------------------------------------------------------


async def test_the_verifier_believes_the_key_of_the_address():
    verifier = KeyWalletVerifier()
    signature = OWNER.sign_now(TEXT)
    assert await verifier.signed(OWNER.address, TEXT, signature) is True
    assert await verifier.signed(OWNER.address.lower(), TEXT, signature) is True
    assert await verifier.signed(MALLORY.wallet.address, TEXT, signature) is False
    assert await verifier.signed(OWNER.address, TEXT + " ", signature) is False


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (TEXT, ""),
        (TEXT, "0x1234"),
        (TEXT, "0x" + "00" * 65),
        (TEXT, OWNER.sign_now(TEXT)[:-2] + "1d"),
        ("a\ud800b", OWNER.sign_now(TEXT)),
    ],
    ids=["nothing", "too short", "noughts", "v of 29", "text without UTF-8 form"],
)
async def test_what_cannot_be_verified_was_not_signed(text, signature):
    assert await KeyWalletVerifier().signed(OWNER.address, text, signature) is False


async def test_a_wrong_address_is_the_caller_s_mistake_and_no_answer():
    with pytest.raises(InvalidInput):
        await KeyWalletVerifier().signed("0x12", TEXT, OWNER.sign_now(TEXT))


def test_a_wallet_holds_its_key_and_shows_its_address_only():
    key = WalletKey(digest("a wallet made in this test"))
    wallet = KeyWallet(key)
    assert wallet.key is key
    assert recover_personal(TEXT, wallet.sign_now(TEXT)) == wallet.address
    assert wallet.address == checksum_address(wallet.address)
    assert repr(wallet) == f"<KeyWallet {wallet.address}>"
    assert key.reveal().hex() not in repr(wallet)


def test_what_is_wrong_with_a_wallet_key_or_signature_is_said():
    signature = OWNER.sign_now(TEXT)
    for call, error, said in (
        (
            lambda: KeyWallet(WalletKey(bytes(32))),
            InvalidInput,
            "these 32 bytes are not a secp256k1 private key",
        ),
        (lambda: checksum_address("0x12"), InvalidInput, "an Ethereum address is 0x and 40 hex digits"),
        (
            lambda: recover_personal(TEXT, "0x12"),
            MalformedData,
            "a wallet signature is 0x and 130 hex digits",
        ),
        (
            lambda: recover_personal(TEXT, signature[:-2] + "1d"),
            BadSignature,
            "the wallet signature is not in canonical form",
        ),
        (
            lambda: recover_personal(TEXT, "0x" + "00" * 64 + "1b"),
            BadSignature,
            "no key fits the wallet signature",
        ),
        (lambda: recover_personal("\ud800", signature), MalformedData, "the text holds lone surrogates"),
    ):
        with pytest.raises(error) as caught:
            call()
        assert caught.value.detail == said


@pytest.mark.parametrize(
    ("s", "accepted"), [(ORDER // 2, True), (ORDER // 2 + 1, False)], ids=["the half", "above"]
)
def test_the_smaller_half_of_s_is_counted_to_its_end(s, accepted):
    raw = bytes.fromhex(OWNER.sign_now(TEXT)[2:])
    signature = "0x" + (raw[:32] + s.to_bytes(32) + raw[64:]).hex()
    if accepted:
        assert recover_digest(personal_hash(TEXT), signature).startswith("0x")
    else:
        with pytest.raises(BadSignature, match="canonical form"):
            recover_digest(personal_hash(TEXT), signature)


# --- signatures of profiles --------------------------------------------------------------------------


def test_a_missing_signature_is_named():
    signature = sign(ALICE.keys.signing_private, TEXT)
    require_signed(ALICE.keys.signing_public, TEXT, signature, "the letter")
    with pytest.raises(BadSignature) as caught:
        require_signed(ALICE.keys.signing_public, TEXT, to_base64(bytes(64)), "the letter")
    assert caught.value.detail == "the letter"


@pytest.mark.parametrize("text", ["a\ud800b", "\udfff"])
def test_text_without_utf_8_form_was_signed_by_nobody(text):
    assert is_signed(ALICE.keys.signing_public, text, sign(ALICE.keys.signing_private, "a")) is False


def test_no_part_of_the_text_can_be_moved_into_the_signature():
    """A signature that is followed by the text's first letters would fit the rest of it."""
    raw = from_base64(sign(ALICE.keys.signing_private, "do not pay Mallory"))
    assert is_signed(ALICE.keys.signing_public, "do not pay Mallory", to_base64(raw))
    assert not is_signed(ALICE.keys.signing_public, "pay Mallory", to_base64(raw + b"do not "))
    assert not is_signed(ALICE.keys.signing_public, "pay Mallory", to_base64(raw[:-1]))


# --- wallets that are contracts ----------------------------------------------------------------------


def conclusion(signature: bytes, *answers):
    """The last question that is asked while ``answers`` are given, and what is concluded."""
    inquiry = contract_signed(ADDRESS, TEXT, to_hex(signature))
    asked = None
    try:
        asked = next(inquiry)
        for answer in answers:
            asked = inquiry.throw(answer) if isinstance(answer, Exception) else inquiry.send(answer)
    except StopIteration as end:
        return asked, end.value
    return asked, None


def test_the_longest_signature_is_asked_about():
    longest = b"\x01" * MAX_SIGNATURE_BYTES
    assert conclusion(longest) == (CodeQuestion(ADDRESS), None)
    asked, _ = conclusion(longest, b"\x60")
    assert asked == CallQuestion(ADDRESS, erc1271_call(personal_hash(TEXT), longest))
    assert conclusion(longest + b"\x01") == (None, False)


def test_a_contract_in_bounds_is_not_prepared():
    """The check is given no factory and nothing to call there."""
    given = b"\x01" * 65
    asked, _ = conclusion(given, b"\x60", ServiceRefused("out of gas"))
    check = wallet_check_code(ADDRESS, personal_hash(TEXT), WrappedSignature(NOBODY, b"", given))
    assert asked == CallQuestion(None, check)


def test_a_wallet_that_is_not_there_yet_is_prepared_first():
    wrapped = WrappedSignature("0x" + "cd" * 20, b"make it", b"\x02" * 65)
    asked, _ = conclusion(wrap(wrapped))
    assert asked == CallQuestion(None, wallet_check_code(ADDRESS, personal_hash(TEXT), wrapped))


def test_what_is_wrong_with_a_wrapped_signature_or_the_node_is_said():
    with pytest.raises(MalformedData) as caught:
        unwrap(b"\xff" * 96 + WRAPPED_SUFFIX)
    assert caught.value.detail == "the signature is not wrapped as ERC-6492 has it"
    inquiry = contract_signed(ADDRESS, TEXT, to_hex(wrap(WrappedSignature(NOBODY, b"", b"\x01"))))
    next(inquiry)
    with pytest.raises(MalformedData) as caught:
        inquiry.send(b"\x02")
    assert caught.value.detail == "the node does not run creation code as it should"


# --- whose word counts in a request --------------------------------------------------------------------


def test_where_the_text_names_nobody_the_link_s_owner_is_asked_before_the_main_profile_s():
    """A signature over the text's hash would fit some address or other, too."""
    theirs = recover(link=held_link(owner=MALLORY.wallet.address)).says(owner=None)
    checked = replace(theirs, wallet=MALLORY.wallet, hashed=True).check()
    assert checked.owner == MALLORY.wallet.address


def test_a_request_is_remembered_by_its_message_s_hash():
    ask = Ask()
    assert ask.check().message_hash == ask.message().hash
    assert ask.message().hash == sha256_hex(ask.message().text)
    assert ask.check().sender.name == LSP.name != MAIN.name
