"""The demo's stage: two sites with real services, and the parties, each with a client of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dm3.client import App, Client, connect
from dm3.crypto import KeyWallet, RandomBytes, WalletKey
from dm3.delivery import DeliverySettings
from dm3.hosting import Site, SiteSettings
from dm3.resolver import DomainSettings, ResolverSettings

MAIN_DOMAIN = "dm3.eth"
APP_DOMAIN = "myapp.eth"
APP_PAGE = "https://myapp.example"


@dataclass
class Stage:
    """What the scenes play on: the application, the resolvers, and wallets."""

    app: App
    resolvers: dict[str, str]
    sites: tuple[Site, Site]
    wallet: KeyWallet
    random: RandomBytes
    stack: AsyncExitStack

    async def party(self) -> Client:
        """A further party: a client with a vault of its own, talking to the services over HTTP."""
        client = await connect(self.resolvers, allow_private=True, random=self.random)
        return await self.stack.enter_async_context(client)

    def new_wallet(self) -> KeyWallet:
        """A fresh wallet."""
        return KeyWallet(WalletKey(self.random(32)))


@asynccontextmanager
async def stage(folder: Path, random: RandomBytes) -> AsyncIterator[Stage]:
    """Start both sites on free loopback ports, and stop everything at the end."""
    main = Site(
        SiteSettings(
            folder=folder / "main",
            resolver=ResolverSettings(domains=(DomainSettings(name=MAIN_DOMAIN),)),
            delivery=DeliverySettings(name=f"ds.{MAIN_DOMAIN}"),
        )
    )
    application = Site(
        SiteSettings(
            folder=folder / "app",
            resolver=ResolverSettings(
                domains=(
                    DomainSettings(
                        name=APP_DOMAIN,
                        alias_parents=(APP_DOMAIN,),
                        reserved=frozenset({"addr", "ds", "lsp", "user", "www"}),
                        siwe_domains=("myapp.example",),
                    ),
                )
            ),
            delivery=DeliverySettings(name=f"ds.{APP_DOMAIN}"),
        )
    )
    resolvers = {**main.bind(), **application.bind()}
    async with AsyncExitStack() as stack:
        for site in (main, application):
            stack.push_async_callback(site.stop)
            await site.start(resolvers)
        yield Stage(
            app=App(APP_DOMAIN, APP_PAGE),
            resolvers=resolvers,
            sites=(main, application),
            wallet=KeyWallet(WalletKey(random(32))),
            random=random,
            stack=stack,
        )
