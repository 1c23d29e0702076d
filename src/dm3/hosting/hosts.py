"""Each service on its own: its database, its port, and an orderly end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL

from dm3.crypto import Passphrase, ProfileKeys
from dm3.delivery import DeliveryService, DeliverySettings
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net import ChainWalletVerifier, Directory, JsonRpcChain, WalletVerifier
from dm3.net.fetching import LinkFetcher
from dm3.net.guarded import open_http
from dm3.net.resolver_client import ResolverNames
from dm3.resolver import Resolver, ResolverSettings, StaticName
from dm3.service import Server
from dm3.store import Database
from dm3.wire import data_uri, delivery_service_json

from .service_keys import load_service_keys


class ResolverHost:
    """An off-chain resolver with its database ``resolver.sqlite`` in ``folder``.

    ``rpc_url`` is a chain's node, by which contract wallets are verified.
    """

    def __init__(
        self,
        settings: ResolverSettings,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rpc_url: str | None = None,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._server = Server(host=host, port=port)
        self._chain = JsonRpcChain(rpc_url) if rpc_url is not None else None
        self._database: Database | None = None

    @property
    def url(self) -> str:
        """Where it answers, once bound."""
        return self._server.url

    @property
    def domains(self) -> dict[str, str]:
        """Its URL by the domains that it serves."""
        return {domain.name: self.url for domain in self._settings.domains}

    def bind(self) -> None:
        """Take the port. Raises `ConfigurationError` when it is in use."""
        self._server.bind()

    def release(self) -> None:
        """Give the port back without having started."""
        self._server.release()

    async def start(self, static: Mapping[str, StaticName] | None = None) -> None:
        """Serve; ``static`` are further names, for as long as it runs."""
        self._database = Database.open(_sqlite(self._folder / "resolver.sqlite"), "resolver")
        resolver = Resolver(self._settings, self._database, verifier=_verifier(self._chain))
        for name, records in (static or {}).items():
            await resolver.add_static(name, records)
        self._server.app = resolver.app
        await self._server.start()

    async def stop(self) -> None:
        """Finish what is under way and close."""
        await self._server.stop()
        if self._chain is not None:
            await self._chain.close()
        if self._database is not None:
            await self._database.close()


class DeliveryHost:
    """A delivery service with its database ``delivery.sqlite`` and its keys in ``folder``.

    ``rpc_url`` is a chain's node, by which contract wallets are verified.
    """

    def __init__(
        self,
        settings: DeliverySettings,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        passphrase: Passphrase | None = None,
        allow_private: bool = False,
        rpc_url: str | None = None,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._passphrase = passphrase
        self._server = Server(host=host, port=port)
        self._http = open_http(allow_private=allow_private)
        self._chain = JsonRpcChain(rpc_url) if rpc_url is not None else None
        self._database: Database | None = None
        self._service: DeliveryService | None = None
        self._keys: ProfileKeys | None = None

    @property
    def name(self) -> str:
        """The service's ENS name."""
        return self._settings.name

    @property
    def url(self) -> str:
        """Where it answers, once bound."""
        return self._server.url

    def bind(self) -> None:
        """Take the port. Raises `ConfigurationError` when it is in use."""
        self._server.bind()

    async def profile(self) -> DeliveryServiceProfile:
        """What is to be published under the service's name; its keys are made when there are none."""
        keys = await self._own_keys()
        url = self._settings.url or self.url
        return DeliveryServiceProfile(keys.signing_public, keys.encryption_public, url.rstrip("/"))

    async def record(self) -> StaticName:
        """`profile` as the record that a resolver serves."""
        value = data_uri(delivery_service_json(await self.profile()))
        return StaticName({RecordKey.DELIVERY_SERVICE: value})

    async def start(self, resolvers: Mapping[str, str]) -> None:
        """Serve; ``resolvers`` are the base URLs of resolvers by domain."""
        self._server.bind()
        keys = await self._own_keys()
        directory = Directory(
            ResolverNames(self._http, resolvers),
            links=LinkFetcher(self._http),
            verifier=_verifier(self._chain),
        )
        self._database = Database.open(_sqlite(self._folder / "delivery.sqlite"), "delivery")
        self._service = DeliveryService(self._settings, keys, directory, self._database)
        self._service.url = self._settings.url or self.url
        self._server.app = self._service.app
        await self._server.start()

    async def stop(self) -> None:
        """Finish what is under way and close."""
        if self._service is not None:
            self._service.release_waiting()
        await self._server.stop()
        await self._http.aclose()
        if self._chain is not None:
            await self._chain.close()
        if self._database is not None:
            await self._database.close()

    async def _own_keys(self) -> ProfileKeys:
        if self._keys is None:
            self._keys = await load_service_keys(self._folder, self._passphrase)
        return self._keys


def _verifier(chain: JsonRpcChain | None) -> WalletVerifier | None:
    return None if chain is None else ChainWalletVerifier(chain)


def _sqlite(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string()
