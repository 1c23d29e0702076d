"""sealing.json: x25519-chacha20-poly1305 payloads, opened and refused."""

from __future__ import annotations

import base64
from typing import Any

from tests.interop.cases.actors import (
    actor,
    aead_nonce,
    flipped_base64,
    seed,
    shortened_base64,
)
from tests.interop.cases.document import Case, VectorFile
from tests.interop.reference_peer import ReferencePeer

Sealed = dict[str, str]

# Recipes instead of long texts; 2048 is the padding block, so the sizes around it matter.
TEXTS: dict[str, tuple[str, int]] = {
    "empty": ("", 1),
    "one-byte": ("x", 1),
    "ascii": ("hello, world", 1),
    "2047-bytes": ("m", 2047),
    "2048-bytes": ("m", 2048),
    "2049-bytes": ("m", 2049),
    "4096-bytes": ("abcd", 1024),
    "latin": ("Grüße, Zoë\n", 1),
    "emoji": ("👩‍👩‍👧‍👦😀", 1),
    # Ends inside the first block in characters, but beyond it in bytes.
    "2048-characters-of-four-bytes": ("😀", 1024),
    "nul-and-padding-mark": ("a\x00\x80\x00", 1),
    "100-kilobytes": ("0123456789abcdef", 6400),
}


def sealing(peer: ReferencePeer) -> VectorFile:
    receiver = actor(peer, "bob.eth")
    described = {"seed": receiver.seed, **receiver.encryption}
    cases: list[Case] = []
    for name, (repeat, times) in TEXTS.items():
        text = repeat * times
        given = {"ephemeral_seed": seed(f"ephemeral {name}"), "nonce": aead_nonce(name)}
        sealed = peer.call(
            "encryptAsymmetric",
            publicKey=receiver.encryption["publicKey"],
            text=text,
            ephemeralSeed=given["ephemeral_seed"],
            nonce=given["nonce"],
        )
        opened = peer.call("decryptAsymmetric", keyPair=receiver.encryption, payload=sealed)
        assert opened == text, name
        short: dict[str, Any] = {"text": text}
        cases.append(
            {
                "name": name,
                "valid": True,
                "receiver": described,
                **(short if times == 1 else {"text_recipe": {"repeat": repeat, "times": times}}),
                **given,
                "sealed": sealed,
            }
        )
    for name, (failure, pair_seed, sealed) in _faults(peer).items():
        pair = peer.call("keyPairFromSeed", seed=pair_seed)
        assert peer.refuses("decryptAsymmetric", keyPair=pair, payload=sealed), name
        cases.append(
            {
                "name": name,
                "valid": False,
                "failure": failure,
                "receiver": {"seed": pair_seed, **pair},
                "sealed": sealed,
            }
        )
    return VectorFile(
        name="sealing",
        section="2.3",
        description="Texts sealed for `receiver`. With the ephemeral key pair of `ephemeral_seed`"
        " (crypto_kx_seed_keypair) and `nonce`, sealing gives exactly `sealed`.",
        packages=("crypto",),
        cases=cases,
    )


def _faults(peer: ReferencePeer) -> dict[str, tuple[str, str, Sealed]]:
    bob, carol = actor(peer, "bob.eth"), actor(peer, "carol.eth")

    def seal(label: str, text: str, **options: Any) -> Sealed:
        sealed: Sealed = peer.call(
            "encryptAsymmetric",
            publicKey=bob.encryption["publicKey"],
            text=text,
            ephemeralSeed=seed(f"ephemeral {label}"),
            nonce=aead_nonce(label),
            **options,
        )
        return sealed

    good = seal("faults", "hello, world")
    cipher = good["ciphertext"]
    other = peer.call("keyPairFromSeed", seed=seed("ephemeral other"))["publicKey"]

    def changed(**members: str) -> Sealed:
        return {**good, **members}

    def missing(member: str) -> Sealed:
        return {key: value for key, value in good.items() if key != member}

    tampered = {
        "ciphertext-first-byte-flipped": changed(ciphertext=flipped_base64(cipher, 0)),
        "ciphertext-padding-byte-flipped": changed(ciphertext=flipped_base64(cipher, 2000)),
        "tag-last-byte-flipped": changed(ciphertext=flipped_base64(cipher, -1)),
        "ciphertext-one-byte-short": changed(ciphertext=shortened_base64(cipher)),
        "ciphertext-tag-cut-off": changed(ciphertext=shortened_base64(cipher, 16)),
    }
    malformed = {
        "ciphertext-empty": changed(ciphertext=""),
        "ciphertext-shorter-than-a-tag": changed(ciphertext=base64.b64encode(bytes(15)).decode()),
        "nonce-11-bytes": changed(nonce=good["nonce"][:-2]),
        "nonce-13-bytes": changed(nonce=good["nonce"] + "00"),
        "nonce-not-hex": changed(nonce=good["nonce"][:-1] + "g"),
        "ephemeral-key-31-bytes": changed(ephemPublicKey=shortened_base64(other)),
        "ephemeral-key-missing": missing("ephemPublicKey"),
        "nonce-missing": missing("nonce"),
        "ciphertext-missing": missing("ciphertext"),
        # Authentic, but what is inside is not a text: the reference's encoder lets a lone low
        # surrogate through as three bytes, its decoder refuses them.
        "text-not-utf-8": seal("not utf-8", "\udc00"),
    }
    return {
        "other-receiver": ("wrong-key", carol.seed, good),
        "other-ephemeral-key": ("wrong-key", bob.seed, changed(ephemPublicKey=other)),
        # A key of small order would make the session key known to everyone.
        "ephemeral-key-of-small-order": (
            "weak-key",
            bob.seed,
            changed(ephemPublicKey=base64.b64encode(bytes(32)).decode()),
        ),
        "other-nonce": ("wrong-nonce", bob.seed, changed(nonce=aead_nonce("other"))),
        "padded-to-16-bytes": ("bad-padding", bob.seed, seal("padding", "hi", padding=16)),
        **{name: ("tampered-ciphertext", bob.seed, value) for name, value in tampered.items()},
        **{name: ("malformed", bob.seed, value) for name, value in malformed.items()},
    }
