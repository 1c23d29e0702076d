"""Reading request bodies: never more than allowed, never for ever, and few big ones at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar.exceptions import HTTPException

from dm3.base.errors import Dm3Error, Fault, TooLarge

from .patience import within

Receive = Callable[[], Awaitable[Any]]

BODY_SECONDS: Final = 30.0
SMALL: Final = 256 * 1024
BIG_AT_ONCE: Final = 2
"""Bodies above ``SMALL`` bytes that may be in memory at the same time."""
BIG_WAIT_SECONDS: Final = 5.0


class ClientGone(Exception):
    """The client went away before its request was complete."""


class SlowClient(Dm3Error):
    """The request did not arrive in time."""

    code = "slow-client"
    fault = Fault.NETWORK
    hint = "Send the whole request within half a minute."


class BusyWithBigRequests(Dm3Error):
    """Too many big messages arrive at the moment."""

    code = "busy"
    fault = Fault.OPERATOR
    hint = "Try again in a few seconds."


class Bodies:
    """Reads bodies of up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._big = asyncio.Semaphore(BIG_AT_ONCE)

    def place(self) -> Place:
        """Where one body is to be read into."""
        return Place(self._big)

    async def read(self, scope: Any, receive: Receive, place: Place) -> bytes:
        """The body of a request; a big one keeps its place until that is left.

        Raises `TooLarge`, `SlowClient`, `BusyWithBigRequests` or `ClientGone`.
        """
        if announced_length(scope) > self._limit:
            raise TooLarge(f"the request has more than {self._limit} bytes")
        try:
            return await within(BODY_SECONDS, self._read(receive, place))
        except TimeoutError:
            raise SlowClient() from None

    async def _read(self, receive: Receive, place: Place) -> bytes:
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientGone
            chunk = message.get("body", b"")
            size, more = size + len(chunk), message.get("more_body", False)
            if size > self._limit:
                raise TooLarge(f"the request has more than {self._limit} bytes")
            if size > SMALL:
                await place.take()
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class Place:
    """A place for a body in memory, left when the context ends; only big bodies have to wait for one."""

    def __init__(self, big: asyncio.Semaphore) -> None:
        self._big = big
        self._taken = False

    async def take(self) -> None:
        """Wait for a big body's place, once. Raises `BusyWithBigRequests`."""
        if self._taken:
            return
        try:
            async with asyncio.timeout(BIG_WAIT_SECONDS):
                await self._big.acquire()
        except TimeoutError:
            raise BusyWithBigRequests() from None
        self._taken = True

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        if self._taken:
            self._big.release()


def announced_length(scope: Any) -> int:
    """The Content-Length of a request; 0 when it has none that can be used."""
    for name, value in scope["headers"]:
        if name == b"content-length" and len(value) < 20:
            return int(value) if value.isdigit() else 0
    return 0


def patient(receive: Receive, seconds: float = BODY_SECONDS) -> Receive:
    """``receive`` for the framework's routes, which gives up on a body that does not arrive in time."""
    complete = False
    deadline: float | None = None

    async def guarded() -> Any:
        nonlocal complete, deadline
        if complete:
            return await receive()
        if deadline is None:
            deadline = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(status_code=408, detail=str(SlowClient())) from None
        complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return guarded
