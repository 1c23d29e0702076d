"""What was found, remembered for a while; and one look-up for all who ask the same at once."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from msgspec import Struct

from dm3.base.errors import Dm3Error

from .bounded_cache import MAX_BYTES, MAX_ENTRIES, BoundedCache
from .timed_cache import TimedCache


class Found(Struct, frozen=True):
    """A value, or an error in its place, that holds for ``seconds``."""

    value: Any
    seconds: float


class LookupCache:
    """Values by subject and question until their time is over; ``clock`` gives seconds that never go back.

    What is known of one subject is a `TimedCache`, by question; these lie in a `BoundedCache` by subject, so
    that all of one is forgotten, or makes way, at once.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        max_subjects: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._known: BoundedCache[Hashable, TimedCache[Hashable, Any]] = BoundedCache(
            max_entries=max_subjects, max_bytes=max_bytes
        )
        self._asking: dict[tuple[Hashable, Hashable], asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def forget(self, subject: Hashable) -> None:
        """Drop what is remembered of ``subject``; what is being looked up now counts as old, too."""
        self._known.drop(subject)
        for key in [key for key in self._asking if key[0] == subject]:
            del self._asking[key]

    def left(self, subject: Hashable, question: Hashable) -> float:
        """For how many seconds the answer to ``question`` about ``subject`` holds; 0 if none is kept."""
        known = self._known.get(subject)
        return 0.0 if known is None else known.left(question)

    async def get_or_fetch(
        self, subject: Hashable, question: Hashable, look_up: Callable[[], Awaitable[Found]]
    ) -> Any:
        """The answer to ``question`` about ``subject``, looked up if need be: once for all who ask meanwhile.

        A `Dm3Error` as value is raised. A caller that is cancelled does not end the others' look-up.
        """
        known = self._known.get(subject)
        kept = None if known is None else known.get(question)
        if kept is not None:
            (value,) = kept
        else:
            key = (subject, question)
            task = self._asking.get(key)
            if task is None:
                task = self._asking[key] = asyncio.create_task(self._look_up(key, look_up))
                self._tasks.add(task)
                task.add_done_callback(self._ended)
            value = await asyncio.shield(task)
        if isinstance(value, Dm3Error):
            raise copy.copy(value)  # each asker's own, or their tracebacks would pile up in one
        return value

    async def close(self) -> None:
        """End the look-ups that are under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_up(self, key: tuple[Hashable, Hashable], look_up: Callable[[], Awaitable[Found]]) -> Any:
        task = asyncio.current_task()
        try:
            found = await look_up()
        finally:
            current = self._asking.get(key) is task
            if current:
                del self._asking[key]
        # Whoever had it forgotten meanwhile wants to see what is there now.
        if current and found.seconds > 0:
            self._keep(*key, found)
        return found.value

    def _keep(self, subject: Hashable, question: Hashable, found: Found) -> None:
        # A copy of an error has no traceback, which would keep all that its look-up has read.
        value = copy.copy(found.value) if isinstance(found.value, Dm3Error) else found.value
        known = self._known.get(subject) or TimedCache(self._clock, max_bytes=self._max_bytes)
        known.put(question, value, seconds=found.seconds)
        self._known.put(subject, known, known.size)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # taken note of: when all who asked are gone, nobody else does
