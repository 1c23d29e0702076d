"""Wallets for trying things out, kept in the vault. Nobody should keep money in one."""

from __future__ import annotations

from dm3.base import checked
from dm3.base.errors import AlreadyTaken, NotFound
from dm3.crypto import KeyWallet, WalletKey
from dm3.store.vault import Conflict

from .client import Client, context_of
from .state.own_records import StoredWallet
from .state.records import WALLETS


async def find_development_wallet(client: Client, name: str) -> KeyWallet:
    """The development wallet ``name`` of the vault. Raises `NotFound`."""
    held = await context_of(client).vault.get(WALLETS, name)
    if held is None:
        raise NotFound(f"no wallet {name!r} is in the vault", hint="Make one: dm3 wallet create")
    return KeyWallet(held.key)


async def held_wallets(client: Client) -> dict[str, KeyWallet]:
    """The development wallets of the vault by their names, in the order in which they were made."""
    kept = await context_of(client).vault.entries(WALLETS)
    return {one.record.name: KeyWallet(one.record.key) for one in kept}


async def held_wallet(client: Client, address: str) -> KeyWallet | None:
    """The wallet of the vault with this address (EIP-55), if any."""
    wallets = (await held_wallets(client)).values()
    return next((wallet for wallet in wallets if wallet.address == address), None)


async def make_development_wallet(client: Client, name: str, key: WalletKey | None = None) -> KeyWallet:
    """Keep the development wallet ``name``, with a new key if none is given.

    Raises `AlreadyTaken` when there is one of that name.
    """
    wallet = StoredWallet(name, key or WalletKey(context_of(client).random(32)))
    try:
        await context_of(client).vault.put(WALLETS, name, wallet, expect=0)
    except Conflict:
        raise AlreadyTaken(f"a wallet {name!r} is there already", hint="Choose another name.") from None
    return KeyWallet(wallet.key)


@checked
async def development_wallet(client: Client, name: str = "default") -> KeyWallet:
    """The development wallet ``name``, made when there is none yet."""
    try:
        return await find_development_wallet(client, name)
    except NotFound:
        return await make_development_wallet(client, name)
