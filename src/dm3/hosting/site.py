"""One site: an off-chain resolver and a delivery service for it, on one machine and embedded storage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy.engine import URL

from dm3.crypto import Passphrase
from dm3.delivery import DeliveryService, DeliverySettings
from dm3.model import RecordKey
from dm3.net import Directory
from dm3.net.fetching import LinkFetcher
from dm3.net.guarded import open_http
from dm3.net.resolver_client import ResolverNames
from dm3.resolver import Resolver, ResolverSettings, StaticName
from dm3.service import Server
from dm3.store import Database
from dm3.wire import data_uri, delivery_service_json

from .service_keys import load_service_keys


class SiteSettings(Struct, frozen=True, kw_only=True):
    """What to start and where: ``delivery`` names the service, whose URL follows from the port.

    Port 0 takes a free one. ``folder`` keeps the databases and keys.
    """

    folder: Path
    resolver: ResolverSettings
    delivery: DeliverySettings
    host: str = "127.0.0.1"
    resolver_port: int = 0
    delivery_port: int = 0
    passphrase: Passphrase | None = None


class Site:
    """A resolver and a delivery service. `bind` first: sites may need each other's addresses to start."""

    def __init__(self, settings: SiteSettings) -> None:
        self.settings = settings
        self._closing: list[Any] = []
        self._resolver_server = Server(host=settings.host, port=settings.resolver_port)
        self._delivery_server = Server(host=settings.host, port=settings.delivery_port)
        self.delivery: DeliveryService | None = None

    @property
    def resolver_url(self) -> str:
        """Where the resolver answers, once bound."""
        return self._resolver_server.url

    @property
    def delivery_url(self) -> str:
        """Where the delivery service answers, once bound."""
        return self._delivery_server.url

    @property
    def resolvers(self) -> dict[str, str]:
        """This site's resolver by the domains that it serves."""
        return {domain.name: self.resolver_url for domain in self.settings.resolver.domains}

    def bind(self) -> dict[str, str]:
        """Take both ports; returns `resolvers`. Raises `ConfigurationError` when one is in use."""
        self._resolver_server.bind()
        try:
            self._delivery_server.bind()
        except BaseException:
            self._resolver_server.release()
            raise
        return self.resolvers

    async def start(self, others: Mapping[str, str] | None = None) -> None:
        """Start both services; ``others`` are further resolvers by domain, for names from elsewhere."""
        settings, folder = self.settings, self.settings.folder
        known = {**(others or {}), **self.bind()}
        keys = await load_service_keys(folder, settings.passphrase)
        http = open_http(allow_private=True)
        directory = Directory(ResolverNames(http, known), links=LinkFetcher(http))
        names = Database.open(_sqlite(folder / "resolver.sqlite"), "resolver")
        mail = Database.open(_sqlite(folder / "delivery.sqlite"), "delivery")
        self._closing = [http.aclose, names.close, mail.close]
        resolver = Resolver(settings.resolver, names, verifier=directory.verifier)
        self.delivery = DeliveryService(settings.delivery, keys, directory, mail)
        self.delivery.url = settings.delivery.url or self.delivery_url
        record = data_uri(delivery_service_json(self.delivery.profile))
        static = StaticName({RecordKey.DELIVERY_SERVICE: record})
        await resolver.add_static(settings.delivery.name, static)
        self._resolver_server.app, self._delivery_server.app = resolver.app, self.delivery.app
        await self._resolver_server.start()
        await self._delivery_server.start()

    async def stop(self) -> None:
        """Finish what is under way and close everything."""
        if self.delivery is not None:
            self.delivery.release_waiting()
        await self._delivery_server.stop()
        await self._resolver_server.stop()
        for close in self._closing:
            await close()

    async def __aenter__(self) -> Site:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _sqlite(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string()
