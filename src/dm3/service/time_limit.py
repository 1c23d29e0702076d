"""Waiting for something no longer than so many seconds, without a timer where nothing is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Await ``work``; raises `TimeoutError` when it waits for longer than ``seconds``.

    On the busiest route nearly all work is done without waiting: a body that has arrived, a name that is
    known. `asyncio.timeout` around it would cost more than the work.
    """
    try:
        first = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    async with asyncio.timeout(seconds):
        rest: T = await _Begun(work, first)
        return rest


class _Begun:
    """The rest of a coroutine that waits for ``pending`` at the moment."""

    def __init__(self, work: Coroutine[Any, Any, Any], pending: Any) -> None:
        self._work = work
        self._pending = pending

    def __await__(self) -> Generator[Any, Any, Any]:
        pending = self._pending
        try:
            while True:
                try:
                    answer = yield pending
                except BaseException as error:
                    pending = self._work.throw(error)
                else:
                    pending = self._work.send(answer)
        except StopIteration as done:
            return done.value
