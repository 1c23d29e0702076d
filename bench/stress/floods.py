"""Floods: one source of strangers fills what it can; long work meets messages that come in."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Final

import httpx

from bench.people import Person
from bench.writer import Holds, expiry, moving

from .case import Outcome, Scene, watched
from .honest import PATIENCE, send_beside, service_key, submit

SECONDS: Final = 12.0
WORK_SECONDS: Final = 2.0
LONGEST_WORK: Final = 6.0
"""Seconds for which each kind of long work is looked at: all of it takes a minute and more."""
FLOODERS: Final = 4
FLOOD_TEXT: Final = 700_000
STRANGERS_MB: Final = 60.0
"""What one source of strangers may have stored meanwhile: its minute, and some for what is measured."""
DELAY_BOUND: Final = 2.0
WRITE_BOUND: Final = 0.25
"""Seconds within which 99 of 100 writes beside long work are done: or within two of the longest transactions
without it, where the machine is so busy that one alone takes long."""
HOLD_BOUND: Final = 0.05
"""Seconds for which the store's writer may work at a page of long work, and at what comes with it."""


async def flood_of_strangers(scene: Scene) -> Outcome:
    """Strangers of one address put in big messages as fast as they can, beside an honest sender."""
    url, person = scene.server.url, scene.person
    async with watched(scene.server) as memory, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
        key, ends = await service_key(http), time.monotonic() + SECONDS
        flooding = [_flood(http, key, person, number, ends) for number in range(FLOODERS)]
        seen, stored = await asyncio.gather(send_beside(url, person, SECONDS), asyncio.gather(*flooding))
    taken = sum(stored) / 1e6
    held = memory.is_flat and not seen.lost and seen.delay <= DELAY_BOUND and taken <= STRANGERS_MB
    return Outcome(held, f"{taken:.0f} MB of strangers stored; {memory}; {seen}")


async def long_work(_: Scene) -> Outcome:
    """Expiry of 6,000 messages in 3,000 mailboxes, and 60,000 that follow a name, beside 8 writers."""
    held, told = True, list[str]()
    for name, work in (("expiry", expiry), ("moving", moving)):
        row, holds = await asyncio.to_thread(partial(work, WORK_SECONDS, LONGEST_WORK))
        told.append(
            f"{name}: {row.part_of_limit or 0:.0%} of the rate, p99 of writes {_ms(row.p99)}, {_told(holds)}"
        )
        held &= (row.p99 or 0) <= max(WRITE_BOUND, 2 * holds.alone) and holds.worked <= HOLD_BOUND
    return Outcome(held, "; ".join(told))


def _told(holds: Holds) -> str:
    return (
        f"{len(holds.pages)} pages, the writer held for {_ms(max(holds.pages))} by one at most "
        f"(95 of 100: {_ms(holds.usual)}), and worked {_ms(holds.worked)} in one at most; "
        f"its longest transaction {_ms(holds.longest)}, without the work {_ms(holds.alone)}"
    )


FLOOD_CASES: Final = (flood_of_strangers, long_work)


def _ms(seconds: float | None) -> str:
    return f"{1_000 * (seconds or 0):.0f} ms"


async def _flood(http: httpx.AsyncClient, key: bytes, to: Person, number: int, ends: float) -> int:
    """Put in what goes until the end; returns how many bytes were taken."""
    stored = count = 0
    while time.monotonic() < ends:
        count += 1
        text = f"{number}/{count}" + "x" * FLOOD_TEXT
        if await submit(http, key, to, f"stranger{number}.nowhere.invalid", text):
            stored += len(text) * 4 // 3
    return stored
