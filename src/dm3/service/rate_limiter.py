"""How often something may happen: a token bucket per key, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MAX_KEYS: Final = 20_000


class RateLimiter:
    """Up to ``per_minute`` events or bytes a minute for each key, all at once if need be; 0 is no limit.

    ``seconds`` is another time than a minute.

    ``clock`` gives seconds. Counted in this process; the least recently used keys are forgotten first.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float], *, seconds: float = 60) -> None:
        self._most = float(per_minute)
        self._seconds = seconds
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, key: str, cost: int = 1) -> bool:
        """Count one event, or ``cost`` bytes of one; False when there were too many.

        What is bigger than all that is allowed is taken where nothing was before it.
        """
        if not self._most:
            return True
        now = self._clock()
        left, since = self._buckets.get(key, (self._most, now))
        left = min(self._most, left + max(0.0, now - since) * self._most / self._seconds)
        allowed = left >= min(cost, self._most)
        self._buckets[key] = (left - cost if allowed else left, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return allowed
