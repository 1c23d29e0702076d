"""What a case of `make stress` is handed, and what it hands back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from bench.http_load import ServerProcess
from bench.people import Person

from .site import Site

MEMORY_BOUND: Final = 120.0
"""MB that a service may take above its start, whatever clients do."""
_LOOK: Final = 0.05


class Scene:
    """A ``dm3 up`` that has just started, and somebody whose profile is published and registered there."""

    def __init__(self, site: Site, running: contextlib.ExitStack, server: ServerProcess, person: Person):
        self.site = site
        self.server = server
        self.person = person
        self._running = running

    @classmethod
    async def start(cls, site: Site) -> Scene:
        """Start it."""
        running = contextlib.ExitStack()
        try:
            server = running.enter_context(site.up())
            return cls(site, running, server, await site.arrive(server))
        except BaseException:
            running.close()
            raise

    def stop(self) -> None:
        """Stop it; the case may start it again."""
        self._running.close()


class Outcome(Struct, frozen=True):
    """What came of a case: whether it held, and what is to be told of it."""

    held: bool
    told: str


class Memory(Struct):
    """The memory of a service in MB: at the start and at its highest since then."""

    start: float
    highest: float

    @property
    def more(self) -> float:
        """What it took at most above its start."""
        return self.highest - self.start

    def __str__(self) -> str:
        return f"{self.more:.0f} MB above the start of {self.start:.0f}"

    @property
    def is_flat(self) -> bool:
        """Whether that is within the bound."""
        return self.more <= MEMORY_BOUND


@contextlib.asynccontextmanager
async def watched(server: ServerProcess) -> AsyncIterator[Memory]:
    """Look at the service's memory until the context ends."""
    start = server.memory() or 0.0
    memory = Memory(start, start)

    async def look() -> None:
        while True:
            memory.highest = max(memory.highest, server.memory() or 0.0)
            await asyncio.sleep(_LOOK)

    looking = asyncio.create_task(look())
    try:
        yield memory
    finally:
        looking.cancel()
        memory.highest = max(memory.highest, server.memory() or 0.0)
