"""escrow_copies.json: a profile's keys as delivery services keep them, sealed in each of the three ways."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Final

from nacl import bindings as sodium
from nacl import pwhash

from dm3.base import address_name, canonical_json, to_base64
from dm3.crypto import KeyWallet, WalletKey
from tests.unit.people import ALICE, BOB, MALLORY, digest, stream
from tests.vectors_services.document import Case, VectorFile, bad, good

APP: Final = "myapp.eth"
NAME: Final = address_name(ALICE.wallet.address, APP)
OUTPUT: Final = digest("what a passkey gives")
SECRETS: Final = {
    "entropy": digest("what a site gives"),
    "code": digest("what a user has on paper")[:17],
    "passkey": OUTPUT,
}
KINDS: Final = {"entropy": 1, "code": 2, "passkey": 3}


def escrow_copies() -> VectorFile:
    """The file."""
    return VectorFile(
        "escrow_copies",
        "3.8",
        "A copy (`blob`) of the keys of `profile`, for `owner`, sealed by `key` (5.9 for a passkey: `secret`"
        " is what its PRF gives). `expected` is what is in it; with `drawn` it is sealed to the same bytes.",
        [
            *[good(f"by-{by}", **_copy(by)) for by in KINDS],
            good("by-passkey-without-a-wallet", **_copy("passkey", walletPrivateKey=None)),
            good("that-the-site-can-read", **{**_copy("entropy", readableBySite=True), "drawn": None}),
            *[bad(name, failure, **_refused(**change)) for name, failure, change in _faults()],
        ],
    )


def _faults() -> list[tuple[str, str, Case]]:
    passkey, blob = _copy("passkey"), _sealed("passkey")
    altered = blob[:-1] + bytes([blob[-1] ^ 1])
    other = address_name(MALLORY.wallet.address, APP)
    kind_changed = b"\x01\x01" + blob[2:]
    site_key = {"by": "entropy", "secret": to_base64(OUTPUT)}
    return [
        ("another-passkey", "escrow-locked", {"key": {"by": "passkey", "secret": to_base64(digest("x"))}}),
        ("by-the-output-itself-as-entropy", "escrow-locked", {"key": site_key}),
        ("a-passkey-s-kind-changed-to-entropy", "escrow-locked", {"key": site_key, "blob": kind_changed}),
        ("a-code-for-a-passkey-s", "escrow-locked", {"key": _copy("code")["key"]}),
        ("for-another-owner", "escrow-locked", {"owner": BOB.wallet.address}),
        ("for-another-profile", "escrow-locked", {"profile": other}),
        ("altered", "escrow-locked", {"blob": altered}),
        ("of-another-application", "escrow-locked", {"profile": address_name(ALICE.wallet.address, "o.eth")}),
        ("of-another-profile-inside", "escrow-mismatch", {"blob": _sealed("passkey", name=other)}),
        ("of-a-later-version", "malformed", {"blob": b"\x02" + blob[1:], "key": passkey["key"]}),
        ("of-a-kind-that-there-is-none-of", "malformed", {"blob": b"\x01\x09" + blob[2:]}),
        ("cut-short", "malformed", {"blob": blob[:1]}),
    ]


def _refused(**change: Any) -> Case:
    given = {key: value for key, value in _copy("passkey").items() if key not in ("expected", "drawn")}
    if isinstance(change.get("blob"), bytes):
        change["blob"] = to_base64(change["blob"])
    return {**given, **change}


def _copy(by: str, **contents: Any) -> Case:
    salt, nonce = _drawn(by)
    held = _contents(**contents)
    account = None
    if by == "passkey":
        account = {
            "prf_input": to_base64(hashlib.sha256(f"dm3lpp/v1/passkey-salt/{APP}".encode()).digest()),
            "address": _owner(by),
        }
    return {
        "profile": NAME,
        "owner": _owner(by),
        "key": {"by": by, "secret": to_base64(SECRETS[by])},
        "account": account,
        "blob": to_base64(_sealed(by, **contents)),
        "drawn": {"salt": to_base64(salt) if salt else None, "nonce": to_base64(nonce)},
        "expected": {
            "name": held["name"],
            "seed": held["profilePrivateKey"],
            "nonce": held["nonce"],
            "signed_profile": held["signedProfile"],
            "wallet_key": held.get("walletPrivateKey"),
        },
    }


def _owner(by: str) -> str:
    """The account in whose name it is kept: a wallet's, or one that is made of the passkey's output."""
    if by != "passkey":
        return BOB.wallet.address
    entropy = _hkdf(OUTPUT, f"dm3lpp/v1/passkey-account/{APP}")
    return KeyWallet(WalletKey(_hkdf(entropy, "dm3lpp/v1/lsp-wallet/0"))).address


def _contents(**changed: Any) -> Case:
    members = {
        "name": NAME,
        "nonce": "0x" + "ab" * 32,
        "profilePrivateKey": to_base64(ALICE.keys.seed.reveal()),
        "readableBySite": False,
        "signedProfile": ALICE.signed_profile.text,
        "walletPrivateKey": to_base64(ALICE.wallet.key.reveal()),
        **changed,
    }
    return {key: value for key, value in members.items() if value is not None}


def _drawn(by: str) -> tuple[bytes, bytes]:
    random = stream(f"vectors/services/escrow_copies/{by}")
    return (random(16) if by == "code" else b""), random(24)


def _sealed(by: str, **contents: Any) -> bytes:
    """As the specification has it, by nothing of the code under test."""
    salt, nonce = _drawn(by)
    owner = _owner(by)
    header = bytes((1, KINDS[by])) + salt
    bound = {"app": APP, "label": "dm3lpp/v1/escrow", "name": NAME, "owner": owner}
    plain = json.dumps(_contents(**contents), separators=(",", ":"), sort_keys=True).encode()
    plain += b"\x80" + bytes(-(len(plain) + 1) % 1024)
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        plain, header + canonical_json(bound).encode(), nonce, _key(by, salt, owner)
    )
    return header + nonce + sealed


def _key(by: str, salt: bytes, owner: str) -> bytes:
    if by == "code":
        return pwhash.argon2id.kdf(32, SECRETS[by], salt, opslimit=3, memlimit=64 * 1024 * 1024)
    source = _hkdf(OUTPUT, f"dm3lpp/v1/passkey-sealing/{APP}") if by == "passkey" else SECRETS[by]
    return _hkdf(source, f"dm3lpp/v1/escrow/{APP}/{owner.lower()}")


def _hkdf(source: bytes, label: str) -> bytes:
    key = hmac.digest(bytes(32), source, "sha256")
    return hmac.digest(key, label.encode() + b"\x01", "sha256")
