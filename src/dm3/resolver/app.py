"""The resolver as an ASGI application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from dm3.base.version import __version__
from dm3.crypto import KeyWallet
from dm3.net import KeyWalletVerifier, WalletVerifier
from dm3.service import StoreClock, build_app
from dm3.store import Database
from dm3.store.resolver import STATE

from .address_claims import address_claim_route
from .alias_claims import alias_routes
from .ccip import Gateway
from .ccip_route import CcipEndpoint
from .cleaning import Cleaning
from .condition import Condition
from .domain_routes import domain_routes
from .http_app import App
from .lookups import lookup_routes
from .owner_alias_claims import owner_alias_route
from .records import record_route
from .registry import Registry
from .settings import ResolverSettings, StaticName, check_answer_seconds, check_limits


class Resolver:
    """An off-chain resolver over an open database of the schema ``resolver``, which stays the caller's.

    ``app`` is the ASGI application. ``signer`` signs the answers to ENS clients, which get none without it.
    ``verifier`` tells whether a wallet signed (plain keys by default); ``clock`` gives UNIX seconds.
    Raises `ConfigurationError` when the settings contradict themselves.
    """

    def __init__(
        self,
        settings: ResolverSettings,
        database: Database,
        *,
        signer: KeyWallet | None = None,
        verifier: WalletVerifier | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        store_clock = StoreClock(database, clock, STATE)
        self._registry = Registry(settings, database, verifier or KeyWalletVerifier(), store_clock)
        answer_seconds = check_answer_seconds(settings)
        check_limits(settings)
        gateway = Gateway(self._registry, signer, answer_seconds)
        self._condition = Condition(tuple(self._registry.domains), database, store_clock)
        self._cleaning = Cleaning(database, store_clock)
        self._tasks: list[asyncio.Task[None]] = []
        routes = build_app(
            "dm3 off-chain resolver",
            __version__,
            [
                *domain_routes(self._registry, signer.address if signer else None, answer_seconds),
                address_claim_route(self._registry),
                *alias_routes(self._registry),
                owner_alias_route(self._registry),
                record_route(self._registry),
                *lookup_routes(self._registry),
            ],
            metrics=self._registry.metrics.registry,
            on_startup=[self._start],
            on_shutdown=[self._stop],
            troubles=self._condition.troubles,
        )
        self.app = App(CcipEndpoint(gateway, self._registry.metrics), routes, settings)

    async def add_static(self, name: str, static: StaticName) -> None:
        """Serve ``name`` from now on, until the process ends. Raises `ConfigurationError`."""
        self._registry.add_static(name, static)

    def replace_static(self, names: Mapping[str, StaticName]) -> None:
        """Serve these static names in place of the settings'. Raises `ConfigurationError`, changing none."""
        self._registry.replace_static(names)

    async def clean_up(self) -> None:
        """Remove what is over, now; it happens every minute anyway."""
        await self._cleaning.once()

    async def _start(self) -> None:
        await self._condition.look()
        await self._condition.compare_domains()
        self._tasks = [
            asyncio.create_task(self._condition.watch()),
            asyncio.create_task(self._cleaning.run()),
        ]

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
