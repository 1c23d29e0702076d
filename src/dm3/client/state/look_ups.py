"""Nothing is asked of others under an account's lock: what a step needs of them is looked up before it.

A step runs under the lock and says, by the first question that nobody has answered yet, what it needs. The
lock is given back, the question is put, and the step begins anew with the answer. So a resolver that hangs
holds up the one step that needs it, and no sending, approving or reading of another (specification 4).

A step is begun several times: it changes nothing but what its one commit changes, at its end.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import CannotTell, Dm3Error
from dm3.model import DeliveryServiceProfile
from dm3.net import Directory
from dm3.protocol.names import Question, ResolvedProfile

T = TypeVar("T")

MOST: Final = 100
"""How many questions one step may need; link messages need about ten."""

Ask = Callable[[], Awaitable[Any]]
Aftermath = Callable[[], Awaitable[None]]
"""What a step leaves to be done with services, once its lock is given back."""


class Answer(Struct, frozen=True):
    """What a question was answered with, or the error that it ended in."""

    value: Any = None
    error: Dm3Error | None = None


class Told:
    """What the step that has the lock was told before; ``is_over`` once it has given the lock back."""

    def __init__(self, answers: dict[Hashable, Answer]) -> None:
        self.answers = answers
        self.is_over = False


_told: ContextVar[Told | None] = ContextVar("told", default=None)
"""None where no step has a lock. A task that a step has started sees its step's, also when that is over."""


def _current() -> Told | None:
    told = _told.get()
    return None if told is None or told.is_over else told


class NotAskedYet(Exception):  # no error: it only leads out of the step
    """A step needs the answer to this question."""

    def __init__(self, key: Hashable, ask: Ask) -> None:
        super().__init__(f"{key} is to be asked before")
        self.key = key
        self.ask = ask


def in_step() -> bool:
    """Whether the caller is in a step, under a lock."""
    return _current() is not None


async def looked_up(key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
    """What ``ask`` gives or raises: asked at once, or in a step, what it was answered with before.

    ``key`` says what is asked. Raises `NotAskedYet` in a step that needs it first.
    """
    told = _current()
    if told is None:
        return await ask()
    if key not in told.answers:
        raise NotAskedYet(key, ask)
    answer = told.answers[key]
    if answer.error is not None:
        raise copy.copy(answer.error)
    return answer.value  # type: ignore[no-any-return]


async def step(lock: asyncio.Lock, doing: Callable[[], Awaitable[T]]) -> T:
    """Do this under ``lock``; what it needs of others is looked up while nobody has the lock.

    Raises what ``doing`` raises, and `CannotTell` where it needs more than one step may.
    """
    answers: dict[Hashable, Answer] = {}
    while len(answers) <= MOST:
        async with lock:
            told = Told(answers)
            before = _told.set(told)
            try:
                return await doing()
            except NotAskedYet as missing:
                key, ask = missing.key, missing.ask
            finally:
                told.is_over = True
                _told.reset(before)
        try:
            answers[key] = Answer(await ask())
        except Dm3Error as error:
            answers[key] = Answer(error=error)
    raise CannotTell("this needs too much of others to be decided")


async def nothing_more() -> None:
    """The aftermath of a step that leaves nothing to be done."""


class LookUps(Directory):
    """The directory of a client: in a step, only what was looked up before it."""

    async def profile(self, name: str, *, fresh: bool = False) -> ResolvedProfile:
        """As `Directory.profile`."""
        ask = super().profile
        return await looked_up(("profile", normalize(name), fresh), lambda: ask(name, fresh=fresh))

    async def delivery_service(self, name: str, *, fresh: bool = False) -> DeliveryServiceProfile:
        """As `Directory.delivery_service`."""
        ask = super().delivery_service
        return await looked_up(("service", normalize(name), fresh), lambda: ask(name, fresh=fresh))

    async def answer(self, question: Question) -> Any:
        """As `Directory.answer`."""
        ask = super().answer
        return await looked_up(question, lambda: ask(question))
