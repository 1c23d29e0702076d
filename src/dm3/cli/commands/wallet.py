"""`dm3 wallet`: development wallets, kept in the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dm3.base.errors import InvalidInput
from dm3.client import find_development_wallet, held_wallets, make_development_wallet

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.key_files import read_key, read_keystore, write_key
from ..console.output import Block, emit, emit_blocks, remark
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
        Path | None,
        typer.Option("--key-file", help="File with the private key in hex; - reads standard input."),
    ] = None,
    keystore: Annotated[
        Path | None,
        typer.Option("--keystore", help="Keystore file (JSON) of an Ethereum client, under a passphrase."),
    ] = None,
    keystore_passphrase_file: Annotated[
        Path | None, typer.Option("--keystore-passphrase-file", help="File with that passphrase.")
    ] = None,
    name: Annotated[str, typer.Argument(help="What to call it.")] = DEFAULT_WALLET,
) -> None:
    """Take a wallet in: the one that a further device has, or the keystore file of an Ethereum client.

    Example: dm3 wallet import --keystore UTC--2026-11-28T…
    """
    if (key_file is None) == (keystore is None):
        raise InvalidInput("say either --key-file or --keystore")
    if key_file is not None:
        key = read_key(key_file)
    else:
        key = read_keystore(Path(str(keystore)), keystore_passphrase_file)
    async with opened(call) as client:
        wallet = await make_development_wallet(client, name, key)
        emit({"ok": True, "name": name, "address": wallet.address}, call.json, wallet.address)


@command(wallet_app, "export", *CLIENT)
async def export_wallet(
    call: Call,
    file: Annotated[Path, typer.Argument(help="The new file for the private key.")],
    name: Annotated[str, typer.Option("--wallet", help="Name of the wallet in the vault.")] = DEFAULT_WALLET,
) -> None:
    """Write a wallet's private key into a file that only you may read, for another vault of yours.

    Who reads the file has the wallet, and every profile that was made with it. There, take it in with
    dm3 wallet import --key-file FILE, and remove it.

    Example: dm3 wallet export key.txt
    """
    async with opened(call) as client:
        wallet = await find_development_wallet(client, name)
        write_key(file, wallet)
        data = {"ok": True, "name": name, "address": wallet.address, "file": str(file)}
        emit(data, call.json, f"the private key of {wallet.address} is in {file}")
        remark(
            "It is NOT encrypted: who reads the file has the wallet, and every profile made with it. "
            "Remove it once it is taken in: dm3 wallet import --key-file FILE"
        )


@command(wallet_app, "list", *CLIENT)
async def list_wallets(call: Call) -> None:
    """Show the wallets in the vault.

    Example: dm3 wallet list
    """
    async with opened(call) as client:
        found = await held_wallets(client)
        rows = [{"name": name, "address": wallet.address} for name, wallet in found.items()]
        blocks = [Block(row["name"], (("address", row["address"]),)) for row in rows]
        emit_blocks(
            {"ok": True, "wallets": rows},
            call.json,
            blocks,
            "There are no wallets. Make one: dm3 wallet create",
        )
