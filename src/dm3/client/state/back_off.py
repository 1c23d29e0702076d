"""Pauses after errors: who has just cost us time is left alone for a while, everybody else is not."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Final

from dm3.base.errors import Dm3Error

FIRST: Final = 5.0
LONGEST: Final = 300.0
"""Seconds."""


class BackOff:
    """Pauses for each key, twice as long after every further error, none after something has worked.

    ``first`` and ``longest`` in seconds; ``clock`` gives seconds that never go back.
    """

    def __init__(
        self, *, first: float = FIRST, longest: float = LONGEST, clock: Callable[[], float] = monotonic
    ) -> None:
        self._first = first
        self._longest = longest
        self._clock = clock
        self._pauses: dict[Hashable, tuple[float, float, Dm3Error]] = {}

    def left(self, key: Hashable) -> float:
        """For how many seconds ``key`` is to be left alone; 0 if it is not."""
        until, _, _ = self._pauses.get(key, (0.0, 0.0, None))
        return max(0.0, until - self._clock())

    def error(self, key: Hashable) -> Dm3Error | None:
        """What went wrong with ``key`` the last time."""
        found = self._pauses.get(key)
        return found and found[2]

    def failed(self, key: Hashable, error: Dm3Error) -> float:
        """Note an error; returns for how many seconds ``key`` is left alone now."""
        _, pause, _ = self._pauses.get(key, (0.0, 0.0, None))
        pause = min(pause * 2, self._longest) if pause else self._first
        self._pauses[key] = (self._clock() + pause, pause, error)
        return pause

    def worked(self, key: Hashable) -> None:
        """Forget the errors with ``key``."""
        self._pauses.pop(key, None)
