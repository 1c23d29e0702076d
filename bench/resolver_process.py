"""``python -m bench.resolver_process FOLDER``: the resolver that is measured, until its input ends."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from dm3.crypto import KeyWallet, WalletKey
from dm3.hosting import ResolverHost
from dm3.resolver import DomainSettings, ResolverSettings
from dm3.service import run

DOMAIN: Final = "bench.eth"
CONTRACT: Final = "0x" + "be" * 20


async def serve(folder: Path) -> None:
    """As ``dm3 resolver`` does it, with a durable database in ``folder`` and no limits of rate."""
    settings = ResolverSettings(
        domains=(DomainSettings(name=DOMAIN, resolver_contract=CONTRACT),),
        claims_per_address=0,
        lookups_per_address=0,
    )
    host = ResolverHost(settings, folder, signer=KeyWallet(WalletKey(b"\x07" * 32)))
    try:
        await host.start()
        print(host.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await host.stop()


if __name__ == "__main__":
    run(serve(Path(sys.argv[1])))
