"""Wallets for trying things out, kept in the vault. Nobody should keep money in one."""

from __future__ import annotations

from dm3.base import checked
from dm3.base.errors import AlreadyTaken, NotFound
from dm3.crypto import KeyWallet, WalletKey
from dm3.store.vault import Conflict

from .client import Client
from .state.own_records import StoredWallet
from .state.records import WALLETS


async def find_development_wallet(client: Client, name: str) -> KeyWallet:
    """The development wallet ``name`` of the vault. Raises `NotFound`."""
    held = await client.context.vault.get(WALLETS, name)
    if held is None:
        raise NotFound(f"no wallet {name!r} is in the vault", hint="Make one: dm3 wallet create")
    return KeyWallet(held.key)


async def held_wallet(client: Client, address: str) -> KeyWallet | None:
    """The wallet of the vault with this address (EIP-55), if any."""
    for kept in await client.context.vault.entries(WALLETS):
        wallet = KeyWallet(kept.record.key)
        if wallet.address == address:
            return wallet
    return None


async def make_development_wallet(client: Client, name: str, key: WalletKey | None = None) -> KeyWallet:
    """Keep the development wallet ``name``, with a new key if none is given.

    Raises `AlreadyTaken` when there is one of that name.
    """
    wallet = StoredWallet(name, key or WalletKey(client.context.random(32)))
    try:
        await client.context.vault.put(WALLETS, name, wallet, expect=0)
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
