"""signatures.json: Ed25519 as the reference makes and checks it."""

from __future__ import annotations

import base64
from typing import Any

from tests.interop.cases.actors import actor, flipped_base64, shortened_base64
from tests.interop.cases.document import Case, VectorFile
from tests.interop.cases.keys import SEEDS, TEXTS
from tests.interop.reference_peer import ReferencePeer

# The order of the Ed25519 base point, for the malleability case.
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


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
