"""Load over HTTP from this process to a server process, each on a core of its own where there are two."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

CONNECTIONS: Final = 64


class Load(Struct, frozen=True):
    """What came of a load: answers a second, and the time (s) that 50 and 99 of 100 requests took at most."""

    rate: float
    p50: float
    p99: float


class ServerProcess(Struct, frozen=True):
    """A server under load: where it answers, and its process."""

    url: str
    pid: int

    def memory(self) -> float | None:
        """The memory that it takes now, in MB; None where the system does not say."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return None
        found = re.search(r"VmRSS:\s*(\d+) kB", status.read_text(encoding="ascii"))
        return int(found[1]) / 1024 if found else None


@contextmanager
def server_process(module: str, *arguments: str) -> Iterator[ServerProcess]:
    """Run ``python -m module``, which prints its URL, on one core and this process on another.

    The module ends when its standard input does.
    """
    command = [sys.executable, "-m", module, *arguments]
    before = _cores()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if len(before) > 1:
            _stay_on(process.pid, before[:1])
            _stay_on(0, before[1:])
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"{module} did not start")
            yield ServerProcess(url, process.pid)
        finally:
            process.stdin.close()
            process.wait(timeout=30)
            if len(before) > 1:
                _stay_on(0, before)


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _stay_on(process: int, cores: Sequence[int]) -> None:
    os.sched_setaffinity(process, cores)


def request_bytes(method: str, path: str, body: bytes = b"", *, token: str | None = None) -> bytes:
    """An HTTP/1.1 request for a connection that stays open, with an access token if there is one."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    access = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{access}{length}\r\n".encode("ascii") + body


def load(url: str, requests: Iterator[bytes], seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send ``requests`` on so many ``connections``, one at a time on each, for about ``seconds``.

    Ends early when there are no more. Raises `RuntimeError` when one is not answered with 200.
    """
    return asyncio.run(_load(url, requests, seconds, connections))


async def _load(url: str, requests: Iterator[bytes], seconds: float, count: int) -> Load:
    times: list[float] = []
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    loop = asyncio.get_running_loop()
    begun = perf_counter()
    ends = begun + seconds
    connections: list[_Connection] = []
    for _ in range(count):
        _, connection = await loop.create_connection(lambda: _Connection(requests, times, ends), host, port)
        connections.append(connection)
    await asyncio.gather(*(connection.done for connection in connections))
    if not times:
        raise RuntimeError("nothing was answered in that time")
    times.sort()
    rate = len(times) / (perf_counter() - begun)
    return Load(rate, times[len(times) // 2], times[len(times) * 99 // 100])


class _Connection(asyncio.Protocol):
    """One request after the other; as little as possible, so that the server is what is measured."""

    def __init__(self, requests: Iterator[bytes], times: list[float], ends: float) -> None:
        self._requests = requests
        self._times = times
        self._ends = ends
        self._sent = 0.0
        self._buffer = b""
        self._transport: Any = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._end(RuntimeError(f"not answered: {self._buffer[:600]!r}"))
            return
        self._buffer = b""
        now = perf_counter()
        self._times.append(now - self._sent)
        if now < self._ends:
            self._next()
        else:
            self._end()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(RuntimeError("the server closed a connection"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end()
            return
        self._sent = perf_counter()
        self._transport.write(request)

    def _end(self, error: Exception | None = None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(b"content-length:") + 15
    return int(lowered[at:].split(b"\r\n", 1)[0])
