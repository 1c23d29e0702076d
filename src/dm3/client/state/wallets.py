"""The user's wallet, whatever library it is of: asked for its address and its signatures here alone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable
from typing import Any, Final, Protocol, TypeAlias

from dm3.base import to_hex
from dm3.base.errors import InvalidInput
from dm3.crypto import checksum_address
from dm3.lazy import naming_extras

WANTED: Final = (
    "A wallet has an `address` and `sign_message(text)`: a dm3.KeyWallet, an account of eth_account, "
    "or an object of yours."
)
_BARE_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")


class HasSignature(Protocol):
    """What some libraries return in a signature's place, such as ``SignedMessage`` of eth_account."""

    @property
    def signature(self) -> bytes:
        """The signature."""


Signature: TypeAlias = str | bytes | HasSignature


class Wallet(Protocol):
    """The user's Ethereum account: an injected wallet, a hardware one, or `dm3.KeyWallet`.

    An account of ``eth_account`` is one as it is. A contract wallet may have a ``chain_id`` (int), the chain
    that it is on.
    """

    @property
    def address(self) -> str:
        """The account's address."""

    def sign_message(self, text: Any, /) -> Awaitable[Signature] | Signature:
        """Sign ``text`` with ``personal_sign``, async or not. Raises when the user refuses.

        Returns hex, with or without 0x, bytes, or an object that has them as ``signature``.
        """


def address_of_wallet(wallet: Wallet) -> str:
    """The wallet's address in EIP-55 form. Raises `InvalidInput` for what is no wallet."""
    address = getattr(wallet, "address", None)
    signs = callable(getattr(wallet, "sign_message", None))
    if isinstance(wallet, type) or not isinstance(address, str) or not signs:
        raise InvalidInput(f"a {_kind(wallet)} is no wallet", hint=WANTED)
    return checksum_address(address)


async def signature_of(wallet: Wallet, text: str) -> str:
    """Have ``wallet`` sign ``text``; returns 0x-hex. Raises `InvalidInput` for what is no signature."""
    given = wallet.sign_message(_for_eth_account(text) if _is_of_eth_account(wallet) else text)
    if inspect.isawaitable(given):
        given = await given
    return _as_hex(given)


def _as_hex(given: Signature) -> str:
    signature: object = getattr(given, "signature", given)
    if isinstance(signature, bytes | bytearray | memoryview):
        return to_hex(bytes(signature))
    if not isinstance(signature, str):
        raise InvalidInput(
            f"the wallet's sign_message has returned a {_kind(given)}, which is no signature",
            hint="It returns hex, bytes, or an object that has them as `signature`.",
        )
    stripped = signature.strip()
    return f"0x{stripped}" if _BARE_HEX.fullmatch(stripped) else stripped


def _is_of_eth_account(wallet: Wallet) -> bool:
    return any(one.__module__.partition(".")[0] == "eth_account" for one in type(wallet).__mro__)


def _for_eth_account(text: str) -> object:
    """The text in the form that accounts of ``eth_account`` sign as ``personal_sign`` does."""
    with naming_extras():
        from eth_account.messages import encode_defunct
    return encode_defunct(text=text)


def _kind(thing: object) -> str:
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__
