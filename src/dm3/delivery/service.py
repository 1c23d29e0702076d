"""The delivery service, put together from its rooms."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

from litestar import get

from dm3.base.version import __version__
from dm3.crypto import ProfileKeys, RandomBytes, service_key_from
from dm3.model import DeliveryServiceProfile
from dm3.net import Directory
from dm3.service import RateLimiter, build_app
from dm3.store import Database
from dm3.store.delivery import Quota
from dm3.wire import delivery_service_json

from .authenticator import Authenticator
from .condition import Condition
from .escrow import RELEASES_PER_MINUTE, Escrow
from .escrow_login import EscrowLogin
from .expiry import Cleaning
from .fetch import Fetching
from .http.app import App
from .http.escrow_routes import escrow_routes
from .http.mailbox_routes import mailbox_routes
from .http.profile_routes import profile_routes
from .http.rate_limit import per_address
from .http.rpc import RpcEndpoint
from .http.rpc_methods import rpc_methods
from .long_poll import LongPoll
from .lookups import ReceiverLookup, SenderKeyLookup
from .metrics import Metrics
from .registration import Registrar
from .settings import DeliverySettings, checked
from .store_clock import StoreClock
from .store_room import StoreRoom
from .submission import Submissions
from .tokens import Tokens
from .write_batcher import WriteBatcher


class DeliveryService:
    """A delivery service over an open database of the schema ``delivery``, which stays the caller's.

    ``app`` is the ASGI application. ``keys`` are the service's own, ``directory`` resolves senders and
    newly registered names, ``clock`` gives UNIX seconds. ``url`` may be set until somebody asks for the
    profile. Raises `ConfigurationError` when the settings are not possible.
    """

    def __init__(
        self,
        settings: DeliverySettings,
        keys: ProfileKeys,
        directory: Directory,
        database: Database,
        *,
        clock: Callable[[], float] = time.time,
        random: RandomBytes = os.urandom,
    ) -> None:
        self.settings = checked(settings)
        self.url = settings.url
        self.metrics = Metrics()
        self._keys = keys
        self._long_poll = LongPoll(database, self.settings.max_waiters, self.metrics)
        quota = Quota(self.settings.mailbox_messages, self.settings.mailbox_bytes)
        self._batcher = WriteBatcher(database, quota, self._long_poll.notify, self.metrics)
        self._tasks: list[asyncio.Task[None]] = []
        self._clock = StoreClock(database, clock)
        self._room = StoreRoom(database, most=self.settings.store_bytes, kept_free=self.settings.free_bytes)
        self._condition = Condition(self.settings.name, directory, database, self._clock, self._room)
        fetching = Fetching(self.settings, database, self._long_poll, self.metrics, self._clock)
        self._cleaning = Cleaning(
            database, fetching, self.metrics, self._clock, keep=self.settings.message_ttl
        )
        receivers = ReceiverLookup(database, time.monotonic)
        senders = SenderKeyLookup(directory, self.settings.sender_seconds, time.monotonic)
        submissions = Submissions(
            self.settings,
            keys,
            receivers,
            senders,
            self._batcher,
            self.metrics,
            self._room,
            clock=clock,
            kept_from=self._clock.keeping_now,
            random=random,
        )
        # Never before the furthest time: what was answered and forgotten since must not count again.
        tokens = Tokens(
            service_key_from(keys.seed, "tokens"),
            self.settings.name,
            clock=self._clock.keeping_now,
            random=random,
        )
        authenticator = Authenticator(self.settings, tokens, database)
        registrar = Registrar(
            self.settings.name,
            directory,
            database,
            receivers,
            self.metrics,
            random,
            self._clock.keeping_now,
            self._cleaning.wake,
            self._room,
        )
        releases = RateLimiter(RELEASES_PER_MINUTE, time.monotonic)
        escrow = Escrow(
            self.settings,
            directory,
            database,
            releases,
            service_key_from(keys.seed, "escrow"),
            clock=clock,
            random=random,
        )
        logins = EscrowLogin(escrow, self.settings, directory, database, clock=clock)
        requests = RateLimiter(self.settings.rate_per_address, time.monotonic)
        count = per_address(requests)
        rpc = RpcEndpoint(
            rpc_methods(self.settings, submissions, database),
            self.settings.size_limit,
            requests,
            self.metrics,
        )
        routes = build_app(
            "dm3 delivery service",
            __version__,
            [
                self._about(),
                *profile_routes(registrar, authenticator, database, count, self.metrics),
                *escrow_routes(escrow, logins, authenticator, count, self.metrics),
                *mailbox_routes(self.settings, authenticator, fetching),
            ],
            metrics=self.metrics.registry,
            on_startup=[self._start],
            on_shutdown=[self._stop],
            troubles=self._condition.troubles,
        )
        self.app = App(rpc, routes)

    @property
    def profile(self) -> DeliveryServiceProfile:
        """What is published under the service's ENS name."""
        return DeliveryServiceProfile(
            self._keys.signing_public, self._keys.encryption_public, self.url.rstrip("/")
        )

    def release_waiting(self) -> None:
        """Answer every fetch that waits, so that a server can stop without waiting for them."""
        self._long_poll.close()

    async def clean_up(self) -> None:
        """Remove what has expired, now; it happens every minute anyway."""
        await self._cleaning.once()

    async def _start(self) -> None:
        await self._clock.look()  # before anything that deletes
        await self._room.look()
        await self._condition.compare_name()
        self._tasks = [
            asyncio.create_task(self._cleaning.run()),
            asyncio.create_task(self._long_poll.watch()),
            asyncio.create_task(self._clock.watch()),
            asyncio.create_task(self._room.run()),
            asyncio.create_task(self._condition.watch_published(self.profile)),
        ]

    async def _stop(self) -> None:
        self.release_waiting()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._batcher.drain()

    def _about(self) -> Any:
        @get("/", sync_to_thread=False, summary="What this service is")
        def about() -> dict[str, Any]:
            return {
                "service": "dm3 delivery service",
                "name": self.settings.name,
                "version": __version__,
                "profile": delivery_service_json(self.profile),
            }

        return about
