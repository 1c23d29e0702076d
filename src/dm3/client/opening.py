"""Opening a client: its vault, its names, and its way to the network."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dm3.base import normalize
from dm3.base.errors import InvalidInput
from dm3.crypto import Passphrase, RandomBytes
from dm3.net import ChainWalletVerifier, Directory, JsonRpcChain, WalletVerifier
from dm3.net.fetching import LinkFetcher
from dm3.net.guarded import open_http
from dm3.net.resolver_client import ResolverNames
from dm3.protocol.linking import LinkPolicy
from dm3.store.vault import Vault

from .client import Client
from .context import Context


async def connect(
    resolvers: Mapping[str, str],
    *,
    vault: Path | str | None = None,
    passphrase: str | Passphrase | None = None,
    allow_private: bool = False,
    policy: LinkPolicy | None = None,
    send_receipts: bool = False,
    rpc_url: str | None = None,
    verifier: WalletVerifier | None = None,
    now: Callable[[], float] = time.time,
    random: RandomBytes = os.urandom,
) -> Client:
    """Open a client.

    ``resolvers``: base URLs of the off-chain resolvers by the domain that they serve. ``vault``: the file
    that keeps keys and messages, encrypted under ``passphrase``; without one all is forgotten at the end.
    ``allow_private`` lets names lead to loopback and private addresses, for development. ``rpc_url`` is a
    chain's node, by which contract wallets are verified; ``verifier`` does it in its place.
    ``send_receipts`` tells senders that their messages have come and were read.

    Raises `VaultLocked` for a wrong passphrase, `StoreError`, `InvalidName`, `InvalidInput`, or
    `ConfigurationError` for an ``rpc_url`` that is none.
    """
    served = {normalize(domain): url for domain, url in resolvers.items()}
    chain = JsonRpcChain(rpc_url) if rpc_url is not None else None
    if verifier is None and chain is not None:
        verifier = ChainWalletVerifier(chain)
    if vault is None:
        opened = Vault.in_memory(random=random)
    else:
        if passphrase is None:
            raise InvalidInput("a vault in a file needs a passphrase")
        secret = Passphrase(passphrase.encode("utf-8")) if isinstance(passphrase, str) else passphrase
        opened = await Vault.open(Path(vault), secret, random=random)
    http = open_http(allow_private=allow_private)
    names = ResolverNames(http, served)
    directory = Directory(names, links=LinkFetcher(http), verifier=verifier)
    context = Context(
        http=http,
        directory=directory,
        resolvers=served,
        names=names,
        vault=opened,
        policy=policy or LinkPolicy(),
        send_receipts=send_receipts,
        now=now,
        random=random,
    )
    return Client(context, chain)
