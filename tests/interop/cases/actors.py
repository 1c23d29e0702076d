"""The fixed people and services of the vectors, and short ways to ask the reference about them.

Every key here is derived from a published label: they are for tests, never for use.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tests.interop.reference_peer import ReferencePeer

# 2024-01-02 03:04:05.678 UTC, in milliseconds; what the reference takes for "now".
NOW = 1_704_164_645_678

KeyPair = dict[str, str]


def digest(label: str) -> bytes:
    return hashlib.sha256(f"dm3 vectors: {label}".encode()).digest()


def seed(label: str) -> str:
    """A 32-byte seed in base64."""
    return base64.b64encode(digest(f"seed {label}")).decode()


def aead_nonce(label: str) -> str:
    return "0x" + digest(f"nonce {label}")[:12].hex()


def wallet_key(label: str) -> str:
    return "0x" + digest(f"wallet {label}").hex()


@dataclass(frozen=True)
class Actor:
    """A user or a delivery service with both of its key pairs."""

    ens_name: str
    seed: str
    encryption: KeyPair
    signing: KeyPair

    @property
    def reference_keys(self) -> dict[str, KeyPair]:
        return {"encryptionKeyPair": self.encryption, "signingKeyPair": self.signing}

    def reference_profile(self, *delivery_services: str) -> dict[str, Any]:
        return {
            "publicEncryptionKey": self.encryption["publicKey"],
            "publicSigningKey": self.signing["publicKey"],
            "deliveryServices": list(delivery_services),
        }


def actor(peer: ReferencePeer, ens_name: str) -> Actor:
    own = seed(ens_name)
    return Actor(
        ens_name=ens_name,
        seed=own,
        encryption=peer.call("keyPairFromSeed", seed=own),
        signing=peer.call("signingKeyPairFromSeed", seed=own),
    )


def canonical(peer: ReferencePeer, value: object) -> str:
    text: str = peer.call("stringify", json=json.dumps(value))
    return text


def hash_of(peer: ReferencePeer, value: object) -> str:
    """The protocol's hash of a value: SHA-256 of its canonical JSON."""
    result: str = peer.call("sha256", text=canonical(peer, value))
    return result


def without(value: dict[str, Any], member: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != member}


def signed(peer: ReferencePeer, value: dict[str, Any], signing: KeyPair) -> dict[str, Any]:
    """`value` with a fresh Ed25519 `signature` over the rest of it."""
    bare = without(value, "signature")
    text = canonical(peer, bare)
    return {
        **bare,
        "signature": peer.call("sign", privateKey=signing["privateKey"], text=text),
    }


def flipped_base64(text: str, position: int) -> str:
    """The same base64 text with the lowest bit of one byte flipped."""
    raw = bytearray(base64.b64decode(text))
    raw[position] ^= 1
    return base64.b64encode(raw).decode()


def shortened_base64(text: str, count: int = 1) -> str:
    return base64.b64encode(base64.b64decode(text)[:-count]).decode()


def flipped_hex(text: str, position: int) -> str:
    raw = bytearray(bytes.fromhex(text.removeprefix("0x")))
    raw[position] ^= 1
    return "0x" + raw.hex()
