"""A widget host on its own: its database, its port, its way to names and services, and an orderly end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from dm3.net import Network, NetworkSettings
from dm3.service import CONNECTION_LIMITS, ConnectionLimits, Server
from dm3.store import Database
from dm3.widget import WidgetApp, WidgetHost, WidgetSettings

from .folding import Folding
from .hosts import sqlite_url


class WidgetServer:
    """A widget host with its database ``widget.sqlite`` in ``folder``."""

    def __init__(
        self,
        settings: WidgetSettings,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        proxies: Sequence[str] = (),
        connections: ConnectionLimits = CONNECTION_LIMITS,
        network: NetworkSettings | None = None,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._server = Server(host=host, port=port, proxies=proxies, connections=connections)
        self._network_settings = network
        self._network: Network | None = None
        self._database: Database | None = None
        self._folding: Folding | None = None
        self._host: WidgetHost | None = None

    @property
    def apps(self) -> tuple[WidgetApp, ...]:
        """The applications that it serves."""
        return self._settings.apps

    @property
    def url(self) -> str:
        """Where browsers reach it, once bound."""
        return self._settings.url or self._server.url

    def bind(self) -> None:
        """Take the port. Raises `ConfigurationError` when it is in use."""
        self._server.bind()

    async def start(self, resolvers: Mapping[str, str]) -> None:
        """Serve; ``resolvers`` are the base URLs of resolvers by domain."""
        self._server.bind()
        settings = replace(self._settings, resolvers={**resolvers, **self._settings.resolvers})
        self._network = Network(settings.resolvers, self._network_settings)
        self._database = Database.open(sqlite_url(self._folder / "widget.sqlite"), "widget")
        self._host = self._server.app = WidgetHost(settings, self._network, self._database)
        await self._server.start()
        self._folding = Folding(self._database)

    async def stop(self) -> None:
        """Finish what is under way and close."""
        if self._host is not None:
            self._host.release_waiting()
        if self._folding is not None:
            await self._folding.stop()
        await self._server.stop()
        if self._network is not None:
            await self._network.close()
        if self._database is not None:
            await self._database.close()
