"""What was found, remembered for a while; and one look-up for all who ask the same at once."""

from __future__ import annotations

import asyncio
import copy
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final

from msgspec import Struct

from dm3.base.errors import Dm3Error

MAX_SUBJECTS: Final = 20_000


class Found(Struct, frozen=True):
    """A value, or an error in its place, that holds for ``seconds``."""

    value: Any
    seconds: float


class Memory:
    """Values by subject and question until their time is over; ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], max_subjects: int = MAX_SUBJECTS) -> None:
        self._clock = clock
        self._max_subjects = max_subjects
        self._known: OrderedDict[Hashable, dict[Hashable, tuple[float, Any]]] = OrderedDict()
        self._asking: dict[tuple[Hashable, Hashable], asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def forget(self, subject: Hashable) -> None:
        """Drop what is remembered of ``subject``; what is being looked up now counts as old, too."""
        self._known.pop(subject, None)
        for key in [key for key in self._asking if key[0] == subject]:
            del self._asking[key]

    async def recall(
        self, subject: Hashable, question: Hashable, look_up: Callable[[], Awaitable[Found]]
    ) -> Any:
        """The answer to ``question`` about ``subject``, looked up if need be: once for all who ask meanwhile.

        A `Dm3Error` as value is raised. A caller that is cancelled does not end the others' look-up.
        """
        until, value = self._known.get(subject, {}).get(question, (0.0, None))
        if self._clock() >= until:
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
        self._known.setdefault(subject, {})[question] = (self._clock() + found.seconds, found.value)
        self._known.move_to_end(subject)
        while len(self._known) > self._max_subjects:
            self._known.popitem(last=False)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # taken note of: when all who asked are gone, nobody else does
