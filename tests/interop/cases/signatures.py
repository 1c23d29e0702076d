"""signatures.json: Ed25519 as the reference makes and checks it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from tests.interop.cases.actors import actor, flipped_base64, shortened_base64
from tests.interop.cases.document import Case, VectorFile
from tests.interop.cases.keys import SEEDS, TEXTS
from tests.interop.reference_peer import ReferencePeer

# The order of the Ed25519 base point, for the malleability case.
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

SMALL_ORDER: Final = {
    "one": "0100000000000000000000000000000000000000000000000000000000000000",
    "two": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "four": "0000000000000000000000000000000000000000000000000000000000000000",
    "four-negative": "0000000000000000000000000000000000000000000000000000000000000080",
    "eight": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "eight-negative": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "eight-other": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "eight-other-negative": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "one-not-canonical": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "one-with-a-sign": "0100000000000000000000000000000000000000000000000000000000000080",
    "four-not-canonical": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}
"""The points of small order by their order, and such as are not written in the one canonical way."""


def signatures(peer: ReferencePeer) -> VectorFile:
    cases: list[Case] = []
    for name, given in SEEDS.items():
        pair = peer.call("signingKeyPairFromSeed", seed=given)
        for label in ("empty", "ascii", "emoji", "canonical-json"):
            text = TEXTS[label]
            signature = peer.call("sign", privateKey=pair["privateKey"], text=text)
            cases.append(
                {
                    "name": f"seed-{name}-text-{label}",
                    "valid": True,
                    "seed": given,
                    "private_key": pair["privateKey"],
                    "public_key": pair["publicKey"],
                    "text": text,
                    "signature": signature,
                }
            )
    cases.extend(_faulty_signatures(peer))
    for case in cases:
        question: dict[str, Any] = {
            "publicKey": case["public_key"],
            "text": case["text"],
            "signature": case["signature"],
        }
        assert peer.refuses("checkSignature", **question) is not case["valid"], case["name"]
    return VectorFile(
        name="signatures",
        section="1.2",
        description="Ed25519 over the UTF-8 bytes of `text`. Signing is deterministic: with"
        " `private_key` (64 bytes, seed and public key) the same signature comes out.",
        packages=("crypto",),
        cases=cases,
    )


def _faulty_signatures(peer: ReferencePeer) -> list[Case]:
    alice, bob = actor(peer, "alice.eth"), actor(peer, "bob.eth")
    text = "The quick brown fox"
    signature = peer.call("sign", privateKey=alice.signing["privateKey"], text=text)
    public = alice.signing["publicKey"]
    raw = base64.b64decode(signature)
    scalar = int.from_bytes(raw[32:], "little") + ED25519_ORDER
    malleated = base64.b64encode(raw[:32] + scalar.to_bytes(32, "little")).decode()
    neutral = bytes([1]) + bytes(31)
    faults = {
        "other-public-key": ("wrong-key", bob.signing["publicKey"], text, signature),
        "altered-text": ("bad-signature", public, text + ".", signature),
        "text-in-another-normal-form": (
            "bad-signature",
            public,
            "Zoe\u0308",
            peer.call("sign", privateKey=alice.signing["privateKey"], text="Zo\u00eb"),
        ),
        "altered-r": ("bad-signature", public, text, flipped_base64(signature, 0)),
        "altered-s": ("bad-signature", public, text, flipped_base64(signature, 32)),
        "s-plus-group-order": ("bad-signature", public, text, malleated),
        # Every text verifies under this key where small-order keys are not refused.
        "small-order-public-key": (
            "wrong-key",
            base64.b64encode(neutral).decode(),
            text,
            base64.b64encode(neutral + bytes(32)).decode(),
        ),
        "signature-63-bytes": ("malformed", public, text, shortened_base64(signature)),
        "signature-65-bytes": ("malformed", public, text, base64.b64encode(raw + b"\0").decode()),
        "signature-empty": ("malformed", public, text, ""),
        "signature-hex-instead-of-base64": ("malformed", public, text, "0x" + raw.hex()),
        "public-key-31-bytes": ("malformed", shortened_base64(public), text, signature),
        "public-key-empty": ("malformed", "", text, signature),
    }
    for name, point in SMALL_ORDER.items():
        given = bytes.fromhex(point)
        # Where the cofactor is cleared, this one counts as a signature over any text under such a key …
        forged = base64.b64encode(neutral + bytes(32)).decode()
        key = base64.b64encode(given).decode()
        faults[f"public-key-of-order-{name}"] = ("weak-key", key, text, forged)
        # … and this one, which the key's holder can make, has another R than the one that signing gives.
        made = base64.b64encode(given + _scalar_for(alice.signing["privateKey"], given, text)).decode()
        faults[f"r-of-order-{name}"] = ("bad-signature", public, text, made)
    return [
        {
            "name": name,
            "valid": False,
            "failure": failure,
            "public_key": key,
            "text": signed_text,
            "signature": given,
        }
        for name, (failure, key, signed_text, given) in faults.items()
    ]


def _scalar_for(private_key: str, r: bytes, text: str) -> bytes:
    """S of a signature whose R is a point of small order: all of it comes from the key's own scalar."""
    raw = base64.b64decode(private_key)
    own = bytearray(hashlib.sha512(raw[:32]).digest()[:32])
    own[0] &= 248
    own[31] = own[31] & 127 | 64
    hashed = int.from_bytes(hashlib.sha512(r + raw[32:] + text.encode("utf-8")).digest(), "little")
    return (hashed * int.from_bytes(own, "little") % ED25519_ORDER).to_bytes(32, "little")
