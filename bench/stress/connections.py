"""Connections: many requests ahead of answers, pages that nobody reads, uploads that drip."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx

from bench.delivery_process import SERVICE
from bench.people import Person, log_in, register
from dm3.base import canonical_json, from_base64, sha256_hex
from dm3.crypto import SCHEME, sign
from dm3.model import DeliveryInformation
from dm3.wire import information_json, metadata_json, seal_text

from .case import Outcome, Scene, watched

PIPELINES: Final = 60
REQUESTS_AHEAD: Final = 6_000
SILENT_READERS: Final = 150
PAGE_TEXT: Final = 7_000_000
"""Sealed and in base64 it makes an envelope of nearly 10 MB."""
DRIPPING: Final = 12
SECONDS: Final = 25.0
_PLAIN_GET: Final = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def requests_ahead(scene: Scene) -> Outcome:
    """60 connections with 6,000 requests each, whose answers nobody reads."""
    async with watched(scene.server) as memory:
        opened = await _connect(scene, PIPELINES)
        for _, writer in opened:
            writer.write(_PLAIN_GET * REQUESTS_AHEAD)
        await asyncio.sleep(SECONDS / 2)
        answered = await _health(scene)
        _close(opened)
    told = f"{memory.more:.0f} MB above the start; others were answered after {answered:.2f} s"
    return Outcome(memory.is_flat, told)


async def silent_readers(scene: Scene) -> Outcome:
    """150 that ask for a page of 10 MB and never read it."""
    person = scene.person
    await register(scene.server.url, [person])
    [token] = await log_in(scene.server.url, [person])
    await _submit(scene, person, PAGE_TEXT)
    request = f"GET /mailbox/{person.name} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    async with watched(scene.server) as memory:
        opened = await _connect(scene, SILENT_READERS)
        for _, writer in opened:
            writer.write(request.encode())
        await asyncio.sleep(SECONDS)
        answered = await _health(scene)
        _close(opened)
    told = f"{memory.more:.0f} MB above the start; others were answered after {answered:.2f} s"
    return Outcome(memory.is_flat, told)


async def dripping_uploads(scene: Scene) -> Outcome:
    """Uploads of 10 MB that stop half-way, and an honest big message beside them."""
    person = scene.person
    await register(scene.server.url, [person])
    async with watched(scene.server) as memory:
        opened = await _connect(scene, DRIPPING)
        for _, writer in opened:
            writer.write(
                b"POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n" + b"x" * 400_000
            )
        await asyncio.sleep(1)
        begun = time.monotonic()
        await _submit(scene, person, 500_000)
        taken = time.monotonic() - begun
        _close(opened)
    told = f"{memory.more:.0f} MB above the start; a message of 700 KB was taken after {taken:.1f} s"
    return Outcome(memory.is_flat, told)


CONNECTION_CASES: Final = (requests_ahead, silent_readers, dripping_uploads)


async def _connect(scene: Scene, count: int) -> list[Streams]:
    parts = urlsplit(scene.server.url)
    opened = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1_024)
        opened.append((reader, writer))
    return opened


def _close(opened: Sequence[Streams]) -> None:
    for _, writer in opened:
        with contextlib.suppress(OSError):
            writer.transport.abort()


async def _health(scene: Scene) -> float:
    """How long an honest request takes, in seconds."""
    begun = time.monotonic()
    async with httpx.AsyncClient(base_url=scene.server.url, timeout=60) as http:
        (await http.get("/health")).raise_for_status()
    return time.monotonic() - begun


async def _submit(scene: Scene, person: Person, size: int) -> None:
    """Hand in a message of the person's to itself; raises `RuntimeError` when it is not taken."""
    text = "x" * size
    async with httpx.AsyncClient(base_url=scene.server.url, timeout=60) as http:
        profile = (await http.get("/")).json()["profile"]
        service_key = from_base64(profile["publicEncryptionKey"], what="the service's key")
        information = canonical_json(information_json(DeliveryInformation(person.name, person.name)))
        sealed = seal_text(information, service_key, os.urandom)
        metadata = metadata_json(sealed, sha256_hex(text), SCHEME)
        signature = sign(person.keys.signing_private, canonical_json(metadata))
        envelope = {
            "message": seal_text(text, person.keys.encryption_public, os.urandom),
            "metadata": {**metadata, "signature": signature},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "dm3_submitMessage", "params": [envelope]}
        answer = await http.post("/rpc", content=json.dumps(body))
    if answer.json().get("result") != "success":
        raise RuntimeError(f"{SERVICE} did not take the message: {answer.text[:200]}")
