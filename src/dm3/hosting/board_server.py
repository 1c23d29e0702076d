"""A board on its own: its profile and database, its port, and an orderly end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dm3.board import BoardHost, BoardSettings, check_board
from dm3.client import Client, Messenger, connect, development_wallet
from dm3.crypto import Passphrase
from dm3.net import NetworkSettings
from dm3.protocol.board import MAX_ITEM_CHARS
from dm3.service import CONNECTION_LIMITS, ConnectionLimits, Server
from dm3.store import Database

from .folding import Folding
from .hosts import sqlite_url
from .service_keys import kept_passphrase

DATABASE = "board.sqlite"
VAULT = "board.vault"


class BoardServer:
    """A board with its database ``board.sqlite`` and its profile's vault ``board.vault`` in ``folder``.

    ``domain`` is the application below whose resolver the profile lives. Without ``passphrase`` a random one
    is kept beside the vault, in a file that only its owner may read.
    """

    def __init__(
        self,
        settings: BoardSettings,
        domain: str,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        proxies: Sequence[str] = (),
        connections: ConnectionLimits = CONNECTION_LIMITS,
        network: NetworkSettings | None = None,
        passphrase: Passphrase | None = None,
        delivery_services: tuple[str, ...] = (),
    ) -> None:
        self._settings = settings
        self.name = check_board(settings)
        self._domain = domain
        self._folder = folder
        self._server = Server(host=host, port=port, proxies=proxies, connections=connections)
        self._network = network or NetworkSettings()
        self._passphrase = passphrase
        self._services = delivery_services
        self._client: Client | None = None
        self._database: Database | None = None
        self._folding: Folding | None = None
        self._host: BoardHost | None = None

    @property
    def url(self) -> str:
        """Where it listens, once bound."""
        return self._server.url

    def bind(self) -> None:
        """Take the port. Raises `ConfigurationError` when it is in use."""
        self._server.bind()

    async def start(self, resolvers: Mapping[str, str]) -> None:
        """Make the profile if there is none yet, and serve; ``resolvers``: base URLs by domain.

        Raises what the services answer.
        """
        self._server.bind()
        network = self._network
        self._client = client = await connect(
            resolvers,
            vault=self._folder / VAULT,
            passphrase=self._passphrase or kept_passphrase(self._folder / f"{VAULT}.pass"),
            allow_private=network.allow_private,
            allow_private_records=network.allow_private_records,
            rpc_url=network.rpc_urls,
            ens_registry=network.ens_registry,
            ipfs_gateway=network.ipfs_gateway,
            names_file=network.names_file,
            only_ens=network.only_ens,
            timeouts=network.timeouts,
            longest_message=MAX_ITEM_CHARS,
        )
        profile = await self._profile(client)
        self._database = Database.open(sqlite_url(self._folder / DATABASE), "board")
        self._host = self._server.app = BoardHost(self._settings, self._database, client, profile)
        await self._server.start()
        self._folding = Folding(self._database)

    async def stop(self) -> None:
        """Finish what is under way and close."""
        if self._host is not None:
            self._host.release_waiting()
        if self._folding is not None:
            await self._folding.stop()
        await self._server.stop()
        if self._client is not None:
            await self._client.close()
        if self._database is not None:
            await self._database.close()

    async def _profile(self, client: Client) -> Messenger:
        wallet = await development_wallet(client, "board")
        return await client.create_profile(
            self._domain, wallet, alias=self.name, delivery_services=self._services
        )
