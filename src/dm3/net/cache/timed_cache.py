"""Values by key until their time is over, in bounded room: the one way of remembering what was found."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from .bounded_cache import MAX_BYTES, MAX_ENTRIES, BoundedCache, size_of

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TimedCache(Generic[K, V]):
    """Values, each for its own time; ``clock`` gives seconds that never go back.

    At most ``max_entries`` of them, of ``max_bytes`` in all: the longest kept make way.
    """

    def __init__(
        self, clock: Callable[[], float], *, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES
    ) -> None:
        self._clock = clock
        self._known: BoundedCache[K, tuple[float, V]] = BoundedCache(
            max_entries=max_entries, max_bytes=max_bytes
        )

    def get(self, key: K) -> tuple[V] | None:
        """The value while its time lasts, in a tuple because None may be one."""
        kept = self._known.get(key)
        return (kept[1],) if kept is not None and self._clock() < kept[0] else None

    def left(self, key: K) -> float:
        """For how many seconds the value is still kept; 0 if none is."""
        kept = self._known.get(key)
        return 0.0 if kept is None else max(0.0, kept[0] - self._clock())

    def put(self, key: K, value: V, *, seconds: float) -> None:
        """Keep ``value`` for ``seconds`` from now on, if there is room for it at all."""
        self.put_until(key, value, self._clock() + seconds)

    def put_until(self, key: K, value: V, until: float) -> None:
        """Keep ``value`` until the clock says ``until``, if there is room for it at all."""
        self._known.put(key, (until, value), size_of(value))

    @property
    def size(self) -> int:
        """How many bytes are kept, roughly, also of what has expired."""
        return self._known.size

    def drop(self, key: K) -> None:
        """Keep nothing under ``key``."""
        self._known.drop(key)
