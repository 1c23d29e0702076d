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
from dm3.service import SMALL_BODY, PatientRoutes, Trouble, build_app
from dm3.store import Database
from dm3.store.board import Feed, Statements

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
        statements = Statements(database)
        self._live = Live(database)
        registry = CollectorRegistry()
        refused = Counter(
            "dm3_board_refused", "Messages that were not taken as statements", ["code"], registry=registry
        )
        self._handler = StatementHandler(
            settings,
            client,
            profile,
            statements,
            clock=clock,
            changed=self._live.tell,
            refused=lambda code: refused.labels(code).inc(),
        )
        self._tasks: list[asyncio.Task[None]] = []
        routes = build_app(
            "dm3 board",
            __version__,
            Routes(settings, Feed(database), statements, self._live).routes(),
            metrics=registry,
            on_startup=[self._start],
            on_shutdown=[self._stop],
            troubles=self._troubles,
        )
        self._routes = PatientRoutes(routes, SMALL_BODY)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or follow the server's life."""
        await self._routes(scope, receive, send)

    def release_waiting(self) -> None:
        """Answer those who wait, so that the server can stop."""
        self._live.close()

    async def _start(self) -> None:
        self._tasks = [asyncio.create_task(self._handle_new()), asyncio.create_task(self._live.watch())]

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

    def _troubles(self) -> list[Trouble]:
        if not self._handler.errors:
            return []
        why = str(self._handler.errors[0])
        return [Trouble("statements-not-read", f"New statements cannot be picked up now: {why}")]
