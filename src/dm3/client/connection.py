"""Opening a client: its vault, its names, and its way to the network."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dm3.base import checked
from dm3.base.errors import Dm3Error, InvalidInput
from dm3.crypto import Passphrase, RandomBytes
from dm3.net import Network, NetworkSettings, Timeouts, WalletVerifier
from dm3.net.http import standard
from dm3.protocol.ens import MAINNET_REGISTRY
from dm3.protocol.linking import LinkPolicy
from dm3.store.vault import Vault

from .client import Client
from .connect_arguments import require_at_least, require_policy, require_registry, require_verifier, served_by
from .state import context as defaults
from .state.context import Context
from .state.look_ups import LookUps


@checked
async def connect(
    resolvers: Mapping[str, str],
    *,
    vault: Path | str | None = None,
    passphrase: str | Passphrase | None = None,
    allow_private: bool = False,
    allow_private_records: bool | None = None,
    policy: LinkPolicy | None = None,
    send_receipts: bool = False,
    take_back_replaced: bool = False,
    longest_message: int | None = None,
    rpc_url: str | Sequence[str] | None = None,
    ens_registry: str = MAINNET_REGISTRY,
    ipfs_gateway: str | None = None,
    names_file: Path | str | None = None,
    only_ens: bool = False,
    verifier: WalletVerifier | None = None,
    timeouts: Timeouts | None = None,
    send_wait: float | None = None,
    now: Callable[[], float] = time.time,
    random: RandomBytes = os.urandom,
) -> Client:
    """Open a client.

    ``resolvers``: base URLs of the off-chain resolvers by the domain that they serve. ``vault``: the file
    that keeps keys and messages, encrypted under ``passphrase``; without one all is forgotten at the end.
    ``allow_private`` lets names lead to loopback and private addresses, for development;
    ``allow_private_records`` says whether what strangers choose may, too: profile links, ENS gateways and
    services of names in ENS (None: as the rest). ``rpc_url`` is a chain's node, or several as ``[chain-
    id=]URL``: on the first, names below no domain of ``resolvers`` are looked up in the ENS registry
    ``ens_registry``; by all of them contract wallets are verified, unless ``verifier`` does it.
    ``ipfs_gateway`` is for profile links into IPFS, ``names_file`` a JSON file of names that count before
    all others, for development. With ``only_ens``, names below the domains of ``resolvers`` are looked up
    in ENS, too, so that their contracts verify what the resolvers say. ``send_receipts`` tells senders that
    their messages have come and were read. ``timeouts`` say how long services, nodes and gateways are
    waited for: longer ones than `dm3.Timeouts` has are for slow links. ``send_wait``: for how many seconds
    sending waits, once the message is kept, for a delivery service to have it (None: not at all); it goes
    on by itself.

    ``take_back_replaced``: a profile that was replaced and is served again is in force without asking; by
    default nothing is sealed for it and what it signs is not verifiable, until `PeerProfiles.take_back`.

    ``longest_message``: messages whose JSON has more characters are refused and not kept, for programs that
    take none of these; by default whatever the protocol allows is taken.

    Raises `VaultLocked` for a wrong passphrase, `StoreError`, `InvalidName`, `InvalidInput`, or
    `ConfigurationError` for URLs and files that are none.
    """
    served = served_by(resolvers)
    if vault is None and passphrase is not None:
        raise InvalidInput(
            "a passphrase was given, and no vault that it could open",
            hint="Say the file, too: vault='vault.sqlite'. Without both all is forgotten at the end.",
        )
    require_policy(policy)
    require_verifier(verifier)
    require_registry(ens_registry)
    require_at_least(0, send_wait=send_wait)
    require_at_least(1, longest_message=longest_message)
    settings = NetworkSettings(
        rpc_urls=(rpc_url,) if isinstance(rpc_url, str) else tuple(rpc_url or ()),
        ens_registry=ens_registry,
        ipfs_gateway=ipfs_gateway,
        names_file=None if names_file is None else Path(names_file),
        allow_private=allow_private,
        allow_private_records=allow_private_records,
        only_ens=only_ens,
        timeouts=timeouts or standard(),
    )
    if vault is None:
        opened = Vault.in_memory(random=random)
    else:
        if passphrase is None:
            raise InvalidInput("a vault in a file needs a passphrase")
        secret = Passphrase(passphrase.encode("utf-8")) if isinstance(passphrase, str) else passphrase
        opened = await Vault.open(Path(vault), secret, random=random)
    try:
        network = Network(served, settings, verifier=verifier, directory=LookUps)
    except Dm3Error:
        await opened.close()
        raise
    context = Context(
        http=network.http,
        http_for=network.http_for,
        directory=network.directory,
        resolvers=served,
        names=network.names,
        vault=opened,
        policy=policy or LinkPolicy(),
        send_receipts=send_receipts,
        takes_back=take_back_replaced,
        longest_message=longest_message,
        send_wait=defaults.SEND_WAIT if send_wait is None else send_wait,
        chain_id=(network.chains and network.chains.default.chain_id) or 1,
        now=now,
        random=random,
    )
    return Client(context, network)
