"""All mailboxes of a profile, read side by side: what hangs, drips or lies holds no other up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from time import monotonic
from typing import Any, Final

from dm3.base.errors import Dm3Error

from ..state.context import Context
from .mailbox_turn import Budget, Source
from .service_reader import ServiceReader, Turns

LONGEST_WAIT: Final = 25.0
"""Seconds that one fetch waits; services allow so many, and connections last so long."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries at a service that has nothing but errors, while the others are waited at."""
MOST_TROUBLES: Final = 100

Late = asyncio.Task[Source | None]
"""A mailbox of which it is still being looked up where it is."""


class Inbox:
    """Picks up from every delivery service of every mailbox. One lives as long as the profile is open."""

    def __init__(self, context: Context, budget: Budget | None = None) -> None:
        self._context = context
        self._budget = budget or Budget()
        self._readers: dict[str, ServiceReader] = {}

    async def fetch(
        self,
        sources: Iterable[Source],
        wait: float,
        errors: list[Dm3Error],
        late: Iterable[Late] = (),
    ) -> None:
        """Take in what is new in all mailboxes; ``errors`` gets what went wrong, as it happens.

        Every service has its turn first. If nothing came of it, waits up to ``wait`` seconds until something
        comes to any of them. What could not be told in that time goes on with the next call.
        """
        round_ = _Round(wait, errors)
        for group in self._by_service(sources):
            round_.begin(self._first(group, round_))
        for task in late:
            round_.begin(self._late(task, round_))
        try:
            await round_.run()
        finally:
            await round_.stop()

    def _by_service(self, sources: Iterable[Source]) -> list[tuple[ServiceReader, list[Source]]]:
        grouped: dict[str, list[Source]] = {}
        for source in sources:
            for service in dict.fromkeys(source.mailbox.services):
                grouped.setdefault(service, []).append(source)
        return [(self._reader(service), group) for service, group in grouped.items()]

    def _reader(self, service: str) -> ServiceReader:
        if service not in self._readers:
            self._readers[service] = ServiceReader(self._context, service, self._budget)
        return self._readers[service]

    async def _late(self, task: Late, round_: _Round) -> None:
        source = await task
        if source is not None:
            groups = self._by_service([source])
            await asyncio.gather(*(self._first(group, round_) for group in groups))

    async def _first(self, group: tuple[ServiceReader, list[Source]], round_: _Round) -> None:
        reader, sources = group
        turns = await reader.open(sources, round_.told)
        round_.turns += turns
        await asyncio.gather(*(reader.read(some, round_.told) for some in reader.groups(turns)))
        for some in reader.groups(turns):
            round_.wait_at(reader, some)


class _Round:
    """One round: first a turn for every service, then all are waited at."""

    def __init__(self, wait: float, errors: list[Dm3Error]) -> None:
        self._ends = monotonic() + wait
        self._errors = errors
        self._first: set[asyncio.Task[None]] = set()
        self._waiting: dict[asyncio.Task[None], tuple[ServiceReader, Turns]] = {}
        self.turns: Turns = ()

    @property
    def left(self) -> float:
        """Seconds until the waiting is over."""
        return self._ends - monotonic()

    def begin(self, turn: Coroutine[Any, Any, None]) -> None:
        """Begin a first turn."""
        self._first.add(asyncio.create_task(turn))

    def wait_at(self, reader: ServiceReader, group: Turns) -> None:
        """Wait at a service until something comes or the round is over."""
        if self.left >= 1:
            self._waiting[asyncio.create_task(self._wait(reader, group))] = (reader, group)

    def told(self, error: Dm3Error) -> None:
        """Note what went wrong, once."""
        if len(self._errors) < MOST_TROUBLES and str(error) not in map(str, self._errors):
            self._errors.append(error)

    async def run(self) -> None:
        """Until all is done, or all had their turn and something has come."""
        while self._first or self._waiting:
            tasks: set[asyncio.Task[None]] = {*self._first, *self._waiting}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
                self._first.discard(task)
                waited = self._waiting.pop(task, None)
                if waited is not None and self._first:
                    self.wait_at(*waited)  # others have not had their first turn yet
            if not self._first and taken_by(self.turns):
                return

    async def stop(self) -> None:
        """Stop what still waits. What is being taken in is finished, and acknowledged later if not now."""
        tasks = {*self._first, *self._waiting}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, reader: ServiceReader, group: Turns) -> None:
        pause, before = FIRST_PAUSE, taken_by(group)
        while (left := self.left) >= 1:
            started = monotonic()
            well = await reader.read(group, self.told, min(left, LONGEST_WAIT))
            if taken_by(group) > before:
                return
            if well and monotonic() - started >= 1:
                pause = FIRST_PAUSE
            else:  # it has nothing but errors, or answers at once what says nothing
                await asyncio.sleep(min(pause, max(0.0, self.left)))
                pause = min(pause * 2, LONGEST_PAUSE)


def taken_by(turns: Turns) -> int:
    """How many envelopes these turns have taken in."""
    return sum(turn.taken for turn in turns)
