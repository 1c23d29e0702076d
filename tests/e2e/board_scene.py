"""A board over a real site, visitors who write to it, and readers who believe nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from dm3.board import BoardSettings
from dm3.client import App, LimitedScopeProfile
from dm3.hosting import BoardServer, sqlite_url
from dm3.net import NetworkSettings
from dm3.protocol.board import VerifiedStatement
from dm3.store import Database
from dm3.store.board import Statements
from tests.e2e.sdk_scene import APP, PAGE, World, new_wallet
from tests.kit import open_client
from tests.unit.board_reader import verified


def board_name(world: World) -> str:
    """A name that no other test's board has."""
    return f"board{world.number}.user.{APP}"


@asynccontextmanager
async def board_of(world: World, folder: Path, **settings: Any) -> AsyncIterator[BoardServer]:
    """A board, started and stopped."""
    server = BoardServer(
        BoardSettings(name=board_name(world), **settings),
        APP,
        folder,
        network=NetworkSettings(allow_private=True),
    )
    try:
        await server.start(world.resolvers)
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def operator(folder: Path) -> AsyncIterator[Statements]:
    """The operator's view, as another process beside the service has it."""
    database = Database.open(sqlite_url(folder / "board.sqlite"), "board")
    try:
        yield Statements(database)
    finally:
        await database.close()


async def visitor(world: World) -> LimitedScopeProfile:
    """An anonymous visitor."""
    return await (await world.client()).create_lsp(App(APP, PAGE), new_wallet())


async def page(server: BoardServer, query: str = "") -> dict[str, Any]:
    """A page of the feed."""
    answer: dict[str, Any] = (await ask(f"{server.url}/board/{server.name}{query}")).json()
    return answer


async def standing(server: BoardServer, hash: str) -> str:
    """Where a statement stands, "unknown" where the board has none."""
    answer = await ask(f"{server.url}/board/{server.name}/statements/{hash}")
    return "unknown" if answer.status_code == 404 else answer.json()["state"]


async def texts(server: BoardServer, query: str = "") -> list[str]:
    """What a reader sees, who verifies each statement."""
    found = [verified(entry, server.name) for entry in (await page(server, query))["items"]]
    return [one.text for one in found if isinstance(one, VerifiedStatement)]


async def ask(url: str) -> httpx.Response:
    """One request."""
    async with open_client() as http:
        return await http.get(url)
