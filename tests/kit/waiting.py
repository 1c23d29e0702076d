"""Waiting for what is to happen, however slow the machine is.

`EVENTUALLY` is only a bound after which a test says what did not happen: a test that passes never waits for
as long. Nothing asserts that something took *less* than a time, for that says how busy the machine was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

EVENTUALLY: Final = 60.0
"""Seconds within which everything happens that is to happen."""
SLOWER: Final = 12
"""How many times as long as usual our own clients and services wait in tests."""
_LOOK: Final = 0.02


async def eventually(awaited: Awaitable[T], what: str = "it") -> T:
    """What ``awaited`` gives. Fails, naming ``what``, when that does not come."""
    try:
        async with asyncio.timeout(EVENTUALLY):
            return await awaited
    except TimeoutError as error:
        raise AssertionError(f"{what} did not happen within {EVENTUALLY:.0f} seconds") from error


async def happens(state: Callable[[], Any], what: str = "it") -> Any:
    """Look at ``state`` (a function, or one that is awaited) until it is true; returns what it gave."""
    until = time.monotonic() + EVENTUALLY
    while True:
        seen = state()
        if isinstance(seen, Awaitable):
            seen = await seen
        if seen:
            return seen
        assert time.monotonic() < until, f"{what} did not happen within {EVENTUALLY:.0f} seconds"
        await asyncio.sleep(_LOOK)
