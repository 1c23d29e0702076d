"""Waiting within a time: as `asyncio.timeout` does it, whether or not anything is waited for."""

import asyncio

import pytest

from dm3.service import within


async def test_what_does_not_wait_is_done_at_once():
    async def work():
        return "done"

    assert await within(0, work()) == "done"


async def test_what_waits_is_waited_for():
    async def work():
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await asyncio.sleep(0.001)
        return await asyncio.to_thread(lambda: "done")

    assert await within(5, work()) == "done"


@pytest.mark.parametrize("steps", [0, 2])
async def test_an_error_is_handed_on(steps):
    async def work():
        for _ in range(steps):
            await asyncio.sleep(0)
        raise LookupError("not there")

    with pytest.raises(LookupError, match="not there"):
        await within(5, work())


async def test_what_takes_too_long_is_cancelled_and_can_clean_up():
    seen = []

    async def work():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            seen.append("cleaned up")
            raise

    with pytest.raises(TimeoutError):
        await within(0.01, work())
    assert seen == ["cleaned up"]
    await asyncio.sleep(0)  # nothing is left of the cancelling


async def test_a_cancellation_from_outside_stays_one():
    seen = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("ended")

    task = asyncio.create_task(within(60, work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["ended"]
