"""Signatures over text, in base64, as profiles and delivery services make them: Ed25519.

What the published text has instead, secp256k1 and hashes (specification 2.6), is read as well.
"""

from __future__ import annotations

from typing import Final

import coincurve
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import BadSignatureError

from dm3.base import from_base64, sha256_hex, to_base64
from dm3.base.errors import BadSignature, MalformedData

from .secrets import SigningPrivateKey

_SIGNATURE_BYTES = 64
_KEY_BYTES = 32
_PUBLISHED_KEYS: Final = {(33, 2), (33, 3), (65, 4)}
"""Lengths and first bytes of secp256k1 public keys (SEC 1), compressed or not."""


def is_signing_key(public_key: bytes) -> bool:
    """Whether these bytes have the form of a public signing key: Ed25519's or the published text's."""
    return len(public_key) == _KEY_BYTES or (len(public_key), *public_key[:1]) in _PUBLISHED_KEYS


def sign(key: SigningPrivateKey, text: str) -> str:
    """Sign the UTF-8 bytes of ``text``; returns base64 of 64 bytes (specification 2.4)."""
    return to_base64(crypto_sign(text.encode("utf-8"), key.reveal())[:_SIGNATURE_BYTES])


def is_signed(public_key: bytes, text: str, signature: str) -> bool:
    """Whether ``signature`` (base64) is the one of ``public_key`` (32 bytes) over ``text``."""
    # The binding hands the key on unmeasured, and C would read past the end of a short one.
    if len(public_key) != _KEY_BYTES:
        return False
    try:
        raw = from_base64(signature, what="the signature", length=_SIGNATURE_BYTES)
        crypto_sign_open(raw + text.encode("utf-8"), public_key)
    except (MalformedData, BadSignatureError, UnicodeEncodeError):
        return False
    return True


def is_data_signed(public_key: bytes, text: str, signature: str) -> bool:
    """Whether the data with the canonical JSON ``text`` is signed, in any reading of specification 2.6.

    The reference's profiles sign the text itself; the published text has them sign its hash.
    """
    return is_signed(public_key, text, signature) or is_hash_signed(public_key, text, signature)


def is_hash_signed(public_key: bytes, text: str, signature: str) -> bool:
    """Whether the hash of ``text`` is signed, as everybody does it with postmarks.

    An Ed25519 key signs the hash as text; a secp256k1 key (33 or 65 bytes) the SHA-256 itself, by ECDSA:
    64 bytes of r and s (low), after which v may stand.
    """
    try:
        if len(public_key) == _KEY_BYTES:
            return is_signed(public_key, sha256_hex(text), signature)
        return is_signing_key(public_key) and _is_signed_as_published(public_key, text, signature)
    except (MalformedData, ValueError):  # no UTF-8, no base64, no r and s, no point of the curve
        return False


def _is_signed_as_published(public_key: bytes, text: str, signature: str) -> bool:
    raw = from_base64(signature, what="the signature")
    if len(raw) not in (_SIGNATURE_BYTES, _SIGNATURE_BYTES + 1):
        return False
    encoded = cdata_to_der(deserialize_compact(raw[:_SIGNATURE_BYTES]))
    return coincurve.PublicKey(public_key).verify(encoded, text.encode("utf-8"))


def require_signed(public_key: bytes, text: str, signature: str, what: str) -> None:
    """Raise `BadSignature`, naming ``what``, unless `is_signed`."""
    if not is_signed(public_key, text, signature):
        raise BadSignature(what)
