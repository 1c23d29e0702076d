"""The wallet of a command: one of the vault, or one that signs elsewhere."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from dm3.base.errors import ConfigurationError
from dm3.client import Client, Wallet, find_development_wallet
from dm3.crypto import checksum_address, is_key_creation_text

from .output import remark
from .session import ask

WalletName = Annotated[str, typer.Option("--wallet", help="Name of the wallet in the vault.")]
Elsewhere = Annotated[
    str | None,
    typer.Option(
        "--sign-elsewhere",
        help="Address of a wallet that is not in the vault: what it is to sign is printed, and its signature "
        "waited for.",
    ),
]


class WalletElsewhere:
    """A wallet that is reached by its user alone: the text is printed, the signature typed or piped in."""

    def __init__(self, address: str) -> None:
        self.address = checksum_address(address)

    async def sign_message(self, text: str) -> str:
        """What was answered, to be checked by the caller. Raises `ConfigurationError` at the end of input."""
        if is_key_creation_text(text):
            remark(
                "Keys come from the next signature: who gets it has the profile. Show it to nobody else, and "
                "sign this text for nothing else, whatever you are told."
            )
        remark(f"Have {self.address} sign this text with personal_sign (EIP-191), to the letter:\n")
        remark(text)
        if sys.stdin.isatty():
            return str(ask("\nIts signature, 0x and 130 hex digits"))
        remark("\nThe signature, 0x and 130 hex digits, is read from standard input.")
        typed: str = await asyncio.to_thread(sys.stdin.readline)
        if not typed.strip():
            raise ConfigurationError(
                "no signature came", hint="Sign the text above, and give the signature on standard input."
            )
        return typed.strip()


async def signing_wallet(client: Client, name: str, elsewhere: str | None) -> Wallet:
    """The wallet ``name`` of the vault, or the one elsewhere. Raises `NotFound` or `InvalidInput`."""
    return await find_development_wallet(client, name) if elsewhere is None else WalletElsewhere(elsewhere)
