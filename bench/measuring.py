"""How a rate is taken, and what a benchmark hands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Final

from msgspec import Struct

ROUND_SECONDS: Final = 0.05
MIN_ROUNDS: Final = 7


class Measurement(Struct, frozen=True, kw_only=True):
    """One row of the table: rates per second of one kind of work.

    ``limit`` is the same work without our code, ``reference`` the published libraries'; None where not
    measured. An aim is a rate, how many times the reference, what part of the
    limit. ``p50`` and ``p99`` are the times (s) that so many of 100 requests took at most, ``memory`` is
    what the service's process takes under the load, in MB; ``held`` is the longest time (s) for
    which a page of long work held the store's one writer; where measured.
    """

    work: str
    ours: float
    limit: float | None = None
    reference: float | None = None
    aim: float | None = None
    p50: float | None = None
    p99: float | None = None
    memory: float | None = None
    held: float | None = None
    aim_times_reference: float | None = None
    aim_part_of_limit: float | None = None

    @property
    def times_aim(self) -> float | None:
        """Ours over the rate that is aimed at."""
        return self.ours / self.aim if self.aim else None

    @property
    def times_reference(self) -> float | None:
        """Ours over the reference's rate."""
        return self.ours / self.reference if self.reference else None

    @property
    def part_of_limit(self) -> float | None:
        """Ours over the limit, 1 being all of it."""
        return self.ours / self.limit if self.limit else None


def rates(
    works: Sequence[Callable[[], object]], seconds: float, *, round_seconds: float = ROUND_SECONDS
) -> list[float]:
    """Calls per second of each work, each being measured for about ``seconds`` in all.

    The works take short turns, so that whatever else this machine does meets all of them alike; of the
    rounds' rates the median counts. ``round_seconds`` is how long a round should take at least.
    """
    count = max(MIN_ROUNDS, int(seconds / round_seconds))
    found: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(count):
        for work, rounds in zip(works, found, strict=True):
            rounds.append(_rate(work, seconds / count))
    return [median(rounds) for rounds in found]


def _rate(work: Callable[[], object], seconds: float) -> float:
    count, step = 0, 1
    begun = perf_counter()
    while (passed := perf_counter() - begun) < seconds:
        for _ in range(step):
            work()
        count += step
        # Look at the clock about a hundred times a round, not at every call.
        if passed > seconds / 20:
            step = max(1, int(count / passed * seconds / 100))
    return count / passed
