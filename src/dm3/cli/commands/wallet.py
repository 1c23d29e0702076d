"""`dm3 wallet`: development wallets, kept in the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dm3.client import make_development_wallet
from dm3.client.state import WALLETS
from dm3.crypto import KeyWallet

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.key_files import read_key
from ..console.output import Block, emit, emit_blocks
from ..console.session import DEFAULT_WALLET, opened

wallet_app = typer.Typer(
    help="Development wallets, kept in the vault.\n\nExample: dm3 wallet create", no_args_is_help=True
)


@command(wallet_app, "create", *CLIENT)
async def create_wallet(
    call: Call, name: Annotated[str, typer.Argument(help="What to call it.")] = DEFAULT_WALLET
) -> None:
    """Make a wallet for trying things out. Do not keep money in it.

    Example: dm3 wallet create
    """
    async with opened(call) as client:
        wallet = await make_development_wallet(client, name)
        emit({"ok": True, "name": name, "address": wallet.address}, call.json, wallet.address)


@command(wallet_app, "import", *CLIENT)
async def import_wallet(
    call: Call,
    key_file: Annotated[
        Path, typer.Option("--key-file", help="File with the private key in hex; - reads standard input.")
    ],
    name: Annotated[str, typer.Argument(help="What to call it.")] = DEFAULT_WALLET,
) -> None:
    """Take a development wallet in, such as the one that a further device has.

    Example: dm3 wallet import --key-file key.txt
    """
    key = read_key(key_file)
    async with opened(call) as client:
        wallet = await make_development_wallet(client, name, key)
        emit({"ok": True, "name": name, "address": wallet.address}, call.json, wallet.address)


@command(wallet_app, "list", *CLIENT)
async def list_wallets(call: Call) -> None:
    """Show the wallets in the vault.

    Example: dm3 wallet list
    """
    async with opened(call) as client:
        found = [kept.record for kept in await client.context.vault.entries(WALLETS)]
        data = [{"name": held.name, "address": KeyWallet(held.key).address} for held in found]
        blocks = [Block(row["name"], (("address", row["address"]),)) for row in data]
        emit_blocks(data, call.json, blocks, "There are no wallets. Make one: dm3 wallet create")
