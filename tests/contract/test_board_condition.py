"""What a board tells of itself: its clock, whether its store can be written, whose the statements are."""

import pytest
import pytest_asyncio
from sqlalchemy import event

from dm3.base.errors import Unreachable
from dm3.board.condition import Condition
from dm3.service import StoreClock
from dm3.store import Database
from dm3.store.board import STATE, last_use

DAY = 86_400
NOW = 1_800_000_000


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'board.sqlite'}"


@pytest_asyncio.fixture
async def database(url):
    opened = Database.open(url, "board")
    yield opened
    await opened.close()


async def codes(database, *, name="board.eth", now=NOW, errors=()):
    """What a board that starts over these data tells."""
    clock = StoreClock(database, lambda: now, STATE, last_use)
    condition = Condition(name, database, clock, lambda: errors)
    await clock.look()
    await condition.compare_name()
    return [one.code for one in condition.troubles()]


async def test_all_is_well(database):
    assert await codes(database) == []
    assert await codes(database, now=NOW + DAY) == []


async def test_a_clock_that_jumps_or_is_set_back_is_told(database):
    assert await codes(database) == []
    assert await codes(database, now=NOW + 40 * DAY) == ["clock-jumped"]
    assert await codes(database) == []
    assert await codes(database, now=NOW - 40 * DAY) == ["clock-set-back"]


async def test_a_store_that_cannot_be_written_is_told(database):
    def forbid(connection, *_):
        connection.execute("PRAGMA query_only = ON")

    event.listen(database._engine, "checkout", forbid)
    assert await codes(database) == ["store-unwritable"]


async def test_statements_to_a_board_of_another_name_are_remarked_on(database):
    assert await codes(database) == []
    assert await codes(database, name="other.eth") == ["another-name"]
    assert await codes(database) == []


async def test_a_delivery_service_that_cannot_be_read_is_told(database):
    assert await codes(database, errors=[Unreachable("away")]) == ["statements-not-read"]
