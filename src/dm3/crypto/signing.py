"""Ed25519 signatures over text, in base64, as profiles and delivery services make them."""

from __future__ import annotations

from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import BadSignatureError

from dm3.base.encoding import from_base64, to_base64
from dm3.base.errors import BadSignature, MalformedData

from .secrets import SigningPrivateKey

_SIGNATURE_BYTES = 64
_KEY_BYTES = 32


def sign(key: SigningPrivateKey, text: str) -> str:
    """Sign the UTF-8 bytes of ``text``; returns base64 of 64 bytes (``protocol.md`` 2.4)."""
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


def require_signed(public_key: bytes, text: str, signature: str, what: str) -> None:
    """Raise `BadSignature`, naming ``what``, unless `is_signed`."""
    if not is_signed(public_key, text, signature):
        raise BadSignature(what)
