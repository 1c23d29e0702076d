"""The open connections of one client, so that closing the client closes every one of them.

The pools of httpcore lose some: one that was being opened while the pool closed is never closed, and where a
task is cancelled while it closes several, the rest stay open.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

import httpcore


class OpenStreams:
    """What has been opened and not closed; close it, after which nothing further is kept open."""

    def __init__(self) -> None:
        self._open: set[httpcore.AsyncNetworkStream] = set()
        self._closed = False

    async def keep(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        """``stream``, remembered until it is closed. Raises ``httpcore.ConnectError`` when we are closed."""
        if self._closed:
            await stream.aclose()
            raise httpcore.ConnectError("the client has been closed")
        kept = _KeptStream(stream, self._open)
        self._open.add(kept)
        return kept

    async def aclose(self) -> None:
        """Close all of them; a task that is cancelled meanwhile closes the rest all the same."""
        self._closed = True
        cut_short: BaseException | None = None
        for stream in tuple(self._open):
            try:
                with contextlib.suppress(Exception):  # the peer's trouble: closed it is
                    await stream.aclose()
            except BaseException as error:  # raised again below
                cut_short = error
        if cut_short is not None:
            raise cut_short


class _KeptStream(httpcore.AsyncNetworkStream):
    """A stream that takes itself out of ``among`` when it is closed."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, among: set[httpcore.AsyncNetworkStream]) -> None:
        self._stream = stream
        self._among = among

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface is httpcore's
    ) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface is httpcore's
    ) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        self._among.discard(self)
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface is httpcore's
    ) -> httpcore.AsyncNetworkStream:
        self._stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
