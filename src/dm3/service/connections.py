"""One connection of an HTTP client: what comes before a body is bounded in size and time, too.

uvicorn itself waits for the end of a request's head as long as it takes, and takes as much of it as comes.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .answers import error_body

# What strangers send that is not HTTP is worth no line in the log; defects are.
_LOG: Final = logging.getLogger("dm3.connections")
_LOG.setLevel(logging.ERROR)

HEAD_SECONDS: Final = 10.0
"""How long a client may take for a request's head, from its first byte (or the connection) to its end."""
LINGER_SECONDS: Final = 1.0
"""How long a client that is refused has to read it; what it sends meanwhile is thrown away."""
MAX_HEAD: Final = 64 * 1024
"""Bytes of a head that is not complete yet; what completes one adds a network buffer at most."""

_REASONS: Final = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}
_BAD, _LATE, _BIG = 400, 408, 431
_HEAD: Final = b"\r\n".join(
    (
        b"HTTP/1.1 %d %b",
        b"content-type: application/json",
        b"content-length: %d",
        b"connection: close",
        b"\r\n",
    )
)


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol, with an end to its patience and refusals in the form of all our services."""

    _refused = False
    _late: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.logger = _LOG

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_over()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_head and self._late is None:
            self._expect_head()
        super().data_received(data)
        if self._in_head and self._late is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._refuse(_BIG, f"The request's head has more than {MAX_HEAD} bytes.")

    def on_headers_complete(self) -> None:
        self._head_is_over()
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True

    def send_400_response(self, msg: str) -> None:
        self._refuse(_BAD, "That is not an HTTP request.")

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
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
