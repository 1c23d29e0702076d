"""Each service on its own: its database, its port, and an orderly end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from dm3.crypto import KeyWallet, Passphrase, ProfileKeys
from dm3.delivery import DeliveryService, DeliverySettings
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net import Chains, Network, NetworkSettings, Timeouts
from dm3.resolver import Resolver, ResolverSettings, StaticName
from dm3.service import CONNECTION_LIMITS, ConnectionLimits, Server
from dm3.store import Database
from dm3.wire import data_uri, delivery_service_json

from .folding import Folding
from .service_past import own_keys


class ResolverHost:
    """An off-chain resolver with its database ``resolver.sqlite`` in ``folder``.

    ``signer`` signs the answers to ENS clients, which get none without it.
    ``rpc_urls`` are nodes of chains (``[chain-id=]URL``), by which contract wallets are verified, each
    within ``timeouts``.
    """

    def __init__(
        self,
        settings: ResolverSettings,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        proxies: Sequence[str] = (),
        connections: ConnectionLimits = CONNECTION_LIMITS,
        signer: KeyWallet | None = None,
        rpc_urls: Sequence[str] = (),
        timeouts: Timeouts | None = None,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._signer = signer
        self._server = Server(host=host, port=port, proxies=proxies, connections=connections)
        chain_seconds = None if timeouts is None else timeouts.chain
        self._chains = Chains(rpc_urls, seconds=chain_seconds) if rpc_urls else None
        self._folding: Folding | None = None
        self._database: Database | None = None
        self._resolver: Resolver | None = None

    @property
    def url(self) -> str:
        """Where it answers, once bound."""
        return self._server.url

    @property
    def signer(self) -> str | None:
        """The address that signs answers to ENS clients, if any."""
        return self._signer.address if self._signer else None

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

    def replace_static(self, names: Mapping[str, StaticName]) -> None:
        """Serve these static names in place of the configured ones, while it runs.

        Raises `ConfigurationError`, and those before stay.
        """
        if self._resolver is not None:
            self._resolver.replace_static(names)

    async def start(self, static: Mapping[str, StaticName] | None = None) -> None:
        """Serve; ``static`` are further names, for as long as it runs."""
        self._database = Database.open(sqlite_url(self._folder / "resolver.sqlite"), "resolver")
        verifier = None if self._chains is None else self._chains.verifier()
        resolver = Resolver(self._settings, self._database, signer=self._signer, verifier=verifier)
        for name, records in (static or {}).items():
            await resolver.add_static(name, records)
        self._resolver = resolver
        self._server.app = resolver.app
        await self._server.start()
        self._folding = Folding(self._database)

    async def stop(self) -> None:
        """Finish what is under way and close."""
        if self._folding is not None:
            await self._folding.stop()
        await self._server.stop()
        if self._chains is not None:
            await self._chains.close()
        if self._database is not None:
            await self._database.close()


class DeliveryHost:
    """A delivery service with its database ``delivery.sqlite`` and its keys in ``folder``.

    ``network`` says how names and wallets are found out about beyond the known resolvers; ``new_keys``
    accepts other keys than those with which the data were served before.
    """

    def __init__(
        self,
        settings: DeliverySettings,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        proxies: Sequence[str] = (),
        connections: ConnectionLimits = CONNECTION_LIMITS,
        passphrase: Passphrase | None = None,
        network: NetworkSettings | None = None,
        new_keys: bool = False,
    ) -> None:
        self._settings = settings
        self._new_keys = new_keys
        self._folder = folder
        self._passphrase = passphrase
        self._server = Server(host=host, port=port, proxies=proxies, connections=connections)
        self._network_settings = network
        self._network: Network | None = None
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
        """What is to be published under the service's name; a new service's keys are made for it.

        Raises `ConfigurationError` where the keys that belong to the service's data are missing.
        """
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
        self._network = Network(resolvers, self._network_settings)
        directory = self._network.directory
        self._service = DeliveryService(self._settings, keys, directory, self._opened())
        self._service.url = self._settings.url or self.url
        self._server.app = self._service.app
        await self._server.start()

    async def stop(self) -> None:
        """Finish what is under way and close."""
        if self._service is not None:
            self._service.release_waiting()
        await self._server.stop()
        if self._network is not None:
            await self._network.close()
        if self._database is not None:
            await self._database.close()

    async def _own_keys(self) -> ProfileKeys:
        if self._keys is None:
            self._keys = await own_keys(
                self._folder, self._passphrase, self._opened(), new_keys=self._new_keys
            )
        return self._keys

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database.open(sqlite_url(self._folder / "delivery.sqlite"), "delivery")
        return self._database


def sqlite_url(path: Path) -> str:
    """The database URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string()
