"""Fetches that wait cost nothing while nothing happens, and other processes wake them all the same."""

import asyncio
import sqlite3

import pytest

from dm3.delivery import long_poll as waiting
from dm3.store import Database
from tests.e2e.delivery_scene import Person, serving
from tests.kit.waiting import eventually, happens

ALICE, BOB = Person("alice"), Person("bob")


@pytest.fixture
async def scene(tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        yield running


@pytest.fixture
def asked(scene, monkeypatch):
    """The answers to whether the database was changed, in their order."""
    answers, changed = [], scene.database.changed

    async def listening():
        answers.append(await changed())
        return answers[-1]

    monkeypatch.setattr(scene.database, "changed", listening)
    return answers


async def test_while_nothing_happens_no_mailbox_is_looked_at(scene, asked):
    token = await scene.arrive(BOB)
    fetches = [asyncio.create_task(scene.client.fetch(BOB, token, wait=20)) for _ in range(5)]
    await happens(lambda: asked[-3:] == [False] * 3)
    looks, count = scene.service._long_poll.looks, len(asked)
    await happens(lambda: len(asked) >= count + 30)
    assert scene.service._long_poll.looks == looks
    for fetch in fetches:
        fetch.cancel()
    await asyncio.gather(*fetches, return_exceptions=True)


async def test_what_another_process_stores_wakes_each_time(scene, asked, tmp_path):
    token = await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    async with serving(url, clock=scene.clock, names=scene.names) as other:
        cursor = "0"
        for text in ("one", "two", "three"):
            fetch = asyncio.create_task(scene.client.fetch(BOB, token, wait=300, after=cursor))
            before = len(asked)
            await happens(lambda count=before + 3: len(asked) > count and not asked[-1])  # type: ignore[misc]
            sent = await other.client.send(ALICE, BOB.name, text)
            page = await eventually(fetch, "waking")
            assert [message["hash"] for message in page["messages"]] == [sent]
            cursor = page["cursor"]


async def test_a_look_that_fails_is_made_again(scene, asked, monkeypatch, tmp_path):
    token = await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    room = scene.service._long_poll
    look = room._look
    failed: list[object] = []

    async def failing(boxes):
        if len(failed) < 2:
            failed.append(boxes)
            raise RuntimeError("away")
        await look(boxes)

    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", clock=scene.clock, names=scene.names) as other:
        fetch = asyncio.create_task(scene.client.fetch(BOB, token, wait=300))
        await happens(lambda: asked[-3:] == [False] * 3)
        monkeypatch.setattr(room, "_look", failing)
        sent = await other.client.send(ALICE, BOB.name)
        page = await eventually(fetch, "waking")
        assert [message["hash"] for message in page["messages"]] == [sent]
        assert len(failed) == 2


async def test_whether_a_database_was_changed_is_told_of_all_processes(tmp_path):
    url = f"sqlite:///{tmp_path}/some.sqlite"
    database, other = Database.open(url, "delivery"), Database.open(url, "delivery")
    try:
        assert await database.changed()
        assert not await database.changed()
        for one in (database, other):
            await one.write(lambda connection: connection.exec_driver_sql("PRAGMA user_version = 1"))
            assert await database.changed()
            assert not await database.changed()
        await database.read(lambda connection: connection.exec_driver_sql("SELECT 1"))
        assert not await database.changed()
        database._changes._connection.dbapi_connection.close()
        with pytest.raises(sqlite3.Error):
            await database.changed()
        assert await database.changed()
    finally:
        await database.close()
        await other.close()


async def test_a_database_in_memory_is_always_looked_at():
    database = Database.open("sqlite://", "delivery")
    try:
        assert await database.changed()
        assert await database.changed()
    finally:
        await database.close()
