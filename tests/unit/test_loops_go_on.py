"""What goes on for as long as a service or a vault is open goes on after a defect, and wakes who wait."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from dm3.board import live as board_live
from dm3.board.live import Live
from dm3.hosting import folding
from dm3.hosting.folding import Folding
from dm3.messenger import desk as messenger_desk
from dm3.messenger.desk import Desk
from dm3.messenger.settings import MessengerSettings
from dm3.net import Network, NetworkSettings
from dm3.store import Database
from dm3.widget import WidgetApp, WidgetHost, WidgetSettings
from dm3.widget import app as widget_app
from tests.kit import EVENTUALLY, eventually, happens


async def ended(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def failing(counted: list[int]) -> Any:
    """What has a defect each time."""

    async def fail(*_: object, **__: object) -> Any:
        counted.append(1)
        raise RuntimeError("a defect, made by the test")

    return fail


async def test_a_change_that_was_noticed_between_looking_and_waiting_is_not_missed(monkeypatch):
    """A reader of a board looks, finds nothing, and then waits: what is published in between wakes it."""
    monkeypatch.setattr(board_live, "LOOK_SECONDS", 0.01)
    changes = [True]
    noticed: list[bool] = []

    async def changed() -> bool:
        noticed.append(changes.pop() if changes else False)
        return noticed[-1]

    live = Live(SimpleNamespace(changed=changed))  # type: ignore[arg-type]
    news = live.news  # as it stands when the reader looks
    watching = asyncio.create_task(live.watch())
    try:
        await happens(lambda: len(noticed) > 1, "the change is noticed while nobody waits")
        await eventually(live.wait(news, 10 * EVENTUALLY), "waking")
    finally:
        await ended(watching)


async def test_a_backup_that_could_not_be_brought_up_to_date_is_tried_again(monkeypatch):
    monkeypatch.setattr(folding, "FOLD_SECONDS", 0.01)
    tried: list[int] = []
    going_on = Folding(SimpleNamespace(fold_in=failing(tried)))  # type: ignore[arg-type]
    try:
        await happens(lambda: len(tried) > 2, "it is tried again")
    finally:
        await going_on.stop()


async def test_a_widget_host_goes_on_cleaning_after_a_defect_and_stops_in_order(monkeypatch):
    monkeypatch.setattr(widget_app, "CLEANING_SECONDS", 0.01)
    app = WidgetApp(name="myapp.eth", to="desk.eth", origins=("https://shop.example",), title="Support")
    network, database = Network({}, NetworkSettings(allow_private=True)), Database.open("sqlite://", "widget")
    host = WidgetHost(WidgetSettings(apps=(app,)), network, database)
    tried: list[int] = []
    monkeypatch.setattr(host, "_forget_unused", failing(tried))
    try:
        await host._start()
        await happens(lambda: len(tried) > 2, "it is tried again")
        await host._stop()
    finally:
        await network.close()
        await database.close()


@pytest.mark.parametrize("loop", ["_read", "_look"])
async def test_a_messenger_reads_and_looks_on_after_a_defect(monkeypatch, loop):
    monkeypatch.setattr(messenger_desk, "PAUSE", 0.01)
    monkeypatch.setattr(messenger_desk, "LOOK", 0.01)
    tried: list[int] = []

    async def incoming(**_: object) -> Any:
        tried.append(1)
        if tried:
            raise RuntimeError("a defect, made by the test")
        yield

    async def open_client(_: object) -> Any:
        raise AssertionError("nothing is opened here")

    desk = Desk(MessengerSettings(open_client=open_client))
    messenger = SimpleNamespace(incoming=incoming, waiting=failing(tried), revision=0)
    going_on = asyncio.create_task(getattr(desk, loop)(messenger))
    try:
        await happens(lambda: len(tried) > 2, "it goes on")
    finally:
        await ended(going_on)
        desk.search.close()
