"""The same thing begun twice at once is done once, and both get what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Once:
    """What is under way, by key."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Future[Any]] = {}

    async def run(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What ``make`` gives or raises; that of another caller who has begun the same and is not done.

        When that caller is cancelled, the next one begins anew.
        """
        while (running := self._running.get(key)) is not None:
            await asyncio.wait({running})
            if not running.cancelled():
                return running.result()  # type: ignore[no-any-return]
        mine = self._running[key] = asyncio.get_running_loop().create_future()
        try:
            made = await make()
        except asyncio.CancelledError:
            mine.cancel()
            raise
        except BaseException as error:
            mine.set_exception(error)
            mine.exception()  # taken note of: perhaps nobody else waits for it
            raise
        else:
            mine.set_result(made)
            return made
        finally:
            del self._running[key]
