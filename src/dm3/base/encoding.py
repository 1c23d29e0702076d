"""Bytes as text: base64 for keys and signatures, 0x-hex for hashes and nonces (specification 2.1)."""

from __future__ import annotations

import binascii
import hashlib

from .errors import MalformedData


def to_base64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str, *, what: str = "the data", length: int | None = None) -> bytes:
    """Decode standard base64 with padding; ``length`` is the exact number of bytes wanted.

    Raises `MalformedData`, naming ``what``.
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        raise MalformedData(f"{what} is not base64") from None
    if length is not None and len(data) != length:
        raise MalformedData(f"{what} has {len(data)} bytes instead of {length}")
    return data


def to_hex(data: bytes) -> str:
    """Return ``0x`` and lower-case hex digits."""
    return "0x" + data.hex()


def from_hex(text: str, *, what: str = "the data", length: int | None = None) -> bytes:
    """Decode ``0x`` and hex digits; ``length`` is the exact number of bytes wanted.

    Raises `MalformedData`, naming ``what``.
    """
    if text[:2] not in ("0x", "0X"):
        raise MalformedData(f"{what} does not start with 0x")
    try:
        data = binascii.unhexlify(text[2:])
    except (ValueError, UnicodeEncodeError):
        raise MalformedData(f"{what} is not hex") from None
    if length is not None and len(data) != length:
        raise MalformedData(f"{what} has {len(data)} bytes instead of {length}")
    return data


def sha256_hex(text: str) -> str:
    """Return dm3's hash: SHA-256 of the UTF-8 text, as ``0x`` and hex (specification 2.1).

    Raises `MalformedData` for text that has no UTF-8 form (lone surrogates).
    """
    try:
        return "0x" + hashlib.sha256(text.encode("utf-8")).hexdigest()
    except UnicodeEncodeError:
        raise MalformedData("the text holds lone surrogates") from None


def whole_characters(text: str) -> str:
    """``text`` with U+FFFD for each half of a surrogate pair, as JavaScript's ``toWellFormed`` does it.

    JSON may hold such halves; UTF-8, and so every database and terminal, cannot.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
