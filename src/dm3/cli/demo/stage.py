"""The demo's stage: two sites with real services, and the parties, each with a client of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from dm3.client import App, Client, connect
from dm3.crypto import KeyWallet, RandomBytes, WalletKey
from dm3.delivery import DeliverySettings
from dm3.hosting import Site, SiteSettings, load_signer
from dm3.net import NetworkSettings
from dm3.resolver import DomainSettings, ResolverSettings

from .chain import DemoChain

MAIN_DOMAIN = "dm3.eth"
APP_DOMAIN = "myapp.eth"
APP_PAGE = "https://myapp.example"
SEND_WAIT = 60.0
"""Seconds: whoever is shown next looks for what was sent."""


@dataclass
class Stage:
    """What the scenes play on: the application, the resolvers, and wallets."""

    app: App
    resolvers: dict[str, str]
    sites: tuple[Site, Site]
    wallet: KeyWallet
    random: RandomBytes
    stack: AsyncExitStack
    chain: DemoChain | None = None

    async def party(self) -> Client:
        """A further party: a client with a vault of its own, talking to the services over HTTP."""
        names: dict[str, Any] = {}
        if self.chain is not None:
            names = {"rpc_url": self.chain.rpc_url, "ens_registry": self.chain.registry, "only_ens": True}
        client = await connect(
            self.resolvers, allow_private=True, random=self.random, send_wait=SEND_WAIT, **names
        )
        return await self.stack.enter_async_context(client)

    def new_wallet(self) -> KeyWallet:
        """A fresh wallet."""
        return KeyWallet(WalletKey(self.random(32)))


@asynccontextmanager
async def stage(folder: Path, random: RandomBytes, chain: DemoChain | None = None) -> AsyncIterator[Stage]:
    """Start both sites on free loopback ports, and stop everything at the end.

    With a ``chain``, its contracts lead to the sites' resolvers, and everybody finds names by ENS alone.
    Raises `ConfigurationError` for a chain without the demo's domains.
    """
    main = Site(_settings(folder / "main", DomainSettings(name=MAIN_DOMAIN), chain))
    application = Site(
        _settings(
            folder / "app",
            DomainSettings(
                name=APP_DOMAIN,
                alias_parents=(APP_DOMAIN,),
                reserved=frozenset({"addr", "ds", "lp", "lsp", "user", "www"}),
                siwe_domains=("myapp.example",),
            ),
            chain,
        )
    )
    async with AsyncExitStack() as stack:
        resolvers: dict[str, str] = {}
        for site in (main, application):
            stack.push_async_callback(site.stop)
            resolvers |= site.bind()
        for site in (main, application):
            await site.start(resolvers)
        yield Stage(
            app=App(APP_DOMAIN, APP_PAGE),
            resolvers=resolvers,
            sites=(main, application),
            wallet=KeyWallet(WalletKey(random(32))),
            random=random,
            stack=stack,
            chain=chain,
        )


def _settings(folder: Path, domain: DomainSettings, chain: DemoChain | None) -> SiteSettings:
    plain = SiteSettings(
        folder=folder,
        resolver=ResolverSettings(domains=(domain,)),
        delivery=DeliverySettings(name=f"ds.{domain.name}"),
    )
    if chain is None:
        return plain
    found = chain.domain(domain.name)
    answering = replace(domain, resolver_contract=found.resolver)
    return replace(
        plain,
        resolver=ResolverSettings(domains=(answering,)),
        resolver_port=found.gateway_port,
        ccip_signer=load_signer(found.signer_file),
        network=NetworkSettings(
            rpc_urls=(chain.rpc_url,),
            ens_registry=chain.registry,
            allow_private=True,  # the gateways are on this machine
            only_ens=True,
        ),
    )
