"""A board as an ASGI application: its feed for readers, and what takes statements in behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, Counter

from dm3.base.version import __version__
from dm3.client import Client, Messenger
from dm3.service import SMALL_BODY, PatientRoutes, StoreClock, build_app
from dm3.store import Database
from dm3.store.board import STATE, Feed, Statements, last_use

from .condition import Condition
from .live import Live
from .routes import Routes
from .settings import BoardSettings, check_board
from .statement_handler import StatementHandler

log = structlog.get_logger("dm3.board")


class BoardHost:
    """A board over an open database of the schema ``board`` and an open profile; both stay the caller's.

    Raises `ConfigurationError` when the settings contradict themselves.
    """

    def __init__(
        self,
        settings: BoardSettings,
        database: Database,
        client: Client,
        profile: Messenger,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings = replace(settings, name=check_board(settings))
        self._clock = StoreClock(database, clock, STATE, last_use)
        self._live = Live(database)
        registry = CollectorRegistry()
        refused = Counter(
            "dm3_board_refused", "Messages that were not taken as statements", ["code"], registry=registry
        )
        self._handler = StatementHandler(
            settings,
            client,
            profile,
            database,
            clock=self._clock,
            changed=self._live.tell,
            refused=lambda code: refused.labels(code).inc(),
        )
        self._condition = Condition(settings.name, database, self._clock, lambda: self._handler.errors)
        self._tasks: list[asyncio.Task[None]] = []
        routes = build_app(
            "dm3 board",
            __version__,
            Routes(settings, Feed(database), Statements(database), self._live).routes(),
            metrics=registry,
            on_startup=[self._start],
            on_shutdown=[self._stop],
            troubles=self._condition.troubles,
        )
        self._routes = PatientRoutes(routes, SMALL_BODY)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or follow the server's life."""
        await self._routes(scope, receive, send)

    def release_waiting(self) -> None:
        """Answer those who wait, so that the server can stop."""
        self._live.close()

    async def _start(self) -> None:
        await self._clock.look()
        await self._condition.compare_name()
        works = (self._handle_new, self._live.watch, self._clock.watch)
        self._tasks = [asyncio.create_task(work()) for work in works]

    async def _stop(self) -> None:
        self._live.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _handle_new(self) -> None:
        """Take statements in; a defect is logged and does not end the board."""
        while True:
            try:
                await self._handler.run()
            except Exception:
                log.exception("taking statements in failed by a defect")
                await asyncio.sleep(1)
