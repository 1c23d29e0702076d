"""What long work does to the messages that come in: there is one writer for all.

A store of its own in this process, with as many writes as there are connections under load. ``p99`` of the
rows is of the writes beside the work, ``held`` the longest time for which a page of it held the writer, its
commit included; what remains of their rate is the part of the limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Engine

from dm3.delivery.expiry import Cleaning
from dm3.delivery.fetch import Fetching
from dm3.delivery.long_poll import LongPoll
from dm3.delivery.metrics import Metrics
from dm3.delivery.settings import DeliverySettings
from dm3.delivery.store_clock import StoreClock
from dm3.store import Database
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, deposit
from dm3.store.delivery.profiles import NewProfile, register
from dm3.store.engine.database import Work

from .measuring import Measurement
from .reference import ReferenceRates

T = TypeVar("T")

WRITERS: Final = 8
MAILBOXES: Final = 3_000
EXPIRING: Final = 6_000
FOLLOWING: Final = 60_000
KEPT_RATE: Final = 0.8
_NOW: Final = 1_800_000_000
_AMPLE: Final = Quota(10**9, 10**15)
_ENVELOPE: Final = '{"message":"' + "x" * 1_500 + '"}'


def beside_expiry(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Messages that come in while 6,000 expire in 3,000 mailboxes."""
    return expiry(seconds)[0]


def beside_moving(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Messages that come in while a name with 60,000 messages gets another mailbox."""
    return moving(seconds)[0]


def expiry(seconds: float, longest: float | None = None) -> tuple[Measurement, Holds]:
    """As `beside_expiry`, for ``longest`` seconds of the work, and for how long the writer was held."""
    count = EXPIRING if seconds >= 1 else 200
    return asyncio.run(
        _measure(seconds, longest, _expiring(count), f"delivery store: put in beside the expiry of {count:,}")
    )


def moving(seconds: float, longest: float | None = None) -> tuple[Measurement, Holds]:
    """As `beside_moving`, for ``longest`` seconds of the work, and for how long the writer was held."""
    count = FOLLOWING if seconds >= 1 else 500
    return asyncio.run(
        _measure(
            seconds, longest, _following(count), f"delivery store: put in beside {count:,} that follow a name"
        )
    )


class Holds(Struct, frozen=True):
    """For how long a database's writer was held (seconds).

    ``pages``: by each page of long work, its commit included.
    ``worked``: for how long it worked itself in the longest transaction with a page in it: waits for the disk
    and for a turn of the processor are not in it.
    ``longest``: the longest transaction, waits included.
    ``alone``: the longest one while there was no long work.
    """

    pages: tuple[float, ...]
    worked: float
    longest: float
    alone: float

    @property
    def usual(self) -> float:
        """What 95 of 100 pages took at most."""
        return sorted(self.pages)[len(self.pages) * 95 // 100]


class _Watched(Database):
    """A database that notes how long its writer was held."""

    longest = worked = 0.0

    def __init__(self, engine: Engine) -> None:
        self._has_page = False
        super().__init__(engine)
        self.pages = list[float]()

    async def write_timed(self, work: Callable[[Connection], T]) -> tuple[T, float]:
        def page(connection: Connection) -> T:
            self._has_page = True
            return work(connection)

        result, held = await super().write_timed(page)
        self.pages.append(held)
        return result, held

    def _commit(self, batch: list[tuple[Work, Future[Any]]]) -> None:
        self._has_page = False
        begun, worked = time.perf_counter(), time.thread_time()
        super()._commit(batch)
        self.longest = max(self.longest, time.perf_counter() - begun)
        if self._has_page:
            self.worked = max(self.worked, time.thread_time() - worked)

    def begin(self) -> float:
        """Note anew; returns what was the longest until now."""
        longest, self.longest, self.worked = self.longest, 0.0, 0.0
        self.pages.clear()
        return longest


_Prepare = Callable[[Database], Awaitable[Callable[[Database], Awaitable[None]]]]


async def _measure(
    seconds: float, longest: float | None, prepare: _Prepare, work: str
) -> tuple[Measurement, Holds]:
    with tempfile.TemporaryDirectory() as folder:
        database = _Watched.open(f"sqlite:///{Path(folder) / 'delivery.sqlite'}", "delivery")
        try:
            await database.write(partial(_register, number=0))
            long_work = await prepare(database)
            gc.collect()
            gc.freeze()  # what was made to prepare is none of the services' to be looked through
            database.begin()
            alone = await _load(database, seconds)
            held_alone = database.begin()
            taken = await _load(database, longest or seconds, long_work, cut=longest is not None)
        finally:
            gc.unfreeze()
            await database.close()
    holds = Holds(tuple(database.pages), database.worked, database.longest, held_alone)
    measured = Measurement(
        work=work,
        ours=len(taken) / sum(taken) * WRITERS,
        limit=len(alone) / sum(alone) * WRITERS,
        aim_part_of_limit=KEPT_RATE,
        p50=sorted(taken)[len(taken) // 2],
        p99=sorted(taken)[len(taken) * 99 // 100],
        held=max(holds.pages),
    )
    return measured, holds


async def _load(
    database: Database,
    seconds: float,
    beside: Callable[[Database], Awaitable[None]] | None = None,
    *,
    cut: bool = False,
) -> list[float]:
    """How long each write took, for ``seconds`` or until the work beside is done; one each at least.

    What is not done of that by then is waited for, or ``cut`` off.
    """
    working = None if beside is None else asyncio.ensure_future(beside(database))
    ends = time.perf_counter() + seconds
    taken: list[float] = []
    number = 0

    async def write() -> None:
        nonlocal number
        is_over = False
        while not is_over:
            number += 1
            stamped = _stamped(0, f"load{seconds}{beside is None}{number}", _NOW + 10**7)
            started = time.perf_counter()
            await database.write(partial(deposit, envelopes=[stamped], quota=_AMPLE))
            taken.append(time.perf_counter() - started)
            is_over = time.perf_counter() >= ends or (working is not None and working.done())

    await asyncio.gather(*[write() for _ in range(WRITERS)])
    if working is not None:
        if cut:
            working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    return taken


def _register(connection: Connection, number: int, instead_of: str | None = None) -> None:
    profile = f"hash{number}" if instead_of is None else "hash-new"
    new = NewProfile(
        f"n{number}.eth", profile, "{}", f"box{number}{instead_of or ''}"[:32], instead_of, "page", _NOW
    )
    register(connection, new)


def _stamped(number: int, hash_: str, expires: int) -> StampedEnvelope:
    return StampedEnvelope(f"box{number}", f"hash{number}", f"n{number}.eth", hash_, "o", expires, _ENVELOPE)


def _expiring(count: int) -> _Prepare:
    async def prepare(database: Database) -> Callable[[Database], Awaitable[None]]:
        boxes = min(MAILBOXES, count // 2)
        numbers = range(1, boxes + 1)
        await asyncio.gather(*[database.write(partial(_register, number=one)) for one in numbers])
        envelopes = [_stamped(number % boxes + 1, f"{number}", _NOW) for number in range(count)]
        await database.write(partial(deposit, envelopes=envelopes, quota=_AMPLE))
        return _clean

    return prepare


def _following(count: int) -> _Prepare:
    async def prepare(database: Database) -> Callable[[Database], Awaitable[None]]:
        await database.write(partial(_register, number=1))
        # Another name that stays, so that the first one leaves for a mailbox of its own.
        await database.write(
            lambda connection: register(
                connection, NewProfile("stays.eth", "hash1", "{}", "unused", None, "page", _NOW)
            )
        )
        for first in range(0, count, 1_000):
            envelopes = [_stamped(1, f"{number}", _NOW + 10**7) for number in range(first, first + 1_000)]
            await database.write(partial(deposit, envelopes=envelopes[:count], quota=_AMPLE))

        async def leave(database: Database) -> None:
            await database.write(partial(_register, number=1, instead_of="hash1"))
            await _clean(database)

        return leave

    return prepare


async def _clean(database: Database) -> None:
    settings, metrics, clock = (
        DeliverySettings(name="ds.eth"),
        Metrics(),
        StoreClock(database, lambda: _NOW + 1),
    )
    fetching = Fetching(settings, database, LongPoll(database, 1, metrics), metrics, clock)
    await Cleaning(database, fetching, metrics, clock, keep=settings.message_ttl).once()
