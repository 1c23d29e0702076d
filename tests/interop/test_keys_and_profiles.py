"""Keys, wallets, profiles and their records, made by one side and read by the other (specification 2.2)."""

import json

import pytest

from dm3.base import canonical_json, from_hex, to_base64
from dm3.crypto import (
    DEFAULT_NONCE,
    KeyCreationMessage,
    KeyWallet,
    ProfileKeys,
    WalletKey,
    is_signed,
    new_nonce,
    own_signature,
    personal_hash,
    recover_personal,
    seed_from,
    sign,
)
from dm3.model import Profile
from dm3.wire import (
    InlineRecord,
    data_uri,
    profile_json,
    profile_message,
    read_signed_profile,
    read_text_record,
    signed_profile_from,
    with_signature,
)
from tests.interop.people import ALICE, BOB, encryption_pair, profile_members, signing_pair, stream

TEXTS = ["", "a", "Zoë", "😀👍🏽", "line\nbreak \u2028 \x00 \x7f", "x" * 5000]
WALLETS = [KeyWallet(WalletKey(stream(f"wallet {index}")(32))) for index in range(8)]


def private(wallet: KeyWallet) -> str:
    return "0x" + wallet.key.reveal().hex()


@pytest.mark.parametrize("wallet", WALLETS, ids=repr)
def test_both_make_the_same_keys_of_one_wallet(reference, wallet):
    nonce = new_nonce(stream(wallet.address))
    message = KeyCreationMessage(wallet.address, nonce)
    assert message.text == reference.call("keyCreationMessage", nonce=nonce, address=wallet.address)
    signature = reference.call("walletSign", privateKey=private(wallet), text=message.text)
    assert wallet.sign_now(message.text) == signature
    seed = seed_from(own_signature(message, signature))
    theirs = reference.call("storageKeyFromSignature", signature=signature)
    assert to_base64(seed.reveal()) == theirs
    keys = ProfileKeys.from_seed(seed)
    assert encryption_pair(keys) == reference.call("keyPairFromSeed", seed=theirs)
    assert signing_pair(keys) == reference.call("signingKeyPairFromSeed", seed=theirs)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_wallets_sign_and_recover_alike(reference, text):
    for wallet in WALLETS:
        assert wallet.address == reference.call("walletAddress", privateKey=private(wallet))
        ours = wallet.sign_now(text)
        assert ours == reference.call("walletSign", privateKey=private(wallet), text=text)
        assert reference.call("recoverMessage", text=text, signature=ours) == wallet.address
        assert recover_personal(text, ours) == wallet.address
    assert personal_hash(text) == from_hex(reference.call("hashMessage", text=text))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_profile_signatures_go_both_ways(reference, text):
    pair = signing_pair(ALICE.keys)
    ours = sign(ALICE.keys.signing_private, text)
    assert ours == reference.call("sign", privateKey=pair["privateKey"], text=text)
    assert reference.call("checkSignature", publicKey=pair["publicKey"], text=text, signature=ours)
    assert is_signed(ALICE.keys.signing_public, text, ours)
    assert reference.refuses("checkSignature", publicKey=pair["publicKey"], text=text + " ", signature=ours)


@pytest.mark.parametrize("services", [(), ("ds.eth",), ("ds.eth", "ds2.eth")], ids=len)
def test_both_make_the_same_profile(reference, services):
    wallet = ALICE.wallet
    made = reference.call("createProfile", privateKey=private(wallet), deliveryServices=list(services))
    assert made["nonce"] == DEFAULT_NONCE, "the reference knows no other"
    message = KeyCreationMessage(wallet.address, DEFAULT_NONCE)
    keys = ProfileKeys.from_seed(seed_from(own_signature(message, wallet.sign_now(message.text))))
    profile = Profile(keys.signing_public, keys.encryption_public, services)
    text = canonical_json(profile_json(profile))
    creation = profile_message(text, wallet.address)
    assert creation == reference.call(
        "profileCreationMessage", profile=json.loads(text), address=wallet.address
    )
    ours = with_signature(profile, wallet.sign_now(creation))
    theirs = signed_profile_from(made["signedProfile"])
    assert ours == theirs
    assert ours.hash == reference.call("profileHash", signedProfile=made["signedProfile"])


def test_the_reference_accepts_our_profile(reference):
    members = json.loads(BOB.signed_profile.text)
    address = BOB.wallet.address
    assert reference.call("validateSignedProfile", signedProfile=members)
    assert reference.call("checkUserProfileWithAddress", signedProfile=members, address=address)
    assert reference.refuses(
        "checkUserProfileWithAddress", signedProfile=members, address=ALICE.wallet.address
    )


def test_records_go_both_ways(reference):
    members = json.loads(ALICE.signed_profile.text)
    record = data_uri(members)
    assert record == reference.call("createJsonDataUri", data=members)
    assert reference.call("isJsonProfile", textRecord=record)
    assert reference.call("resolveJsonProfile", textRecord=record) == members
    found = read_text_record(reference.call("createJsonDataUri", data=members))
    assert isinstance(found, InlineRecord)
    assert read_signed_profile(found.text) == ALICE.signed_profile


def test_a_record_with_letters_beyond_ascii_is_read_by_both(reference):
    # Plain, the reference garbles them in reading; as base64, which we therefore write, it does not.
    members = {**profile_members(ALICE), "deliveryServices": ["straße.eth"]}
    signed = {"profile": members, "signature": ALICE.signed_profile.signature}
    record = data_uri(signed)
    assert ";base64," in record
    assert reference.call("resolveJsonProfile", textRecord=record) == signed


def test_links_name_the_hash_that_the_reference_checks(reference):
    members = json.loads(ALICE.signed_profile.text)
    uri = f"https://a.example/alice.json?dm3Hash={ALICE.signed_profile.hash}"
    assert reference.call("checkProfileHash", signedProfile=members, uri=uri)
    other = json.loads(BOB.signed_profile.text)
    assert reference.refuses("checkProfileHash", signedProfile=other, uri=uri)
