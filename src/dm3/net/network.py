"""The way to everybody else, put together from what is configured: names, links, wallets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
from msgspec import Struct, field

from dm3.base.errors import ConfigurationError
from dm3.protocol.ens import MAINNET_REGISTRY

from .chain.chains import Chains
from .chain.wallets import WalletVerifier
from .clients.resolver_names import ResolverNames
from .http.safe_http import open_http
from .http.timeouts import Timeouts, standard
from .names.directory import Directory
from .names.ens import EnsNames
from .names.profile_links import IpfsGateway, LinkFetcher
from .names.sources import FileNames, NameSource, NameSources


class NetworkSettings(Struct, frozen=True, kw_only=True):
    """What a client or service may use beside the resolvers that it knows. Nothing of it is needed.

    ``rpc_urls`` are nodes of chains as ``[chain-id=]URL``: on the first, names are looked up in the ENS
    registry ``ens_registry``; by all of them contract wallets are verified. ``names_file`` holds names for
    development, which count before all others. ``allow_private`` lets names, links and gateways lead to
    loopback and private addresses; ``allow_private_records`` says otherwise of what strangers choose: links,
    gateways, and services of names in ENS. ``only_ens``: known resolvers are for claims alone, and their
    names are looked up in ENS like all others, so that the contracts verify what they say. ``timeouts`` say
    how long others are waited for.
    """

    rpc_urls: tuple[str, ...] = ()
    ens_registry: str = MAINNET_REGISTRY
    ipfs_gateway: str | None = None
    names_file: Path | None = None
    allow_private: bool = False
    allow_private_records: bool | None = None
    only_ens: bool = False
    timeouts: Timeouts = field(default_factory=standard)

    @property
    def records_may_be_private(self) -> bool:
        """Whether profile links and gateways may lead to loopback and private addresses."""
        return self.allow_private if self.allow_private_records is None else self.allow_private_records


class Network:
    """An open network; close it.

    ``http`` is the guarded client, ``names`` where names come from: the file, then the resolvers of known
    domains, then ENS. Each name has one of these, and no other is asked about it. ``ens`` is there with a
    chain. ``verifier`` takes the place of what the configured chains tell of wallets. ``directory`` makes
    the directory where that is another kind of `Directory`.

    Raises `ConfigurationError`, `InvalidName` or `InvalidInput`.
    """

    def __init__(
        self,
        resolvers: Mapping[str, str],
        settings: NetworkSettings | None = None,
        *,
        verifier: WalletVerifier | None = None,
        directory: type[Directory] = Directory,
    ) -> None:
        self._settings = settings = settings or NetworkSettings()
        if settings.only_ens and not settings.rpc_urls:
            raise ConfigurationError("all names are to be looked up in ENS, and no rpc-url says where")
        self._own: list[NameSource] = []
        if settings.names_file is not None:
            self._own.append(FileNames.read(settings.names_file))
        limits = settings.timeouts
        self.chains = Chains(settings.rpc_urls, seconds=limits.chain) if settings.rpc_urls else None
        self._ipfs: IpfsGateway | None = None
        if settings.ipfs_gateway is not None:
            self._ipfs = IpfsGateway(settings.ipfs_gateway, seconds=2 * limits.fetch)
        self.http: httpx.AsyncClient = open_http(allow_private=settings.allow_private, timeout=limits.step)
        # Connections of their own: gateways and links are strangers' choice, and slow ones would take up
        # those to our own services.
        private = settings.records_may_be_private
        self._strangers = open_http(allow_private=private, timeout=limits.step)
        self.ens = self._open_ens()
        resolved = ResolverNames(self.http, resolvers)
        asked = [*self._own, *([] if settings.only_ens else [resolved])]
        self._own.append(resolved)
        self.names = NameSources(*asked, *([] if self.ens is None else [self.ens]))
        if verifier is None and self.chains is not None:
            verifier = self.chains.verifier()
        links = LinkFetcher(self._strangers, ipfs=self._ipfs, allow_private=private, seconds=limits.fetch)
        self.directory = directory(self.names, links=links, verifier=verifier, timeouts=limits)

    def _open_ens(self) -> EnsNames | None:
        if self.chains is None:
            return None
        return EnsNames(
            self.chains.default,
            self._strangers,
            registry=self._settings.ens_registry,
            allow_private=self._settings.records_may_be_private,
            timeouts=self._settings.timeouts,
        )

    def http_for(self, name: str) -> httpx.AsyncClient:
        """The client that goes where ``name`` leads: as far as links may, save for names of our own sources.

        Raises `InvalidName`.
        """
        return self.http if any(source.serves(name) for source in self._own) else self._strangers

    @property
    def ens_registry(self) -> str:
        """The address of the ENS registry on the first chain."""
        return self._settings.ens_registry

    async def close(self) -> None:
        """Close all connections."""
        if self.ens is not None:
            await self.ens.close()
        await self.http.aclose()
        await self._strangers.aclose()
        if self._ipfs is not None:
            await self._ipfs.close()
        if self.chains is not None:
            await self.chains.close()
