"""From a wallet's signature to a profile's keys (specification 2.2, 3.2)."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings as sodium

from dm3.base import from_base64, from_hex, to_base64
from dm3.base.errors import BadSignature, InvalidInput, KeyRuleViolation, MalformedData
from dm3.crypto import (
    DEFAULT_NONCE,
    Entropy,
    KeyCreationMessage,
    KeyWallet,
    OwnedSignature,
    ProfileKeys,
    Seed,
    WalletKey,
    new_nonce,
    own_signature,
    reader_id_from,
    record_salt_from,
    seed_from,
    storage_key_from,
    wallet_key_from,
)
from tests.unit.people import ALICE, MALLORY, digest, stream
from tests.unit.vectors import vectors

NONCE = "0x" + "ab" * 32


def pairs(keys: ProfileKeys) -> dict[str, dict[str, str]]:
    return {
        "encryption": {
            "publicKey": to_base64(keys.encryption_public),
            "privateKey": to_base64(keys.encryption_private.reveal()),
        },
        "signing": {
            "publicKey": to_base64(keys.signing_public),
            "privateKey": to_base64(keys.signing_private.reveal()),
        },
    }


@pytest.mark.parametrize("case", vectors("keys", kind="key-creation-message", valid=True))
def test_key_creation_message_is_the_reference_s(case):
    assert KeyCreationMessage(case["address"], case["nonce"]).text == case["expected"]


@pytest.mark.parametrize("case", vectors("keys", kind="key-creation-message", valid=False))
def test_no_key_creation_message_for_what_is_no_address(case):
    assert case["failure"] == "malformed"
    with pytest.raises(InvalidInput, match="Ethereum address"):
        _ = KeyCreationMessage(case["address"], case["nonce"]).text


def test_an_application_stands_in_its_own_key_creation_message():
    text = KeyCreationMessage(ALICE.wallet.address, NONCE, "app.example", "https://app.example").text
    main = KeyCreationMessage(ALICE.wallet.address, NONCE).text
    assert text == main.replace("dm3.chat", "app.example")
    assert text.startswith("app.example wants you to sign in")


@pytest.mark.parametrize("case", vectors("keys", kind="seed-from-signature"))
def test_seed_is_the_hash_of_the_signature_s_text(case):
    seed = seed_from(OwnedSignature(case["signature"].encode("ascii")))
    assert to_base64(seed.reveal()) == case["seed"]


@pytest.mark.parametrize("case", vectors("keys", kind="key-pairs-from-seed"))
def test_key_pairs_are_the_reference_s(case):
    keys = ProfileKeys.from_seed(Seed(from_base64(case["seed"])))
    assert pairs(keys) == {"encryption": case["encryption"], "signing": case["signing"]}


@pytest.mark.parametrize("case", vectors("keys", kind="wallet-derivation"))
def test_a_wallet_s_keys_are_the_reference_s(case):
    wallet = KeyWallet(WalletKey(bytes.fromhex(case["wallet_private_key"][2:])))
    assert wallet.address == case["address"]
    message = KeyCreationMessage(wallet.address, case["nonce"])
    assert message.text == case["message"]
    signature = wallet.sign_now(message.text)
    assert signature == case["signature"]
    seed = seed_from(own_signature(message, signature))
    assert to_base64(seed.reveal()) == case["seed"]
    assert pairs(ProfileKeys.from_seed(seed)) == {
        "encryption": case["encryption"],
        "signing": case["signing"],
    }


@pytest.mark.parametrize("case", vectors("keys", kind="session-keys"))
def test_session_keys_are_the_reference_s(case):
    ephemeral = sodium.crypto_kx_seed_keypair(from_base64(case["ephemeral_seed"]))
    assert to_base64(ephemeral[0]) == case["ephemeral_public_key"]
    receiver = from_base64(case["receiver"]["publicKey"])
    received, sent = sodium.crypto_kx_client_session_keys(*ephemeral, receiver)
    assert (to_base64(sent), to_base64(received)) == (case["sender_tx"], case["sender_rx"])


def message(nonce: str = NONCE, owner: str = ALICE.wallet.address) -> KeyCreationMessage:
    return KeyCreationMessage(owner, nonce)


def test_owned_signature_is_of_the_owner_over_exactly_this_text():
    signature = ALICE.wallet.sign_now(message().text)
    assert own_signature(message(), signature).reveal() == signature.encode()
    for wrong, owner in (
        (MALLORY.wallet.sign_now(message().text), ALICE.wallet.address),
        (signature, MALLORY.wallet.address),
        (ALICE.wallet.sign_now(message().text + " "), ALICE.wallet.address),
    ):
        with pytest.raises(BadSignature):
            own_signature(message(owner=owner), wrong)
    with pytest.raises(MalformedData):
        own_signature(message(), signature[:-2])


@pytest.mark.parametrize("nonce", ["", "0x", "0x" + "a" * 31, "a" * 31, "g" * 32, "0x" + "٣" * 32])
def test_a_guessable_nonce_makes_no_key(nonce):
    signature = ALICE.wallet.sign_now(message(nonce).text)
    with pytest.raises(KeyRuleViolation, match="128 bits"):
        own_signature(message(nonce), signature)


def test_nonces_are_drawn_from_the_entropy_given():
    assert new_nonce(stream("a")) == new_nonce(stream("a")) != new_nonce(stream("b"))
    assert len(new_nonce(stream())) == 2 + 64
    assert len(DEFAULT_NONCE) == 2 + 64


def hkdf(secret: bytes, label: str) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt, first 32 bytes, written out."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, label.encode() + b"\x01", "sha256")


# The labels are written down here again: another one would lock people out of what they have stored.
def test_our_own_derivations_stay_what_they_are():
    raw = digest("a secret")
    seed, entropy = Seed(raw), Entropy(raw)
    assert seed_from(entropy).reveal() == hkdf(raw, "dm3lpp/v1/profile-seed")
    assert wallet_key_from(seed).reveal() == hkdf(raw, "dm3lpp/v1/lsp-wallet/0")
    assert wallet_key_from(entropy).reveal() == hkdf(raw, "dm3lpp/v1/lsp-wallet/0")
    assert storage_key_from(seed).reveal() == hkdf(raw, "dm3lpp/v1/storage-key")
    assert from_hex(record_salt_from(seed, "0xab")) == hkdf(raw, "dm3lpp/v1/link-record-salt/0xab")
    reader = reader_id_from(seed, "main-1", "a.eth")
    assert reader == hkdf(raw, "dm3lpp/v1/reader/main-1/a.eth")[:8].hex()


def test_a_link_record_s_salt_depends_on_the_seed_and_the_link():
    one, other = Seed(digest("one")), Seed(digest("other"))
    salts = {record_salt_from(seed, link) for seed in (one, other) for link in ("0xaa", "0xbb")}
    assert len(salts) == 4
    assert all(len(salt) == 2 + 64 for salt in salts)


@given(st.binary(min_size=32, max_size=64).filter(lambda raw: len(set(raw)) > 1))
def test_any_entropy_makes_keys_and_a_wallet(raw):
    keys = ProfileKeys.from_seed(seed_from(Entropy(raw)))
    assert len(keys.signing_public) == len(keys.encryption_public) == 32
    assert KeyWallet(wallet_key_from(Entropy(raw))).address.startswith("0x")


def test_random_keys_come_from_the_entropy_given():
    one, same = ProfileKeys.random(stream("a")), ProfileKeys.random(stream("a"))
    assert one == same
    assert one != ProfileKeys.random(stream("b"))
