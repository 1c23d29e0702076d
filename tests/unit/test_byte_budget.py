"""Bytes in memory: bounded in all and for each source, in order of asking, and nobody keeps them for ever."""

import asyncio

import pytest

from dm3.service import budget
from dm3.service.budget import Busy, ByteBudget

EVENTUALLY = 60


class Holder:
    """A share and whether it was asked to give way."""

    def __init__(self, shared, source):
        self.asked = asyncio.Event()
        self.share = shared.share(source, self.asked.set)

    async def take(self, size):
        await self.share.take(size)
        return self


async def until(condition):
    async with asyncio.timeout(EVENTUALLY):
        while not condition():  # noqa: ASYNC110 - what waits inside has no events
            await asyncio.sleep(0)


async def test_what_fits_is_granted_at_once_and_given_back():
    shared = ByteBudget(100, 60)
    one = await Holder(shared, "a").take(60)
    with (await Holder(shared, "b").take(40)).share:
        assert shared.held == 100
    assert shared.held == 60
    one.share.give_back()
    one.share.give_back()
    assert shared.held == 0


async def test_the_first_of_a_source_fits_whatever_its_size_when_there_is_room():
    shared = ByteBudget(100, 60)
    await Holder(shared, "a").take(90)
    assert shared.held == 90
    shared = ByteBudget(100, 60)
    await Holder(shared, "a").take(1_000)
    assert shared.held == 1_000


async def test_a_source_waits_for_itself_and_holds_up_no_other():
    shared = ByteBudget(100, 50)
    first = await Holder(shared, "a").take(50)
    waiting = asyncio.create_task(Holder(shared, "a").take(10))
    await until(lambda: shared._waiting)
    await asyncio.wait_for(Holder(shared, "b").take(50), EVENTUALLY)
    assert not waiting.done()
    first.share.give_back()
    await asyncio.wait_for(waiting, EVENTUALLY)
    assert shared.held == 60


async def test_who_asked_first_gets_the_room_first_though_it_needs_more():
    shared = ByteBudget(100, 100)
    first = await Holder(shared, "a").take(100)
    big = asyncio.create_task(Holder(shared, "b").take(90))
    await until(lambda: len(shared._waiting) == 1)
    small = asyncio.create_task(Holder(shared, "c").take(20))
    await until(lambda: len(shared._waiting) == 2)
    first.share.give_back()
    holder = await asyncio.wait_for(big, EVENTUALLY)
    assert not small.done()
    holder.share.give_back()
    await asyncio.wait_for(small, EVENTUALLY)


async def test_what_is_held_longest_gives_way_and_what_is_settled_does_not(monkeypatch):
    monkeypatch.setattr(budget, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(budget, "LOOK_SECONDS", 0.01)
    shared = ByteBudget(100, 50)
    settled = await Holder(shared, "a").take(25)
    settled.share.settle()
    held = await Holder(shared, "a").take(25)
    other = await Holder(shared, "b").take(50)
    waiting = asyncio.create_task(Holder(shared, "a").take(25))
    await asyncio.wait_for(held.asked.wait(), EVENTUALLY)
    assert not settled.asked.is_set()
    assert not other.asked.is_set()
    held.share.give_back()
    await asyncio.wait_for(waiting, EVENTUALLY)


async def test_of_others_the_source_with_most_gives_way(monkeypatch):
    monkeypatch.setattr(budget, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(budget, "LOOK_SECONDS", 0.01)
    shared = ByteBudget(100, 80)
    little = await Holder(shared, "a").take(30)
    much = await Holder(shared, "b").take(70)
    waiting = asyncio.create_task(Holder(shared, "c").take(50))
    await asyncio.wait_for(much.asked.wait(), EVENTUALLY)
    much.share.give_back()
    await asyncio.wait_for(waiting, EVENTUALLY)
    assert not little.asked.is_set()


async def test_nobody_gives_way_before_its_time(monkeypatch):
    monkeypatch.setattr(budget, "WAIT_SECONDS", 0.05)
    shared = ByteBudget(100, 100)
    held = await Holder(shared, "a").take(100)
    with pytest.raises(Busy):
        await Holder(shared, "b").take(1)
    assert not held.asked.is_set()
    assert shared._waiting == []


async def test_only_so_many_wait(monkeypatch):
    monkeypatch.setattr(budget, "MAX_WAITING", 1)
    shared = ByteBudget(100, 100)
    held = await Holder(shared, "a").take(100)
    waiting = asyncio.create_task(Holder(shared, "b").take(1))
    await until(lambda: shared._waiting)
    with pytest.raises(Busy):
        await Holder(shared, "c").take(1)
    held.share.give_back()
    await asyncio.wait_for(waiting, EVENTUALLY)


async def test_who_stops_waiting_is_forgotten():
    shared = ByteBudget(100, 100)
    held = await Holder(shared, "a").take(100)
    waiting = asyncio.create_task(Holder(shared, "b").take(1))
    await until(lambda: shared._waiting)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    held.share.give_back()
    assert (shared.held, shared._waiting) == (0, [])
