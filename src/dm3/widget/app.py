"""The widget host as an ASGI application: pages for browsers and the gateway behind them.

Specification 5.7.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from dm3.base.errors import Dm3Error
from dm3.base.version import __version__
from dm3.crypto import RandomBytes
from dm3.net import Network
from dm3.service import PatientRoutes, StoreClock, Trouble, build_app, clock_troubles, page_by_page
from dm3.store import Database
from dm3.store.widget import STATE, WrappingKeys, forget_unused, last_use

from .applications import Applications
from .forwarding import MAX_BODY, Forwarding
from .limits import VisitorLimits
from .names import NameLookups
from .pages import Assets, page_routes
from .sending import Sending
from .settings import WidgetSettings, check_apps
from .texts import check_texts
from .wrapping import DAY, Wrapping

CLEANING_SECONDS: Final = 3_600

log = structlog.get_logger("dm3.widget")


class WidgetHost:
    """A widget host over an open database of the schema ``widget``, which stays the caller's.

    ``network`` is how names and services are reached. Raises `ConfigurationError` when the settings
    contradict themselves or the browser's part has not been built.
    """

    def __init__(
        self,
        settings: WidgetSettings,
        network: Network,
        database: Database,
        *,
        clock: Callable[[], float] = time.time,
        random: RandomBytes = os.urandom,
    ) -> None:
        apps = check_apps(settings)
        assets = Assets()
        check_texts(apps.values(), assets.texts, assets.languages)
        applications = Applications(apps, settings.resolvers)
        self._database = database
        self._clock = StoreClock(database, clock, STATE, last_use)
        self._keys = keys = WrappingKeys(database)
        lookups = VisitorLimits(
            apps, lambda app: app.lookups_per_visitor, settings.lookups_per_address, time.monotonic
        )
        self._forwarding = forwarding = Forwarding(
            applications,
            network.directory,
            network.http,
            VisitorLimits(
                apps, lambda app: app.lookups_per_visitor, settings.lookups_per_address, time.monotonic
            ),
        )
        wraps = VisitorLimits(
            apps, lambda app: app.keys_per_visitor, settings.wraps_per_address, time.monotonic
        )
        sends = VisitorLimits(
            apps, lambda app: app.sends_per_visitor, settings.sends_per_profile, time.monotonic
        )
        routes = build_app(
            "dm3 widget host",
            __version__,
            [
                *page_routes(applications, assets),
                *NameLookups(applications, network, lookups).routes(),
                *forwarding.routes(),
                *Sending(applications, forwarding, network, sends, time.monotonic).routes(),
                *Wrapping(applications, keys, wraps, random, self._clock.keeping_now).routes(),
            ],
            metrics=CollectorRegistry(),
            max_body=MAX_BODY,
            on_startup=[self._start],
            on_shutdown=[self._stop],
            any_origin=False,
            troubles=self._troubles,
        )
        self._routes = PatientRoutes(routes, MAX_BODY)
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or follow the server's life."""
        await self._routes(scope, receive, send)

    def release_waiting(self) -> None:
        """Answer those who wait, so that the server can stop."""
        self._forwarding.release_waiting()

    async def _start(self) -> None:
        await self._clock.look()
        self._tasks = [asyncio.create_task(work()) for work in (self._clean, self._clock.watch)]

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _clean(self) -> None:
        """Forget keys that nobody has used for too long; a failure is told and tried again."""
        while True:
            try:
                await self._forget_unused()
            except Dm3Error as error:
                log.warning("wrapping keys cannot be cleaned up", reason=error.code)
            except Exception:  # the next round may succeed
                log.exception("cleaning up wrapping keys failed by a defect")
            await asyncio.sleep(CLEANING_SECONDS)

    async def _forget_unused(self) -> None:
        await self._clock.look()
        today = self._clock.deleting_now() // DAY

        def unused(connection: Connection, most: int) -> tuple[int, bool]:
            return forget_unused(connection, today, most)

        async for _ in page_by_page(self._database, unused):
            pass
        await self._keys.count_anew()

    def _troubles(self) -> tuple[Trouble, ...]:
        """What ``/health`` tells."""
        return clock_troubles(
            self._clock,
            jumped="Nothing is deleted",
            set_back="Limits of time may be wrong meanwhile",
            unwritable="The store cannot be written",
        )
