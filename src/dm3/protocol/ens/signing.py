"""Signed answers of a CCIP-Read gateway, in the two forms that resolver contracts verify (specification 2.5).

ENS's OffchainResolver recovers the signer from the digest itself, dm3's ERC3668Resolver (through its
SignatureCcipVerifier) from the EIP-191 digest of it. In both the target is the resolver contract, so that
an answer for one resolver is worth nothing at another.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.base import from_hex, to_hex
from dm3.base.errors import BadSignature, MalformedData
from dm3.crypto import KeyWallet, checksum_address, keccak, personal_hash, recover_digest

from .abi import WORD, read_bytes, read_word, write_tail, write_word

_PREFIX: Final = b"\x19\x00"
_SIGNATURE_BYTES: Final = 65
_MAX_TIME: Final = 2**64 - 1


class Scheme(StrEnum):
    """Which contract verifies the answer."""

    OFFCHAIN_RESOLVER = "offchain-resolver"
    ERC3668_RESOLVER = "erc3668-resolver"


class ExpiredAnswer(BadSignature):
    """The gateway's answer is no longer valid."""

    code = "expired-answer"
    hint = "Ask again; if it stays so, the clocks of gateway and chain are too far apart."


class SignedAnswer(Struct, frozen=True):
    """An answer taken apart; ``expires`` in UNIX seconds."""

    result: bytes
    expires: int
    signature: bytes


def answer_digest(scheme: Scheme, target: str, expires: int, request: bytes, result: bytes) -> bytes:
    """What is signed (32 bytes): ``target`` is the resolver's address, ``request`` the whole calldata."""
    digest = keccak(
        _PREFIX
        + from_hex(target, what="the resolver's address", length=20)
        + expires.to_bytes(8)
        + keccak(request)
        + keccak(result)
    )
    return personal_hash(digest) if scheme is Scheme.ERC3668_RESOLVER else digest


def sign_answer(
    scheme: Scheme, wallet: KeyWallet, *, target: str, expires: int, request: bytes, result: bytes
) -> bytes:
    """The ABI-encoded answer ``(bytes result, uint64 expires, bytes signature)`` to ``request``."""
    digest = answer_digest(scheme, target, expires, request, result)
    return write_answer(SignedAnswer(result, expires, from_hex(wallet.sign_digest(digest))))


def write_answer(answer: SignedAnswer) -> bytes:
    """``answer`` ABI-encoded."""
    result, signature = write_tail(answer.result), write_tail(answer.signature)
    heads = write_word(3 * WORD) + write_word(answer.expires) + write_word(3 * WORD + len(result))
    return heads + result + signature


def read_answer(data: bytes) -> SignedAnswer:
    """Take an ABI-encoded answer apart. Raises `MalformedData`."""
    expires = read_word(data, WORD)
    signature = read_bytes(data, 2 * WORD)
    if expires > _MAX_TIME or len(signature) != _SIGNATURE_BYTES:
        raise MalformedData("the gateway's answer has another form")
    return SignedAnswer(read_bytes(data, 0), expires, signature)


def verify_answer(
    scheme: Scheme, answer: bytes, *, target: str, request: bytes, signer: str, now: float
) -> bytes:
    """The result in ``answer``, if ``signer`` signed it for ``request`` and ``target``.

    What the contract checks, before anything is on a chain.

    Raises `MalformedData`, `BadSignature`, or `ExpiredAnswer` at ``now`` (UNIX seconds).
    """
    read = read_answer(answer)
    digest = answer_digest(scheme, target, read.expires, request, read.result)
    if recover_digest(digest, to_hex(read.signature)) != checksum_address(signer):
        raise BadSignature("the gateway's answer is not signed by the expected signer for this request")
    if read.expires < now:
        raise ExpiredAnswer()
    return read.result
