"""Telling whether a wallet signed, whether it is a key or a contract on a chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dm3.base.errors import BadSignature, Dm3Error, MalformedData, Unreachable
from dm3.crypto import checksum_address, recover_personal
from dm3.protocol.wallets import chain_named_in, contract_signed

from .json_rpc import Chain, ask_chain


class WalletVerifier(Protocol):
    """Whoever can tell that a wallet signed a text."""

    async def signed(self, address: str, text: str | bytes, signature: str) -> bool:
        """Whether ``address`` signed ``text`` with ``personal_sign``."""


class KeyWalletVerifier:
    """Verifies wallets that are plain keys; a contract wallet's word needs a chain."""

    async def signed(self, address: str, text: str | bytes, signature: str) -> bool:
        """Whether the key of ``address`` signed ``text``."""
        try:
            return recover_personal(text, signature) == checksum_address(address)
        except (BadSignature, MalformedData):
            return False


class ChainWalletVerifier:
    """`WalletVerifier` for plain keys and for contract wallets (ERC-1271, ERC-6492).

    A contract is asked on the chain that the signed text names (EIP-4361's ``Chain ID``), where that is
    one of ``by_id``, else on ``chain``. A plain key's signature is told without asking anybody.
    """

    def __init__(self, chain: Chain, by_id: Mapping[int, Chain] | None = None) -> None:
        self._chain = chain
        self._by_id = dict(by_id or {})
        self._keys = KeyWalletVerifier()

    async def signed(self, address: str, text: str | bytes, signature: str) -> bool:
        """Whether ``address`` signed ``text``. Whatever a contract does other than confirm is a no.

        Raises `Unreachable` when the chain cannot tell now, so that nothing is refused for good that may
        be right, and `InvalidInput` when ``address`` is none.
        """
        if await self._keys.signed(address, text, signature):
            return True
        named = chain_named_in(text) if isinstance(text, str) else None
        chain = self._chain if named is None else self._by_id.get(named, self._chain)
        try:
            return await ask_chain(chain, contract_signed(checksum_address(address), text, signature))
        except Unreachable:
            raise
        except Dm3Error as error:
            raise Unreachable(f"the chain cannot tell whether a contract wallet signed ({error})") from error
