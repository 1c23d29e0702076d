"""One connection of an HTTP client: bounded in what comes before a body, in what is asked before it is
answered, and in the time that answers wait to be read.

uvicorn itself waits for the end of a request's head as long as it takes, takes as much of it as comes, keeps
all requests that come while one is answered, and waits for ever for a client that does not read.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .answers import error_body
from .door import ABORT, Door

# What strangers send that is not HTTP is worth no line in the log; defects are.
_LOG: Final = logging.getLogger("dm3.connections")
_LOG.setLevel(logging.ERROR)

HEAD_SECONDS: Final = 10.0
"""How long a client may take for a request's head, from its first byte (or the connection) to its end."""
LINGER_SECONDS: Final = 1.0
"""How long a client that is refused has to read it; what it sends meanwhile is thrown away."""
SENDING_SECONDS: Final = 10.0
"""The same for one that is answered before its request was complete: most read after they have sent all."""
MAX_HEAD: Final = 64 * 1024
"""Bytes of a head that is not complete yet; what completes one adds a network buffer at most."""

MAX_PIPELINED: Final = 8
"""Requests that may wait while one is answered; a client that sends more is answered these, and no more."""
WRITE_SECONDS: Final = 20.0
"""How often a client that is behind with reading is looked at, and how long the last bytes may take."""
MIN_WRITE_RATE: Final = 8 * 1024
"""Bytes a second that it must have taken since the look before."""
HIGH_WATER: Final = 64 * 1024
"""Bytes that wait for a client before more is held back; asyncio's and uvloop's own mark."""

_REASONS: Final = {
    400: b"Bad Request",
    408: b"Request Timeout",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}
_BAD, _LATE, _MANY, _BIG, _FULL = 400, 408, 429, 431, 503
_HEAD: Final = b"\r\n".join(
    (
        b"HTTP/1.1 %d %b",
        b"content-type: application/json",
        b"content-length: %d",
        b"connection: close",
        b"\r\n",
    )
)


class _TooManyRequests(Exception):
    """Ends the parsing of what a client has sent at once."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol, with an end to its patience and refusals in the form of all our services."""

    _refused = False
    _ending = False
    _entered = False
    _source: str | None = None
    _late: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _look: asyncio.TimerHandle | None = None
    _taken = 0
    _read_since: object = None

    def __init__(self, *given: Any, door: Door, **options: Any) -> None:
        super().__init__(*given, **options)
        self.logger = _LOG
        self._door = door

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._source = self._door.source_of_peer(self.client[0] if self.client else "")
        self._entered = self._door.connections.enter(self._source)
        if self._entered:
            self._expect_head()
        elif self._door.connections.full:
            self._refuse(_FULL, "There are too many connections at the moment.")
        else:
            self._refuse(_MANY, "There are too many connections of this address.")

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_over()
        if self._look is not None:
            self._look.cancel()
            self._look = None
        if self._entered:
            self._entered = False
            self._door.connections.leave(self._source)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused or self._ending:
            return
        if self._in_head and self._late is None:
            self._expect_head()
        super().data_received(data)
        if self._in_head and self._late is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._refuse(_BIG, f"The request's head has more than {MAX_HEAD} bytes.")

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _TooManyRequests
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_is_over()
        self._in_head = False
        self.scope[ABORT] = self.transport.abort  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()
        self.cycle.transport = _LastAnswer(self)  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._finish()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._finish()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._look is None:
            self._expect_reading()

    def resume_writing(self) -> None:
        # From the high-water mark of what is buffered for the client to the low one.
        self._taken += HIGH_WATER - HIGH_WATER // 4
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        if len(self.pipeline) < MAX_PIPELINED:
            self._refuse(_BAD, "That is not an HTTP request.")
            return
        # What it sent before is answered; what follows is thrown away.
        self._head_is_over()
        self._ending = True
        self.pipeline[0][0].keep_alive = False

    def _expect_reading(self) -> None:
        self._taken = self.transport.get_write_buffer_size()
        self._read_since = self.cycle
        self._look = self.loop.call_later(WRITE_SECONDS, self._look_at_reader)

    def _look_at_reader(self) -> None:
        self._look = None
        left = self.transport.get_write_buffer_size()
        if not left or self.transport.is_closing():
            return
        enough = self._taken - left >= MIN_WRITE_RATE * WRITE_SECONDS or self._read_since is not self.cycle
        if enough or not self.flow.write_paused:
            self._expect_reading()
        else:
            self.transport.abort()

    def close_after_answer(self) -> None:
        """End the connection after an answer, in a way in which the client gets it."""
        if self.cycle.more_body and not self.transport.is_closing() and self.transport.can_write_eof():
            # Closed while more is coming in, the connection would be reset and the answer lost.
            self._ending = True
            self.flow.resume_reading()
            self.transport.write_eof()
            self.loop.call_later(SENDING_SECONDS, self.transport.abort)
        else:
            self.transport.close()

    def _finish(self) -> None:
        """Once the connection is closing: whoever does not read does not keep it."""
        if self.transport.get_write_buffer_size():
            self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _head_is_over(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self.cycle is not None and not self.cycle.response_complete:
            return  # what came meanwhile is for later; the answer under way is not cut off for it
        self._refuse(_LATE, f"The request's head did not come within {HEAD_SECONDS:.0f} seconds.")

    def _refuse(self, status: int, sentence: str) -> None:
        self._head_is_over()
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        body = msgspec.json.encode(error_body(f"http-{status}", sentence))
        self.transport.write(_HEAD % (status, _REASONS[status], len(body)) + body)
        # Closed while more is coming in, the connection would be reset and the refusal lost.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


class _LastAnswer:
    """The transport as an answer sees it."""

    __slots__ = ("_connection", "is_closing", "write")

    def __init__(self, connection: BoundedConnection) -> None:
        self._connection = connection
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing

    def close(self) -> None:
        """End the connection after what was written."""
        self._connection.close_after_answer()
