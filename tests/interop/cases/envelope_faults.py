"""The negative cases of envelopes.json: one fault each, everything around it renewed."""

from __future__ import annotations

from typing import Any

from tests.interop.cases.actors import (
    NOW,
    flipped_base64,
    hash_of,
    seed,
    shortened_base64,
    signed,
    without,
)
from tests.interop.cases.document import Case
from tests.interop.cases.envelope_scene import Change, Envelope, Scene


def faulty(scene: Scene) -> list[Case]:
    hello = scene.message("hello, bob")
    plain, stamped = scene.built(hello), scene.postmarked(scene.built(hello))
    return [
        *sealed_faults(scene, plain),
        *message_faults(scene, plain, hello),
        *metadata_faults(scene, plain, hello),
        *postmark_faults(scene, stamped),
    ]


def sealed_faults(scene: Scene, plain: Envelope) -> list[Case]:
    """The same faults in each sealed part; hashes and signatures around it are renewed."""
    other = scene.peer.call("keyPairFromSeed", seed=seed("ephemeral envelope"))["publicKey"]
    changes: dict[str, tuple[str, Change]] = {
        "ciphertext-byte-flipped": (
            "tampered-ciphertext",
            lambda sealed: {**sealed, "ciphertext": flipped_base64(sealed["ciphertext"], 7)},
        ),
        "other-ephemeral-key": (
            "wrong-key",
            lambda sealed: {**sealed, "ephemPublicKey": other},
        ),
        "other-nonce": ("wrong-nonce", lambda sealed: {**sealed, "nonce": "0x" + "07" * 12}),
        "nonce-missing": ("malformed", lambda sealed: without(sealed, "nonce")),
    }
    cases: list[Case] = []
    for name, (failure, change) in changes.items():
        message = scene.changed_text(plain["message"], change)
        cases.append(scene.fault(f"message-{name}", "message", failure, scene.with_message(plain, message)))
        information = scene.changed_text(plain["metadata"]["deliveryInformation"], change)
        cases.append(
            scene.fault(
                f"delivery-information-{name}",
                "delivery_information",
                failure,
                scene.with_metadata(plain, deliveryInformation=information),
            )
        )
    return cases


def message_faults(scene: Scene, plain: Envelope, hello: dict[str, Any]) -> list[Case]:
    forged = signed(scene.peer, hello, scene.mallory.signing)
    altered = {**hello, "message": "hello, bob."}
    misdirected = scene.seal(scene.mallory, hello)
    elsewhere = scene.seal(scene.mallory, {"to": "bob.eth", "from": "alice.eth"})
    texts = {
        "message-sealed-for-someone-else": ("wrong-key", misdirected),
        "message-signed-by-someone-else": ("wrong-key", scene.seal(scene.bob, forged)),
        "message-altered-before-sealing": ("bad-signature", scene.seal(scene.bob, altered)),
        "message-is-not-json": ("malformed", "not json"),
    }
    return [
        *(
            scene.fault(name, "message", failure, scene.with_message(plain, text))
            for name, (failure, text) in texts.items()
        ),
        scene.fault(
            "delivery-information-sealed-for-someone-else",
            "delivery_information",
            "wrong-key",
            scene.with_metadata(plain, deliveryInformation=elsewhere),
        ),
    ]


def metadata_faults(scene: Scene, plain: Envelope, hello: dict[str, Any]) -> list[Case]:
    metadata = plain["metadata"]
    signature = metadata["signature"]
    unsigned = {**plain, "metadata": without(metadata, "signature")}
    flipped, cut = flipped_base64(signature, 3), shortened_base64(signature)
    current = scene.with_message_hash(plain, hash_of(scene.peer, {**hello, "message": "no"}))

    def replaced(**members: object) -> Envelope:
        return {**plain, "metadata": {**metadata, **members}}

    forged = signed(scene.peer, metadata, scene.mallory.signing)["signature"]
    faults = {
        "signature-altered": ("bad-signature", replaced(signature=flipped)),
        "version-altered": ("bad-signature", replaced(version="v2")),
        "scheme-altered": ("bad-signature", replaced(encryptionScheme="none")),
        "unknown-member-added": ("bad-signature", replaced(extra=1)),
        "signed-by-someone-else": ("wrong-key", replaced(signature=forged)),
        "signature-truncated": ("malformed", replaced(signature=cut)),
        "signature-missing": ("malformed", unsigned),
        "encrypted-message-hash-of-another": (
            "hash-mismatch",
            scene.with_metadata(plain, encryptedMessageHash="0x" + "00" * 32),
        ),
        # The text is hashed as a JSON string, in quotes, not as it stands.
        "encrypted-message-hash-of-bare-text": (
            "hash-mismatch",
            scene.with_metadata(plain, encryptedMessageHash=scene.peer.call("sha256", text=plain["message"])),
        ),
        "message-hash-of-another": ("hash-mismatch", current),
    }
    return [
        scene.fault(f"metadata-{name}", "metadata", failure, envelope)
        for name, (failure, envelope) in faults.items()
    ]


def postmark_faults(scene: Scene, stamped: Envelope) -> list[Case]:
    postmark = scene.postmark_of(stamped)
    signature = postmark["signature"]
    altered = {**postmark, "signature": flipped_base64(signature, 3)}
    later = {**postmark, "incommingTimestamp": NOW + 1}
    moved = scene.stamp({**postmark, "messageHash": "0x" + "00" * 32}, scene.service)
    whole = scene.stamp(postmark, scene.service, hashed=False)

    def sealed(content: dict[str, Any]) -> Envelope:
        return {**stamped, "postmark": scene.seal(scene.bob, content)}

    faults = {
        "signature-altered": ("bad-signature", sealed(altered)),
        "time-altered": ("bad-signature", sealed(later)),
        "signature-over-text-not-hash": ("bad-signature", sealed(whole)),
        "signed-by-someone-else": ("wrong-key", sealed(scene.stamp(postmark, scene.mallory))),
        "hash-of-another-message": ("hash-mismatch", sealed(moved)),
        "sealed-for-someone-else": (
            "wrong-key",
            {**stamped, "postmark": scene.seal(scene.mallory, postmark)},
        ),
        "ciphertext-byte-flipped": (
            "tampered-ciphertext",
            {
                **stamped,
                "postmark": scene.changed_text(
                    stamped["postmark"],
                    lambda value: {
                        **value,
                        "ciphertext": flipped_base64(value["ciphertext"], 7),
                    },
                ),
            },
        ),
        "is-not-json": ("malformed", {**stamped, "postmark": "not json"}),
    }
    return [
        scene.fault(f"postmark-{name}", "postmark", failure, envelope)
        for name, (failure, envelope) in faults.items()
    ]
