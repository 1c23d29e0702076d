"""The halves of visitors' keys go by time only where the clock is plausible."""

import asyncio
import threading

import httpx
import pytest

from dm3.net import Network, NetworkSettings
from dm3.store import Database
from dm3.store.widget import KEPT_DAYS, KeyBounds, WrappingKeys
from dm3.widget import WidgetApp, WidgetHost, WidgetSettings
from tests.kit import EVENTUALLY, open_client

DAY = 86_400
TODAY = 20_700
APP, COOKIE = "myapp.eth", b"\x01" * 32


@pytest.fixture
async def database(tmp_path):
    opened = Database.open(f"sqlite:///{tmp_path}/widget.sqlite", "widget")
    yield opened
    await opened.close()


async def runs(database, *days: int) -> list[list[str]]:
    """A host is started, and cleans up, on each of these days in turn; what ``/health`` tells after each."""
    network, day, told = Network({}, NetworkSettings(allow_private=True)), 0, list[list[str]]()
    app = WidgetApp(name=APP, to="desk.eth", origins=("https://shop.example",), title="Support")
    host = WidgetHost(WidgetSettings(apps=(app,)), network, database, clock=lambda: float(day * DAY))
    try:
        async with open_client(base_url="http://host", transport=httpx.ASGITransport(host)) as http:
            for day in days:  # noqa: B007  # the clock reads it
                await host._forget_unused()
                health = (await http.get("/health")).json()
                told.append([trouble["code"] for trouble in health.get("troubles", ())])
    finally:
        await network.close()
    return told


async def test_a_start_forty_days_ahead_forgets_no_key(database):
    keys = WrappingKeys(database)
    await keys.put(APP, b"\x02" * 32, b"in use until today", TODAY)
    await keys.put(APP, COOKIE, b"locked", TODAY - KEPT_DAYS + 20)
    assert await runs(database, TODAY) == [[]]
    assert await runs(database, TODAY + 40) == [["clock-jumped"]]
    assert await runs(database, TODAY) == [[]]
    assert await keys.get(APP, COOKIE, TODAY) == b"locked"


async def test_and_so_it_is_with_data_of_earlier_versions_which_say_nothing_of_the_clock(database):
    keys = WrappingKeys(database)
    await keys.put(APP, COOKIE, b"locked", TODAY - KEPT_DAYS + 20)
    await keys.put(APP, b"\x02" * 32, b"later", TODAY)
    assert await runs(database, TODAY + 40) == [["clock-jumped"]]
    assert await keys.get(APP, COOKIE, TODAY) == b"locked"


async def test_what_nobody_has_used_for_too_long_goes_where_the_clock_is_believed(database):
    keys = WrappingKeys(database)
    await keys.put(APP, COOKIE, b"in use until today", TODAY)
    for number in range(100):
        await keys.put(APP, number.to_bytes(32), b"locked", TODAY - KEPT_DAYS - (number > 0))
    assert await runs(database, TODAY) == [[]]
    kept = [number for number in range(100) if await keys.get(APP, number.to_bytes(32), 0)]
    assert kept == [0]


async def test_a_clock_that_was_set_back_dates_no_key_too_early(database):
    keys = WrappingKeys(database)
    await keys.put(APP, COOKIE, b"locked", TODAY)
    await keys.get(APP, COOKIE, TODAY - 300)
    await runs(database, TODAY, TODAY + 6, TODAY + 12)
    assert await keys.get(APP, COOKIE, TODAY) == b"locked"


# --- how many are kept ---------------------------------------------------------------------------------

ONE, OTHER = b"one source" + bytes(6), b"other source" + bytes(4)


def cookie(number: int) -> bytes:
    return number.to_bytes(32)


async def kept(keys, numbers) -> set[int]:
    """Which of these keys are there, without using them."""
    return {number for number in numbers if await keys.get(APP, cookie(number), 0) is not None}


async def test_one_source_s_new_keys_take_the_place_of_its_own_alone(database):
    keys = WrappingKeys(database, KeyBounds(of_one=3, new=100, back=100))
    await keys.put(APP, cookie(100), b"locked", TODAY - 9, OTHER)
    await keys.put(APP, cookie(101), b"locked", TODAY - 9, ONE)
    assert await keys.get(APP, cookie(101), TODAY - 8) == b"locked"  # its browser has come back
    for number in range(10):
        await keys.put(APP, cookie(number), b"locked", TODAY - 7 + number, ONE)
    assert await kept(keys, [*range(10), 100, 101]) == {7, 8, 9, 100, 101}


async def test_however_many_sources_make_keys_none_is_refused_and_none_in_use_is_gone(database):
    keys = WrappingKeys(database, KeyBounds(of_one=3, new=5, back=100))
    for number in range(4):
        await keys.put(APP, cookie(100 + number), b"locked", TODAY - 9, ONE if number else None)
        await keys.get(APP, cookie(100 + number), TODAY - 8)
    for number in range(20):
        await keys.put(APP, cookie(number), b"locked", TODAY - 7 + number // 5, cookie(number)[-16:])
        assert await kept(keys, [number]) == {number}
    assert await kept(keys, [*range(20), *range(100, 104)]) == {15, 16, 17, 18, 19, 100, 101, 102, 103}


async def test_those_in_use_are_bounded_too_and_the_longest_unused_go(database):
    keys = WrappingKeys(database, KeyBounds(of_one=3, new=5, back=2))
    for number in range(4):
        await keys.put(APP, cookie(number), b"locked", TODAY + number, ONE)
        assert await keys.get(APP, cookie(number), TODAY + number + 1) == b"locked"
    assert await kept(keys, range(4)) == {2, 3}
    await keys.put(APP, cookie(9), b"locked", TODAY, OTHER)
    assert await kept(keys, [2, 3, 9]) == {2, 3, 9}, "new ones have room of their own"


async def test_what_is_forgotten_or_lost_count_of_makes_room(database):
    keys = WrappingKeys(database, KeyBounds(of_one=9, new=2, back=2))
    await keys.put(APP, cookie(1), b"locked", TODAY, ONE)
    await keys.remove(APP, cookie(1))
    for number in (2, 3):
        await keys.put(APP, cookie(number), b"locked", TODAY, ONE)
    assert await kept(keys, (1, 2, 3)) == {2, 3}
    await WrappingKeys(database).remove(APP, cookie(2))  # another program has
    await keys.count_anew()
    await keys.put(APP, cookie(4), b"locked", TODAY, ONE)
    assert await kept(keys, (2, 3, 4)) == {3, 4}
    lower = WrappingKeys(database, KeyBounds(of_one=9, new=1, back=1))
    await lower.put(APP, cookie(5), b"locked", TODAY + 1, OTHER)
    assert await kept(keys, (3, 4, 5)) == {5}, "also where the bound was lowered"


async def test_what_was_undone_and_done_again_counts_once(database):
    keys = WrappingKeys(database, KeyBounds(of_one=9, new=5, back=5))
    await keys.put(APP, cookie(1), b"locked", TODAY, ONE)
    together = threading.Event()

    def fail(_: object) -> None:
        raise ValueError("what others of its batch are undone by")

    async with asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(database.write(lambda _: together.wait(EVENTUALLY)))
        for number in (2, 3):
            tasks.create_task(keys.put(APP, cookie(number), b"locked", TODAY, ONE))
        failing = tasks.create_task(refused(database.write(fail)))
        await asyncio.sleep(0)  # each has handed its work over by now
        together.set()
    assert holding.result()
    assert failing.result()
    for number in (4, 5):
        await keys.put(APP, cookie(number), b"locked", TODAY, ONE)
    assert await kept(keys, range(1, 6)) == {1, 2, 3, 4, 5}


async def refused(write) -> bool:
    with pytest.raises(ValueError, match="undone"):
        await write
    return True
