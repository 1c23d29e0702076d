"""Another program holds a service's database: ``/health`` says so, and when that is over."""

import sqlite3
from contextlib import closing

import httpx

from dm3.resolver import condition
from dm3.service import store_clock
from dm3.store.engine import opened_engine
from tests.e2e.board_scene import board_of
from tests.e2e.sdk_scene import MAIN, world_in
from tests.e2e.widget_scene import widget_app, widget_host
from tests.kit import happens, open_client


async def test_health_tells_a_locked_database_and_that_it_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(store_clock, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(condition, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(store_clock, "KEPT_OUT", 0.05)
    monkeypatch.setattr(opened_engine, "BUSY_TIMEOUT_MS", 1_000)
    async with (
        world_in(tmp_path) as world,
        widget_host(world.place, tmp_path, widget_app("desk.eth")) as widget,
        board_of(world, tmp_path / "board") as board,
        open_client() as http,
    ):
        site, folder = world.place.sites[MAIN], world.place.folder / MAIN
        held = {
            site.delivery.url: folder / "delivery.sqlite",
            site.resolver.url: folder / "resolver.sqlite",
            widget.url: tmp_path / "widget.sqlite",
            board.url: tmp_path / "board" / "board.sqlite",
        }
        for url, file in held.items():
            await tells(http, url, "")
            with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as other:
                other.execute("BEGIN IMMEDIATE")
                await tells(http, url, "seconds. Most likely another program holds it", "Another program")
                await tells(http, url, "database is locked. Another program holds it")
                other.execute("ROLLBACK")
            await tells(http, url, "")


async def tells(http: httpx.AsyncClient, url: str, *sentences: str) -> None:
    """Wait until ``/health`` tells one of these sentences of the store, or "": nothing at all."""

    async def are_told() -> bool:
        troubles = (await http.get(f"{url}/health")).json().get("troubles", ())
        told = {one["code"]: one["error"] for one in troubles}.get("store-unwritable", "")
        return any(told == sentence if not sentence else sentence in told for sentence in sentences)

    await happens(are_told, f"{url} tells {sentences[0] or 'that all is well'}")
