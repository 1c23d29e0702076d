"""Remembering what was found: until when, for whom, and what happens to look-ups under way."""

import asyncio
import gc
import weakref
from contextlib import suppress

import pytest

from dm3.base.errors import NotFound
from dm3.net.cache.lookup_cache import Found, LookupCache


class Source:
    """Counts how often it was asked; answers once it is let."""

    def __init__(self, seconds: float = 10) -> None:
        self.asked = 0
        self.seconds = seconds
        self.let = asyncio.Event()
        self.let.set()

    async def __call__(self) -> Found:
        self.asked += 1
        answer = self.asked
        await self.let.wait()
        return Found(answer, self.seconds)


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def memory(now):
    return LookupCache(lambda: now[0], max_subjects=3)


async def test_values_hold_for_their_time(memory, now):
    source = Source()
    assert await memory.get_or_fetch("a", 1, source) == 1
    now[0] = 9.9
    assert await memory.get_or_fetch("a", 1, source) == 1
    assert await memory.get_or_fetch("a", 2, source) == 2
    assert await memory.get_or_fetch("b", 1, source) == 3
    now[0] = 10
    assert await memory.get_or_fetch("a", 1, source) == 4


async def test_what_holds_for_no_time_is_not_kept(memory):
    source = Source(0)
    assert [await memory.get_or_fetch("a", 1, source) for _ in range(2)] == [1, 2]


async def test_all_about_a_subject_is_forgotten_at_once(memory):
    source = Source()
    for question in (1, 2):
        await memory.get_or_fetch("a", question, source)
    await memory.get_or_fetch("b", 1, source)
    memory.forget("a")
    memory.forget("unknown")
    assert await memory.get_or_fetch("b", 1, source) == 3
    assert [await memory.get_or_fetch("a", question, source) for question in (1, 2)] == [4, 5]


async def test_the_oldest_subject_makes_room(memory):
    source = Source()
    for subject in "abcd":
        await memory.get_or_fetch(subject, 1, source)
    assert await memory.get_or_fetch("d", 1, source) == 4
    assert await memory.get_or_fetch("a", 1, source) == 5


async def test_long_answers_take_the_room_of_many(now):
    """Whoever answers decides how long the answer is, and may be asked under any number of names."""
    memory = LookupCache(lambda: now[0], max_bytes=200_000)
    asked = []

    async def look_up():
        asked.append(1)
        return Found("x" * 60_000, 10)

    for subject in "abcd":
        await memory.get_or_fetch(subject, 1, look_up)
    await memory.get_or_fetch("d", 2, look_up)
    assert len(asked) == 5
    await memory.get_or_fetch("d", 1, look_up)
    assert len(asked) == 5
    await memory.get_or_fetch("a", 1, look_up)
    assert len(asked) == 6


async def test_an_error_that_is_kept_holds_on_to_nothing(memory):
    class Read:
        """What a look-up has read when it fails."""

    read = []

    async def missing() -> Found:
        long = Read()
        read.append(weakref.ref(long))
        try:
            raise NotFound("no such name")
        except NotFound as error:
            return Found(error, 10)

    with suppress(NotFound):  # whose own error is gone afterwards, too
        await memory.get_or_fetch("a", 1, missing)
    await asyncio.sleep(0)
    gc.collect()
    assert [one() for one in read] == [None]


async def test_a_look_up_is_shared_and_survives_who_began_it(memory):
    source = Source()
    source.let.clear()
    asking = [asyncio.create_task(memory.get_or_fetch("a", 1, source)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    source.let.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 4
    assert asking[0].cancelled()
    assert await memory.get_or_fetch("a", 1, source) == 1


async def test_what_is_forgotten_meanwhile_is_not_kept(memory):
    source = Source()
    source.let.clear()
    before = asyncio.create_task(memory.get_or_fetch("a", 1, source))
    await asyncio.sleep(0)
    memory.forget("a")
    after = asyncio.create_task(memory.get_or_fetch("a", 1, source))
    await asyncio.sleep(0)
    source.let.set()
    assert (await before, await after) == (1, 2)
    assert await memory.get_or_fetch("a", 1, source) == 2


async def test_errors_are_kept_and_each_asker_gets_its_own(memory):
    async def missing() -> Found:
        return Found(NotFound("no such name", hint="look"), 10)

    raised = []
    for _ in range(2):
        with pytest.raises(NotFound) as told:
            await memory.get_or_fetch("a", 1, missing)
        raised.append(told.value)
    assert raised[0] is not raised[1]
    assert {(str(error), error.hint) for error in raised} == {
        ("There is nothing under that name: no such name", "look")
    }


async def test_a_defect_reaches_all_and_is_not_kept(memory):
    async def broken() -> Found:
        raise ZeroDivisionError

    told = await asyncio.gather(
        *(memory.get_or_fetch("a", 1, broken) for _ in range(3)), return_exceptions=True
    )
    assert [type(error) for error in told] == [ZeroDivisionError] * 3
    assert await memory.get_or_fetch("a", 1, Source()) == 1


async def test_closing_ends_what_is_under_way(memory):
    source = Source()
    source.let.clear()
    asking = [asyncio.create_task(memory.get_or_fetch(subject, 1, source)) for subject in "ab"]
    await asyncio.sleep(0)
    memory.forget("b")
    await memory.close()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 2
