"""The halves of visitors' keys go by time only where the clock is plausible."""

import httpx
import pytest

from dm3.net import Network, NetworkSettings
from dm3.store import Database
from dm3.store.widget import KEPT_DAYS, WrappingKeys
from dm3.widget import WidgetApp, WidgetHost, WidgetSettings
from tests.kit import open_client

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
