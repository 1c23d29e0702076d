"""What every service of ours does with a length that is none, and how often it tells of its clock."""

import asyncio

import pytest
from structlog.testing import capture_logs

from dm3.service.body_reader import announced_length
from dm3.service.store_clock import StoreClock
from dm3.store import Database
from dm3.store.delivery.state import STATE

DAY = 86_400


@pytest.mark.parametrize(
    ("given", "announced"),
    [(b"12", 12), (b"0", 0), (b"", 0), (b"many", 0), (b"-5", 0), (b"1 2", 0), (b"9" * 20, 0)],
)
def test_a_length_that_is_no_number_counts_as_unknown(given, announced):
    assert announced_length({"headers": [(b"accept", b"7"), (b"content-length", given)]}) == announced


def test_a_request_without_a_length_has_none():
    assert announced_length({"headers": [(b"accept", b"7")]}) == 0


async def test_a_wrong_clock_is_logged_once_and_a_right_one_never(tmp_path):
    now = [1_800_000_000.0]
    database = await asyncio.to_thread(Database.open, f"sqlite:///{tmp_path}/ds.sqlite", "delivery")
    try:
        clock = StoreClock(database, lambda: now[0], STATE)
        told = []
        for step in (0, 60, 40 * DAY, 60, 60):
            now[0] += step
            with capture_logs() as logs:
                await clock.look()
            told.append([entry["event"].partition(":")[0] for entry in logs])
        assert told == [[], [], ["the clock has jumped"], [], []]
        with capture_logs() as logs:
            now[0] -= 43 * DAY
            await clock.look()
            now[0] += 60
            await clock.look()
        assert [entry["event"].partition(":")[0] for entry in logs] == ["the clock was set back"]
    finally:
        await database.close()
