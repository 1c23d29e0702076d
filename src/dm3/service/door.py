"""The door of a service: who comes in, how many at a time, and how much is on its way out to each.

`ConnectionLimits` says it, `Door` keeps it. Proxies that are trusted are no sources of requests themselves;
the addresses that they forward are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from .answers import error_body
from .budget import Busy, ByteBudget
from .connection_limits import CONNECTIONS, ConnectionLimits
from .sources import Counted, Proxies, source_in, source_of

Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Send], Awaitable[None]]

FILES_FOR_THE_REST: Final = 128
"""Open files that a service needs besides its connections: database, log, look-ups."""

ANSWER_BYTES: Final = 32_000_000
"""Bytes of big answers that may be on their way at the same time; a source has half of them at most."""
PIECE: Final = 64 * 1024
"""Answers above this go out in pieces, as fast as the client takes them."""
ABORT: Final = "dm3.abort"
ANSWERS: Final = "dm3.answers"
"""Where the scope of a request has the end of its connection, and the budget of big answers."""

_TOO_MANY: Final = "There are too many requests of this address under way."


class Door:
    """Counts connections and requests. ``connections`` and ``requests`` are by source."""

    def __init__(self, limits: ConnectionLimits, proxies: Sequence[str]) -> None:
        limits.check()
        in_all = min(limits.in_all, _open_files() - FILES_FOR_THE_REST)
        self.connections = Counted(max(1, in_all), limits.per_address)
        self.requests = Counted(max(1, in_all), limits.per_address)
        self.answers = ByteBudget(ANSWER_BYTES, ANSWER_BYTES // 2)
        self._proxies = Proxies(proxies)

    def source_of_peer(self, host: str) -> str | None:
        """Whose a connection from ``host`` is; None for a proxy, which is no source."""
        return None if host in self._proxies else source_of(host)

    def around(self, app: App) -> App:
        """``app``, which then answers only so many requests of one source at a time, in pieces."""

        async def guarded(scope: Any, receive: Any, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            client = scope.get("client")
            source = self.source_of_peer(client[0]) if client else ""
            if not self.requests.enter(source):
                await _refuse(send, 429, _TOO_MANY)
                return
            try:
                scope[ANSWERS] = self.answers
                await app(scope, receive, self._in_pieces(scope, send))
            finally:
                self.requests.leave(source)

        return guarded

    def _in_pieces(self, scope: Any, send: Send) -> Send:
        start: Any = None

        async def sending(message: Any) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body = message.get("body", b"")
            if len(body) <= PIECE:
                if start is not None:
                    begun, start = start, None
                    await send(begun)
                await send(message)
                return
            with answer_share(scope) as share:
                try:
                    await share.take(len(body))
                except Busy as error:
                    if start is not None:
                        start = None
                        await _refuse(send, 503, str(error))
                    else:
                        scope.get(ABORT, _nothing)()
                    return
                if start is not None:
                    begun, start = start, None
                    await send(begun)
                await send_pieces(send, body, more=message.get("more_body", False))

        return sending


def answer_share(scope: Any) -> Any:
    """A share of the budget of big answers for one request; who has to give way loses its connection."""
    budget = scope.get(ANSWERS) or ByteBudget(ANSWER_BYTES, ANSWER_BYTES)
    return budget.share(source_in(scope), scope.get(ABORT, _nothing))


async def send_pieces(send: Send, body: bytes, *, more: bool) -> None:
    """Send a part of an answer in pieces; each waits until the client has taken most of the one before."""
    for first in range(0, len(body), PIECE):
        last = first + PIECE >= len(body)
        piece = body[first : first + PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": more or not last})


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = msgspec.json.encode(error_body(f"http-{status}", sentence, "Wait a moment and try again."))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"access-control-allow-origin", b"*"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _nothing() -> None:
    """Not served by our own connections, so there is none to end."""


def _open_files() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else soft
