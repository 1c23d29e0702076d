"""Clocks: starts with a wrong time, ahead and set back, and whether mail is lost by it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from bench.http_load import ServerProcess
from bench.people import Person

from .case import Outcome, Scene
from .honest import PATIENCE, all_hashes, service_key, submit
from .up_process import DAY

DAYS_OFF: Final = 40
MESSAGES: Final = 20
_LOOK: Final = 0.1
CLEANED: Final = 3.0
"""Seconds in which a service has cleaned up after its start."""
LATER: Final = (6, 12)
"""Days after which a service is started again: none is so long that its clock would be waited for."""


async def clock_ahead(scene: Scene) -> Outcome:
    """One start forty days ahead, then the right time again: is all mail still there?"""
    taken = await _put_in(scene.server, scene.person)
    scene.stop()
    with scene.site.up(DAYS_OFF) as server:
        codes = await _told(server)
        await _set_right(server)
        found = await _found(server, scene.person)
    return _outcome(taken, found, codes, "clock-jumped")


async def clock_set_back(scene: Scene) -> Outcome:
    """One start forty days back, in which mail comes; is it there with the right time, and days later?"""
    scene.stop()
    with scene.site.up(-DAYS_OFF) as server:
        taken, codes = await _put_in(server, scene.person), await _told(server)
    found = taken
    for days in (0, *LATER):
        with scene.site.up(days) as server:
            await asyncio.sleep(CLEANED / 3)
            found &= await _found(server, scene.person)
    return _outcome(taken, found, codes, "clock-set-back")


async def _set_right(server: ServerProcess) -> None:
    """Set the service's clock right while it runs, as an operator does who is told; wait until it counts."""
    os.kill(server.pid, signal.SIGUSR1)
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as http:
        off = float(DAYS_OFF * DAY)
        while abs(off) > DAY:
            told = parsedate_to_datetime((await http.get("/health")).headers["date"])
            off = told.timestamp() - time.time()
            await asyncio.sleep(_LOOK)


CLOCK_CASES: Final = (clock_ahead, clock_set_back)


def _outcome(taken: set[str], found: set[str], codes: list[str], code: str) -> Outcome:
    lost = len(taken - found)
    told = f"{lost} of {len(taken)} messages lost; health told {', '.join(codes) or 'nothing'}"
    return Outcome(not lost and len(taken) == MESSAGES and code in codes, told)


async def _put_in(server: ServerProcess, person: Person) -> set[str]:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as http:
        key = await service_key(http)
        for number in range(MESSAGES):
            if not await submit(http, key, person, person.name, f"{number}"):
                raise RuntimeError("a message was not taken")
        return await all_hashes(http, person)


async def _found(server: ServerProcess, person: Person) -> set[str]:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as http:
        return await all_hashes(http, person)


async def _told(server: ServerProcess) -> list[str]:
    await asyncio.sleep(CLEANED)
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as http:
        health = (await http.get("/health")).json()
    return [trouble["code"] for trouble in health.get("troubles", ())]
