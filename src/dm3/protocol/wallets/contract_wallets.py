"""Wallets that are contracts: ERC-1271 asks the contract, ERC-6492 one that may not be deployed yet.

Pure: what is to be asked of a chain is yielded (`dm3.protocol.wallets.chain`); `dm3.net.chain.wallets` puts
it. Wallets that are plain keys are told by recovery and need none of this.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.base import from_hex
from dm3.base.errors import Dm3Error, MalformedData, Unreachable
from dm3.crypto import personal_hash

from .abi import decode, encode
from .chain import CallQuestion, CallReverted, ChainInquiry, CodeQuestion
from .wallet_check import WALLET_CHECK

IS_VALID_SIGNATURE: Final = bytes.fromhex("1626ba7e")
"""The selector of ``isValidSignature(bytes32,bytes)``, and its answer for yes (ERC-1271)."""
WRAPPED_SUFFIX: Final = bytes.fromhex("6492" * 16)
"""What a signature of a wallet that may not be deployed yet ends with (ERC-6492)."""
MAX_SIGNATURE_BYTES: Final = 10_000

_YES: Final = IS_VALID_SIGNATURE.ljust(32, b"\0")
_NOBODY: Final = "0x" + "00" * 20


class WrappedSignature(Struct, frozen=True):
    """An ERC-6492 signature taken apart: ``preparation`` called at ``factory`` makes the wallet able to
    confirm ``signature``."""

    factory: str
    preparation: bytes
    signature: bytes


def is_wrapped(signature: bytes) -> bool:
    """Whether ``signature`` is wrapped as ERC-6492 has it."""
    return signature.endswith(WRAPPED_SUFFIX)


def unwrap(signature: bytes) -> WrappedSignature:
    """Take a wrapped signature apart. Raises `MalformedData`."""
    factory, preparation, inner = decode(
        ("address", "bytes", "bytes"),
        signature.removesuffix(WRAPPED_SUFFIX),
        what="the signature is not wrapped as ERC-6492 has it",
    )
    return WrappedSignature(factory, preparation, inner)


def wrap(wrapped: WrappedSignature) -> bytes:
    """The signature as ERC-6492 has it."""
    parts = (wrapped.factory, wrapped.preparation, wrapped.signature)
    return encode(("address", "bytes", "bytes"), parts) + WRAPPED_SUFFIX


def erc1271_call(digest: bytes, signature: bytes) -> bytes:
    """The calldata of ``isValidSignature`` for a digest of 32 bytes."""
    return IS_VALID_SIGNATURE + encode(("bytes32", "bytes"), (digest, signature))


def is_confirmed(answer: bytes) -> bool:
    """Whether a contract's answer is ERC-1271's yes: one word, and nothing but the magic value in it.

    What follows the first word is not looked at, as Solidity does not either.
    """
    return answer[:32] == _YES


def wallet_check_code(address: str, digest: bytes, wrapped: WrappedSignature) -> bytes:
    """Creation code that asks the wallet at ``address``, after the preparation where it needs one.

    What it returns is b"\\x01" or b"\\x00", see `WalletCheck.sol`.
    """
    return WALLET_CHECK + encode(
        ("address", "bytes32", "bytes", "address", "bytes"),
        (address, digest, wrapped.signature, wrapped.factory, wrapped.preparation),
    )


def contract_signed(address: str, text: str | bytes, signature: str) -> ChainInquiry[bool]:
    """Whether the contract at ``address`` confirms ``signature`` (0x-hex) over ``text`` (EIP-191).

    In the order of ERC-6492: a wrapped signature goes to the check that prepares the wallet first; else
    the contract is asked, where there is one. Concludes with False whatever the contract does; trouble
    with the chain itself passes through, as an `Unreachable` or another `Dm3Error`.
    """
    try:
        given = from_hex(signature, what="the signature")
        digest = personal_hash(text)
        wrapped = unwrap(given) if is_wrapped(given) else None
    except MalformedData:
        return False
    if len(given) > MAX_SIGNATURE_BYTES:
        return False
    if wrapped is not None:
        return (yield from _checked(address, digest, wrapped))
    if not (yield CodeQuestion(address)):
        return False
    try:
        return is_confirmed((yield CallQuestion(address, erc1271_call(digest, given))))
    except CallReverted:
        return False
    except Unreachable:
        raise
    except Dm3Error:
        # A contract that burns all gas or answers without end makes nodes complain in many ways. The
        # check keeps the contract in bounds, so that its own failure is the node's.
        return (yield from _checked(address, digest, WrappedSignature(_NOBODY, b"", given)))


def _checked(address: str, digest: bytes, wrapped: WrappedSignature) -> ChainInquiry[bool]:
    verdict = yield CallQuestion(None, wallet_check_code(address, digest, wrapped))
    if verdict not in (b"\x00", b"\x01"):
        raise MalformedData("the node does not run creation code as it should")
    return bool(verdict == b"\x01")
