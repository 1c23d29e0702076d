"""Ethereum accounts as dm3 needs them: addresses, EIP-191 signatures, recovery (specification 1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import coincurve
from eth_hash.auto import keccak as _keccak

from dm3.base.errors import BadSignature, InvalidInput, MalformedData

from .secrets import WalletKey

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"0[xX][0-9a-fA-F]{130}")
_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def keccak(data: bytes) -> bytes:
    """Keccak-256 (32 bytes)."""
    return _keccak(data)


@lru_cache(maxsize=10_000)
def checksum_address(address: str) -> str:
    """Return ``address`` in EIP-55 form.

    Raises `InvalidInput` when it is not 0x and 40 hex digits, or is in mixed case with a wrong checksum.
    """
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise InvalidInput("an Ethereum address is 0x and 40 hex digits")
    digits = address[2:].lower()
    marks = _keccak(digits.encode("ascii")).hex()
    formed = "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )
    given = address[2:]
    if given not in (given.lower(), given.upper(), formed[2:]):
        raise InvalidInput("the Ethereum address has a wrong checksum: a digit was mistyped")
    return formed


def personal_hash(text: str | bytes) -> bytes:
    """The digest that ``personal_sign`` signs (EIP-191, version 0x45).

    Raises `MalformedData` for text that has no UTF-8 form (lone surrogates).
    """
    try:
        data = text.encode("utf-8") if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise MalformedData("the text holds lone surrogates") from None
    return _keccak(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)


def recover_digest(digest: bytes, signature: str) -> str:
    """Return the EIP-55 address whose key made ``signature`` (0x-hex, 65 bytes) over ``digest``.

    Raises `MalformedData` for another form and `BadSignature` when nothing can be recovered. Of the two
    signatures that fit one key and digest only the canonical (low s) is accepted.
    """
    if not _SIGNATURE.fullmatch(signature):
        raise MalformedData("a wallet signature is 0x and 130 hex digits")
    raw = bytes.fromhex(signature[2:])
    recovery = raw[64] - 27 if raw[64] >= 27 else raw[64]
    if recovery not in (0, 1) or int.from_bytes(raw[32:64]) > _HALF_ORDER:
        raise BadSignature("the wallet signature is not in canonical form")
    try:
        public = coincurve.PublicKey.from_signature_and_message(
            raw[:64] + bytes([recovery]), digest, hasher=None
        )
    except Exception:  # coincurve raises the bare class
        raise BadSignature("no key fits the wallet signature") from None
    return _address(public)


def recover_personal(text: str | bytes, signature: str) -> str:
    """Return the EIP-55 address that signed ``text`` with ``personal_sign``; raises as `recover_digest`."""
    return recover_digest(personal_hash(text), signature)


def _address(public: coincurve.PublicKey) -> str:
    return checksum_address("0x" + _keccak(public.format(compressed=False)[1:])[-20:].hex())


class KeyWallet:
    """A wallet whose key is here: an LSP's own wallet, or one for development."""

    __slots__ = ("_private", "address", "key")

    def __init__(self, key: WalletKey) -> None:
        self.key = key
        try:
            self._private = coincurve.PrivateKey(key.reveal())
        except ValueError:
            raise InvalidInput("these 32 bytes are not a secp256k1 private key") from None
        self.address = _address(self._private.public_key)

    def __repr__(self) -> str:
        return f"<KeyWallet {self.address}>"

    def sign_digest(self, digest: bytes) -> str:
        """Sign 32 bytes; returns 0x-hex of r, s and v (27 or 28). Deterministic (RFC 6979)."""
        raw = self._private.sign_recoverable(digest, hasher=None)
        return "0x" + (raw[:64] + bytes([raw[64] + 27])).hex()

    def sign_now(self, text: str | bytes) -> str:
        """Sign ``text`` as ``personal_sign`` does; returns 0x-hex."""
        return self.sign_digest(personal_hash(text))

    async def sign_message(self, text: str) -> str:
        """The `Wallet` way of `sign_now`."""
        return self.sign_now(text)
