"""Reading request bodies: never more than allowed, never for ever, and few bytes at a time.

A body that has arrived with its head, as nearly all have, is simply taken. Others count: what has come of
small ones, and the whole of a big one, against a budget that no source uses up and no slow client keeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar.exceptions import HTTPException

from dm3.base.errors import Dm3Error, Fault, TooLarge

from .budget import Busy, ByteBudget, Share
from .sources import source_in
from .time_limit import within

Receive = Callable[[], Awaitable[Any]]

BODY_SECONDS: Final = 30.0
"""How long a small body may take; a big one has more time, as long as it keeps coming."""
MIN_RATE: Final = 32 * 1024
"""Bytes a second that a big body must have come with since its start, after the first ``GRACE_SECONDS``."""
GRACE_SECONDS: Final = 10.0
SMALL: Final = 256 * 1024
BIG_BYTES: Final = 32_000_000
"""Bytes of bodies above ``SMALL`` that may be on their way, or being worked on, at the same time."""
SMALL_BYTES: Final = 16_000_000
"""The same of smaller ones that come in pieces."""


class ClientGone(Exception):
    """The client went away before its request was complete."""


class SlowClient(Dm3Error):
    """The request did not arrive in time."""

    code = "slow-client"
    fault = Fault.NETWORK
    hint = "Send the whole request within half a minute, a big one with at least 32 KB a second."


class BodyReader:
    """Reads bodies of up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._big = ByteBudget(max(BIG_BYTES, 2 * limit), max(BIG_BYTES // 2, limit))
        self._small = ByteBudget(SMALL_BYTES, SMALL_BYTES // 2)

    def slot(self) -> BodySlot:
        """Where one body is to be read into."""
        return BodySlot(self._small, self._big)

    async def read(self, scope: Any, receive: Receive, slot: BodySlot) -> bytes:
        """The body of a request; what it holds of memory is kept until the slot is left.

        Raises `TooLarge`, `SlowClient`, `Busy` or `ClientGone`.
        """
        announced = announced_length(scope)
        self._check(announced)
        try:
            first = await within(BODY_SECONDS, _next(receive))
            if not first.get("more_body", False):
                body: bytes = first.get("body", b"")
                self._check(len(body))
                return body
            return await self._read(first, announced, receive, slot, source_in(scope))
        except TimeoutError:
            raise SlowClient() from None

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(f"the request has more than {self._limit} bytes")

    async def _read(
        self, message: Any, announced: int, receive: Receive, slot: BodySlot, source: str
    ) -> bytes:
        clock = asyncio.get_running_loop().time
        started = clock()
        body = bytearray()
        async with asyncio.timeout_at(started + BODY_SECONDS) as deadline:
            slot.open(source, lambda: deadline.reschedule(clock()))
            while True:
                body += message.get("body", b"")
                self._check(len(body))
                await slot.acquire(len(body), announced)
                if not message.get("more_body", False):
                    slot.settle()
                    return bytes(body)
                if slot.is_big:  # what it had to wait for room is not the client's time
                    deadline.reschedule(started + slot.waited + seconds_for(len(body)))
                slot.require()
                message = await _next(receive)


def seconds_for(size: int) -> float:
    """How long after its start the next byte of a big body must have come, when ``size`` have."""
    return GRACE_SECONDS + size / MIN_RATE


async def _next(receive: Receive) -> Any:
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    return message


class BodySlot:
    """A slot for a body in memory, left when the context ends."""

    def __init__(self, small: ByteBudget, big: ByteBudget) -> None:
        self._budgets = (small, big)
        self._share: Share | None = None
        self.waited = 0.0
        """Seconds that it had to wait for room."""
        self.is_big = False
        self._ended = False

    def open(self, source: str, give_way: Callable[[], object]) -> None:
        """Begin to count for ``source``; ``give_way`` ends the reading."""
        if self._share is not None:
            return

        def end() -> None:
            self._ended = True
            give_way()

        self._source, self._end = source, end
        self._share = self._budgets[0].share(source, end)

    async def acquire(self, size: int, announced: int) -> None:
        """Count ``size`` bytes that have come of ``announced`` (0: unknown). Raises `Busy`."""
        if self._share is None:
            return
        if size > SMALL and not self.is_big:
            self._share.give_back()
            self._share = self._budgets[1].share(self._source, self._end)
            self.is_big = True
        wanted = max(size, announced) if self.is_big else size
        if wanted > self._share.size:
            clock = asyncio.get_running_loop().time
            asked = clock()
            await self._share.take(wanted - self._share.size)
            self.waited += clock() - asked

    def require(self) -> None:
        """Raise `TimeoutError` when it had to give way for others meanwhile."""
        if self._ended:
            raise TimeoutError

    def settle(self) -> None:
        """The body is complete."""
        if self._share is not None:
            self._share.settle()

    def __enter__(self) -> BodySlot:
        return self

    def __exit__(self, *_: object) -> None:
        if self._share is not None:
            self._share.give_back()


def announced_length(scope: Any) -> int:
    """The Content-Length of a request; 0 when it has none that can be used."""
    for name, value in scope["headers"]:
        if name == b"content-length" and len(value) < 20:
            return int(value) if value.isdigit() else 0
    return 0


def patient(scope: Any, receive: Receive, slot: BodySlot) -> Receive:
    """``receive`` for the framework's routes: counts a body that comes in pieces, and gives up on a slow one.

    What is wrong is raised as the framework's own errors.
    """
    complete = False
    waiting: asyncio.Timeout | None = None
    end: float | None = None
    size = 0

    def give_way() -> None:
        if waiting is not None:
            waiting.reschedule(asyncio.get_running_loop().time())

    async def guarded() -> Any:
        nonlocal complete, waiting, end, size
        if complete:
            return await receive()
        if end is None:
            end = asyncio.get_running_loop().time() + BODY_SECONDS
        try:
            async with asyncio.timeout_at(end) as waiting:
                if size:
                    slot.open(source_in(scope), give_way)
                    await slot.acquire(size, 0)
                    slot.require()
                message = await receive()
        except TimeoutError:
            raise HTTPException(status_code=408, detail=str(SlowClient())) from None
        except Busy as error:
            raise HTTPException(status_code=503, detail=str(error)) from None
        finally:
            waiting = None
        size += len(message.get("body", b""))
        complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return guarded


class PatientRoutes:
    """An ASGI application whose bodies of up to ``limit`` bytes arrive before it sees the request."""

    def __init__(self, routes: Any, limit: int) -> None:
        self._routes = routes
        self._bodies = BodyReader(limit)

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] != "http":
            await self._routes(scope, receive, send)
            return
        with self._bodies.slot() as slot:
            await self._routes(scope, patient(scope, receive, slot), send)
