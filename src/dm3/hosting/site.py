"""One site: an off-chain resolver and a delivery service that is published by it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from dm3.crypto import KeyWallet, Passphrase
from dm3.delivery import DeliverySettings
from dm3.net import NetworkSettings
from dm3.resolver import ResolverSettings
from dm3.service import ConnectionLimits

from .hosts import DeliveryHost, ResolverHost


class SiteSettings(Struct, frozen=True, kw_only=True):
    """What to start and where. Port 0 takes a free one; ``folder`` keeps the databases and keys.

    ``ccip_signer`` signs the resolver's answers to ENS clients. ``network`` is for both services; in a
    site, names may always lead to private addresses, as those of the site itself do.
    """

    folder: Path
    resolver: ResolverSettings
    delivery: DeliverySettings
    host: str = "127.0.0.1"
    proxies: tuple[str, ...] = ()
    connections: ConnectionLimits = ConnectionLimits()
    resolver_port: int = 0
    delivery_port: int = 0
    passphrase: Passphrase | None = None
    new_keys: bool = False
    ccip_signer: KeyWallet | None = None
    network: NetworkSettings = field(default_factory=NetworkSettings)


def with_site_logins(delivery: DeliverySettings, resolver: ResolverSettings) -> DeliverySettings:
    """The sites whose logins claim owner aliases here also open what their own entropy has sealed here."""
    logins = [(domain.name, site) for domain in resolver.domains for site in domain.siwe_domains]
    return replace(delivery, escrow_logins=tuple(dict.fromkeys((*delivery.escrow_logins, *logins))))


class Site:
    """A resolver and a delivery service. `bind` first: sites may need each other's addresses to start."""

    def __init__(self, settings: SiteSettings) -> None:
        self.resolver = ResolverHost(
            settings.resolver,
            settings.folder,
            host=settings.host,
            port=settings.resolver_port,
            proxies=settings.proxies,
            connections=settings.connections,
            signer=settings.ccip_signer,
            rpc_urls=settings.network.rpc_urls,
            timeouts=settings.network.timeouts,
        )
        self.delivery = DeliveryHost(
            with_site_logins(settings.delivery, settings.resolver),
            settings.folder,
            host=settings.host,
            port=settings.delivery_port,
            proxies=settings.proxies,
            connections=settings.connections,
            passphrase=settings.passphrase,
            new_keys=settings.new_keys,
            # Its own resolver is on this machine; what strangers' names lead to need not be.
            network=replace(
                settings.network,
                allow_private=True,
                allow_private_records=settings.network.records_may_be_private,
            ),
        )

    def bind(self) -> dict[str, str]:
        """Take both ports; returns this site's resolver by domain. Raises `ConfigurationError`."""
        self.resolver.bind()
        try:
            self.delivery.bind()
        except BaseException:
            self.resolver.release()
            raise
        return self.resolver.domains

    async def start(self, others: Mapping[str, str] | None = None) -> None:
        """Start both services; ``others`` are further resolvers by domain, for names from elsewhere."""
        known = {**(others or {}), **self.bind()}
        await self.resolver.start({self.delivery.name: await self.delivery.record()})
        await self.delivery.start(known)

    async def stop(self) -> None:
        """Finish what is under way and close everything."""
        await self.delivery.stop()
        await self.resolver.stop()

    async def __aenter__(self) -> Site:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
