"""Connections: many requests ahead of answers, pages that nobody reads, uploads that drip."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx

from bench.people import log_in

from .case import Outcome, Scene, watched
from .honest import PATIENCE, send_beside, service_key, submit

PIPELINES: Final = 60
REQUESTS_AHEAD: Final = 6_000
SILENT_READERS: Final = 150
PAGE_TEXT: Final = 7_000_000
"""Sealed and in base64 it makes an envelope of nearly 10 MB."""
DRIPPING: Final = 12
HONEST_BIG: Final = 500_000
SECONDS: Final = 25.0
DELAY_BOUND: Final = 15.0
"""Seconds that an honest message may take: a share of memory is safe for ten, then it gives way."""
_PLAIN_GET: Final = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
_UPLOAD: Final = b"POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def requests_ahead(scene: Scene) -> Outcome:
    """60 connections with 6,000 requests each, whose answers nobody reads."""
    return await _beside(scene, PIPELINES, _PLAIN_GET * REQUESTS_AHEAD, SECONDS / 2)


async def silent_readers(scene: Scene) -> Outcome:
    """150 that ask for a page of 10 MB and never read it."""
    person = scene.person
    [token] = await log_in(scene.server.url, [person])
    async with httpx.AsyncClient(base_url=scene.server.url, timeout=PATIENCE) as http:
        if not await submit(http, await service_key(http), person, person.name, "x" * PAGE_TEXT):
            raise RuntimeError("the big message was not taken")
    asked = f"GET /mailbox/{person.name} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    return await _beside(scene, SILENT_READERS, asked.encode("ascii"), SECONDS)


async def dripping_uploads(scene: Scene) -> Outcome:
    """Uploads of 10 MB that stop half-way, and honest messages of 700 KB beside them."""
    return await _beside(scene, DRIPPING, _UPLOAD + b"x" * 400_000, SECONDS / 2, HONEST_BIG)


CONNECTION_CASES: Final = (requests_ahead, silent_readers, dripping_uploads)


async def _beside(scene: Scene, count: int, written: bytes, seconds: float, size: int = 0) -> Outcome:
    async with watched(scene.server) as memory, _connected(scene, count) as opened:
        for _, writer in opened:
            writer.write(written)
        seen = await send_beside(scene.server.url, scene.person, seconds, size=size)
    held = memory.is_flat and not seen.lost and seen.delay <= DELAY_BOUND
    return Outcome(held, f"{memory}; {seen}")


@contextlib.asynccontextmanager
async def _connected(scene: Scene, count: int) -> AsyncIterator[Sequence[Streams]]:
    parts = urlsplit(scene.server.url)
    opened = list[Streams]()
    try:
        for _ in range(count):
            opened.append(await asyncio.open_connection(parts.hostname, parts.port, limit=1_024))
        yield opened
    finally:
        for _, writer in opened:
            with contextlib.suppress(OSError):
                writer.transport.abort()
