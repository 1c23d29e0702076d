"""What a stranger builds from ``docs/specification.md`` alone passes the vectors.

Nothing of `dm3` is used here: each function is one sentence of the page, with its section. A page that says
something else than the code does fails here.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import coincurve
import pytest
from Crypto.Hash import SHA256, keccak
from Crypto.Protocol.KDF import HKDF
from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

VECTORS = Path(__file__).parents[2] / "vectors"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def cases(file: str, **wanted: Any) -> list[dict[str, Any]]:
    """The valid cases of a file that say what is ``wanted``."""
    listed = json.loads((VECTORS / file).read_text(encoding="utf-8"))["cases"]
    return [case for case in listed if case["valid"] and wanted.items() <= case.items()]


def each(file: str, **wanted: Any) -> Any:
    return pytest.mark.parametrize("case", cases(file, **wanted), ids=lambda case: case["name"])


# --- 2.1 ------------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """Enough for what stands in these files: no fractions, names of plain letters."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(text: str) -> str:
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def from64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}


# --- 1.1, 1.2 -------------------------------------------------------------------------------------


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def eip191(text: str) -> bytes:
    data = text.encode()
    return keccak256(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)


def eip55(address: str) -> str:
    digits = address[2:].lower()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def who_signed(text: str, signature: str) -> str:
    raw = bytes.fromhex(signature.removeprefix("0x"))
    found = coincurve.PublicKey.from_signature_and_message(
        raw[:64] + bytes([raw[64] % 27]), eip191(text), hasher=None
    )
    return "0x" + keccak256(found.format(compressed=False)[1:])[-20:].hex()


def is_signed(key: str, text: str, signature: str) -> bool:
    try:
        sodium.crypto_sign_open(from64(signature) + text.encode(), from64(key))
    except BadSignatureError:
        return False
    return True


# --- 2.2 ------------------------------------------------------------------------------------------


def keys_of(seed: bytes) -> tuple[str, str]:
    """The public signing and encryption keys."""
    signing, _ = sodium.crypto_sign_seed_keypair(seed)
    encryption, _ = sodium.crypto_kx_seed_keypair(seed)
    return base64.b64encode(signing).decode(), base64.b64encode(encryption).decode()


@each("base/keys.json", kind="wallet-derivation")
def test_keys_come_from_the_signature(case):
    seed = hashlib.sha256(case["signature"].encode()).digest()
    assert seed == from64(case["seed"])
    assert keys_of(seed) == (case["signing"]["publicKey"], case["encryption"]["publicKey"])


@each("base/profiles.json", kind="signed-profile")
def test_a_profile_is_signed_by_its_owner(case):
    signed = case["signed_profile"]
    text = (
        "dm3.chat wants you register your dm3 profile with your Ethereum account:\n"
        f"{eip55(case['address'])}\n\nThis is required only once!\n"
        "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n"
        f"URI: https://dm3.chat\nVersion: 1\ndm3 Profile: {canonical(signed['profile'])}"
    )
    assert who_signed(text, signed["signature"]) == case["address"].lower()
    assert hash_of(canonical(signed)) == case["profile_hash"]


# --- 2.3, 2.4 -------------------------------------------------------------------------------------


def opened(sealed: str | dict[str, str], public: str, private: str) -> str:
    box = json.loads(sealed) if isinstance(sealed, str) else sealed
    receive, _ = sodium.crypto_kx_server_session_keys(
        from64(public), from64(private), from64(box["ephemPublicKey"])
    )
    padded = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
        from64(box["ciphertext"]), None, bytes.fromhex(box["nonce"][2:]), receive
    )
    assert len(padded) % 2048 == 0
    return sodium.sodium_unpad(padded, 2048).decode()


@each("base/sealing.json")
def test_sealed_text_is_opened(case):
    text = case["text"] if "text" in case else case["text_recipe"]["repeat"] * case["text_recipe"]["times"]
    receiver = case["receiver"]
    assert opened(case["sealed"], receiver["publicKey"], receiver["privateKey"]) == text


@each("base/envelopes.json")
def test_an_envelope_holds(case):
    envelope, sender, service = case["envelope"], case["sender"], case["delivery_service"]
    receiver, metadata = case["receiver"]["encryption"], envelope["metadata"]
    message = json.loads(opened(envelope["message"], receiver["publicKey"], receiver["privateKey"]))
    assert message == case["expected"]["message"]
    assert is_signed(
        sender["public_signing_key"], canonical(without(message, "signature")), message["signature"]
    )
    if "messageHash" in metadata:
        assert metadata["messageHash"] == hash_of(canonical(message))
    else:
        assert metadata["encryptedMessageHash"] == hash_of(canonical(envelope["message"]))
    if isinstance(metadata["deliveryInformation"], str):
        held = service["encryption"]
        assert (
            json.loads(opened(metadata["deliveryInformation"], held["publicKey"], held["privateKey"]))
            == (case["expected"]["delivery_information"])
        )
        assert is_signed(
            sender["public_signing_key"], canonical(without(metadata, "signature")), metadata["signature"]
        )
    if "postmark" in envelope:
        postmark = json.loads(opened(envelope["postmark"], receiver["publicKey"], receiver["privateKey"]))
        assert postmark["messageHash"] == "0x" + eip191(canonical(envelope["message"])).hex()
        assert is_signed(
            service["public_signing_key"],
            hash_of(canonical(without(postmark, "signature"))),
            postmark["signature"],
        )


# --- 3.3, 3.4, 3.5, 3.9 ---------------------------------------------------------------------------


@each("linking/decisions.json", approve=True)
def test_an_acceptance_is_signed_over_the_hash(case):
    link = case["expected"]["acceptance"]
    signing, _ = keys_of(from64(case["main_seed"]))
    if "linkMessage" in link:
        assert is_signed(signing, hash_of(link["linkMessage"]), link["signature"])


@each("linking/endings.json")
def test_an_end_is_signed_over_its_own_text(case):
    message = case["message"]
    link, kind = message["metadata"]["link"], message["metadata"]["type"]
    profile = published(case["names"], message["metadata"]["from"])
    text = f"{kind}: {hash_of(link['linkMessage'])}"
    assert is_signed(profile["publicSigningKey"], text, link["signature"])


def record_of(names: dict[str, Any], name: str, key: str) -> Any:
    head, _, data = names[name]["texts"][key].partition(",")
    return json.loads(from64(data) if head.endswith(";base64") else data)


def published(names: dict[str, Any], name: str) -> dict[str, Any]:
    profile: dict[str, Any] = record_of(names, name, "network.dm3.profile")["profile"]
    return profile


@each("linking/records.json")
def test_a_link_record_holds(case):
    record = record_of(case["names"], case["profile"], "network.dm3.link")
    own = published(case["names"], record["profileName"])
    assert is_signed(own["publicSigningKey"], canonical(without(record, "signature")), record["signature"])
    main, signature = record.get("main"), record.get("mainSignature")
    if case.get("disclosure"):
        told = case["disclosure"]
        main, signature = told["main"], told["main_signature"]
        if "mainCommitment" in record:
            disclosed = {"main": main, "mainSignature": signature, "salt": told["salt"]}
            assert record["mainCommitment"] == hash_of(canonical(disclosed))
    if main:
        key = published(case["names"], main)["publicSigningKey"]
        assert is_signed(key, record["linkMessageHash"], signature)


def test_the_salt_of_a_private_record_comes_from_the_seed():
    [seed] = {case["expected"]["seed"] for case in cases("linking/recovered_keys.json")}
    [case] = cases("linking/records.json", name="private-disclosed")
    record = record_of(case["names"], case["profile"], "network.dm3.link")
    info = f"dm3lpp/v1/link-record-salt/{record['linkMessageHash']}".encode()
    salt = HKDF(from64(seed), 32, b"", SHA256, 1, info)
    assert isinstance(salt, bytes)
    assert "0x" + salt.hex() == case["disclosure"]["salt"]


@each("linking/recovered_keys.json")
def test_keys_that_come_back_are_those_of_the_published_profile(case):
    profile = published(case["names"], case["recovery"]["profile_name"])
    seed = from64(case["expected"]["seed"])
    assert keys_of(seed) == (profile["publicSigningKey"], profile["publicEncryptionKey"])


# --- 5.1 ------------------------------------------------------------------------------------------


@each("linking/pairing.json")
def test_a_pairing_code_is_proved(case):
    expected = case["expected"]
    swapped = case["typed"].upper().translate(str.maketrans("ILO", "110"))
    code = "".join(sign for sign in swapped if sign in CROCKFORD)
    assert code == expected["code"]
    for label, proof in (("pairing", expected["request"]), ("paired", expected["acceptance"])):
        text = f"dm3lpp/v1/{label}\n{case['link_message']}".encode()
        assert base64.b64encode(hmac.digest(code.encode(), text, "sha256")).decode() == proof
