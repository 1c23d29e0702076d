"""Work in rounds: a failure ends a round and not the rounds, and each begins when it should."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

from dm3.service import in_rounds
from tests.kit import happens

log = structlog.get_logger("dm3.test")


async def test_a_failure_is_told_and_the_next_round_comes():
    taken: list[str] = []

    async def step() -> None:
        taken.append("step")
        if len(taken) < 3:
            raise RuntimeError("a defect, made by the test")

    with capture_logs() as told:
        going_on = asyncio.create_task(in_rounds(step, 0.01, log, "the step failed"))
        await happens(lambda: len(taken) > 3, "rounds go on")
        going_on.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going_on
    assert [one["event"] for one in told] == ["the step failed"] * 2


@pytest.mark.parametrize(("at_once", "first"), [(True, "step"), (False, "pause")])
async def test_the_first_round_is_at_once_or_after_a_pause(monkeypatch, at_once, first):
    order: list[str] = []

    async def step() -> None:
        order.append("step")

    async def pause(seconds: float) -> None:
        order.append("pause")
        assert seconds == 7
        if len(order) > 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await in_rounds(step, 7, log, "the step failed", at_once=at_once)
    assert order[0] == first
    assert order[:4] == (["step", "pause"] * 2 if at_once else ["pause", "step"] * 2)
