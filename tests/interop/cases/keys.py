"""hashes.json and keys.json."""

from __future__ import annotations

import base64

from tests.interop.cases.actors import actor, seed, wallet_key
from tests.interop.cases.document import Case, VectorFile
from tests.interop.reference_peer import ReferencePeer

TEXTS = {
    "empty": "",
    "ascii": "hello, world",
    "line-break": "one\ntwo\r\nthree",
    "nul": "\x00",
    "latin": "Grüße",
    "emoji": "😀",
    "canonical-json": '{"a":1,"b":[true,null]}',
    "55-bytes": "x" * 55,
    "56-bytes": "x" * 56,
    "64-bytes": "x" * 64,
}

SEEDS = {
    "zeros": base64.b64encode(bytes(32)).decode(),
    "ones": base64.b64encode(b"\xff" * 32).decode(),
    "counting": base64.b64encode(bytes(range(32))).decode(),
    "alice": seed("alice.eth"),
    "bob": seed("bob.eth"),
}


def hashes(peer: ReferencePeer) -> VectorFile:
    cases: list[Case] = [
        {"name": name, "text": text, "hash": peer.call("sha256", text=text)} for name, text in TEXTS.items()
    ]
    repeat, times = "0123456789abcdef", 65536
    cases.append(
        {
            "name": "one-mebibyte",
            "text_recipe": {"repeat": repeat, "times": times},
            "hash": peer.call("sha256", text=repeat * times),
        }
    )
    return VectorFile(
        name="hashes",
        section="2.1",
        description="`hash` is the SHA-256 of the UTF-8 bytes of `text`, as 0x and lower-case hex.",
        packages=("shared",),
        cases=cases,
    )


def keys(peer: ReferencePeer) -> VectorFile:
    return VectorFile(
        name="keys",
        section="2.2",
        description="Key-creation messages, seeds from wallet signatures, key pairs from seeds"
        " and session keys between an ephemeral and a receiver key pair.",
        packages=("crypto", "profile"),
        cases=[*_messages(peer), *_seeds(peer), *_pairs(peer), *_sessions(peer), *_wallets(peer)],
    )


def _messages(peer: ReferencePeer) -> list[Case]:
    checksummed = peer.call("walletAddress", privateKey=wallet_key("alice"))
    nonce = "0x" + "ab" * 32
    spellings = {
        "checksummed-address": (checksummed, nonce),
        "lower-case-address": (checksummed.lower(), nonce),
        "short-nonce": (checksummed, "1"),
        "zero-address": ("0x" + "0" * 40, nonce),
    }
    cases = [
        {
            "name": name,
            "kind": "key-creation-message",
            "valid": True,
            "address": address,
            "nonce": given,
            "expected": peer.call("keyCreationMessage", address=address, nonce=given),
        }
        for name, (address, given) in spellings.items()
    ]
    faulty = {
        "address-with-wrong-checksum": "0x" + checksummed[2:].swapcase(),
        "address-too-short": checksummed[:-1],
        "address-not-hex": checksummed[:-1] + "g",
    }
    for name, address in faulty.items():
        assert peer.refuses("keyCreationMessage", address=address, nonce=nonce), name
        cases.append(
            {
                "name": name,
                "kind": "key-creation-message",
                "valid": False,
                "failure": "malformed",
                "address": address,
                "nonce": nonce,
            }
        )
    return cases


def _seeds(peer: ReferencePeer) -> list[Case]:
    # The text of the signature is hashed, not its bytes: a change of case changes the seed.
    text = "0x" + "3a" * 64 + "1b"
    given = {
        "signature-text": text,
        "signature-text-upper-case": "0x" + text[2:].upper(),
        "contract-wallet-signature": "0x" + "c0ffee" * 40,
    }
    return [
        {
            "name": name,
            "kind": "seed-from-signature",
            "valid": True,
            "signature": signature,
            "seed": peer.call("storageKeyFromSignature", signature=signature),
        }
        for name, signature in given.items()
    ]


def _pairs(peer: ReferencePeer) -> list[Case]:
    return [
        {
            "name": f"seed-{name}",
            "kind": "key-pairs-from-seed",
            "valid": True,
            "seed": given,
            "encryption": peer.call("keyPairFromSeed", seed=given),
            "signing": peer.call("signingKeyPairFromSeed", seed=given),
        }
        for name, given in SEEDS.items()
    ]


def _sessions(peer: ReferencePeer) -> list[Case]:
    receiver = actor(peer, "bob.eth")
    cases: list[Case] = []
    for label in ("first", "second"):
        ephemeral_seed = seed(f"ephemeral session {label}")
        ephemeral = peer.call("keyPairFromSeed", seed=ephemeral_seed)
        public = receiver.encryption["publicKey"]
        sender = peer.call("senderSessionKeys", keyPair=ephemeral, publicKey=public)
        mirrored = peer.call(
            "receiverSessionKeys", keyPair=receiver.encryption, publicKey=ephemeral["publicKey"]
        )
        assert sender["sharedTx"] == mirrored["sharedRx"]
        cases.append(
            {
                "name": f"session-{label}",
                "kind": "session-keys",
                "valid": True,
                "ephemeral_seed": ephemeral_seed,
                "ephemeral_public_key": ephemeral["publicKey"],
                "receiver": {"seed": receiver.seed, **receiver.encryption},
                "sender_tx": sender["sharedTx"],
                "sender_rx": sender["sharedRx"],
            }
        )
    return cases


def _wallets(peer: ReferencePeer) -> list[Case]:
    cases: list[Case] = []
    for label in ("alice", "bob", "carol"):
        private = wallet_key(label)
        made = peer.call("createProfile", privateKey=private, deliveryServices=["ds.eth"])
        address = peer.call("walletAddress", privateKey=private)
        message = peer.call("keyCreationMessage", address=address, nonce=made["nonce"])
        derived = made["keys"]
        cases.append(
            {
                "name": f"profile-keys-of-wallet-{label}",
                "kind": "wallet-derivation",
                "valid": True,
                "wallet_private_key": private,
                "address": address,
                "nonce": made["nonce"],
                "message": message,
                "signature": peer.call("walletSign", privateKey=private, text=message),
                "seed": derived["storageEncryptionKey"],
                "encryption": derived["encryptionKeyPair"],
                "signing": derived["signingKeyPair"],
            }
        )
    return cases
