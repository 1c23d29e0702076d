"""Floods: one source of strangers fills what it can, a clock jumps, long work meets messages that come in."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx

from bench.http_load import server_process
from bench.people import Person, log_in, make_people, register
from bench.writer import beside_expiry, beside_moving
from dm3.base import canonical_json, from_base64, sha256_hex
from dm3.crypto import SCHEME, sign
from dm3.model import DeliveryInformation
from dm3.wire import information_json, metadata_json, seal_text

from .case import Outcome, Scene, watched

SECONDS: Final = 12.0
FLOODERS: Final = 4
FLOOD_TEXT: Final = 700_000
STRANGERS_MB: Final = 60.0
"""What one source of strangers may have stored meanwhile: its minute, and some for what is measured."""
DELAY_BOUND: Final = 2.0
DAYS_AHEAD: Final = 40
WRITE_BOUND: Final = 0.25
_AHEAD_PROCESS: Final = "bench.stress.ahead_process"


async def flood_of_strangers(_: Scene) -> Outcome:
    """Strangers of one address put in big messages as fast as they can, beside an honest sender."""
    with tempfile.TemporaryDirectory() as folder:
        [person] = make_people(Path(folder), 1)
        with server_process(_AHEAD_PROCESS, folder, "0") as server:
            await register(server.url, [person])
            async with watched(server) as memory:
                told = await _flooded(server.url, person)
    held = told.held and memory.is_flat
    return Outcome(held, f"{told.told}, {memory.more:.0f} MB above the start")


async def _flooded(url: str, person: Person) -> Outcome:
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        key = await _service_key(http)
        ends = time.monotonic() + SECONDS
        flooding = [
            asyncio.create_task(_flood(http, key, person, number, ends)) for number in range(FLOODERS)
        ]
        sent: list[str] = []
        delays = [0.0]
        while time.monotonic() < ends:
            text, begun = f"honest {len(sent)}", time.monotonic()
            if await _submit(http, key, person, person.name, text):
                delays.append(time.monotonic() - begun)
            sent.append(sha256_hex(text))
            await asyncio.sleep(0.5)
        stored = sum(await asyncio.gather(*flooding)) / 1e6
        found = await _all_hashes(http, url, person)
    lost = len(set(sent) - found)
    told = (
        f"{stored:.0f} MB of strangers stored, honest messages taken after {max(delays):.2f} s at most, "
        f"{lost} of {len(sent)} lost"
    )
    return Outcome(not lost and stored <= STRANGERS_MB and max(delays) <= DELAY_BOUND, told)


async def clock_ahead(_: Scene) -> Outcome:
    """One start forty days ahead, then the right time again: is all mail still there?"""
    with tempfile.TemporaryDirectory() as folder:
        [person] = make_people(Path(folder), 1)
        with server_process(_AHEAD_PROCESS, folder, "0") as server:
            await register(server.url, [person])
            async with httpx.AsyncClient(base_url=server.url, timeout=60) as http:
                key = await _service_key(http)
                taken = [await _submit(http, key, person, person.name, f"{number}") for number in range(20)]
        with server_process(_AHEAD_PROCESS, folder, str(DAYS_AHEAD)) as server:
            async with httpx.AsyncClient(base_url=server.url, timeout=60) as http:
                await asyncio.sleep(3)
                health: dict[str, Any] = (await http.get("/health")).json()
        with server_process(_AHEAD_PROCESS, folder, "0") as server:
            async with httpx.AsyncClient(base_url=server.url, timeout=60) as http:
                found = await _all_hashes(http, server.url, person)
    codes = [trouble["code"] for trouble in health.get("troubles", ())]
    lost = sum(taken) - len(found)
    told = f"{lost} of {sum(taken)} messages lost; health told {', '.join(codes) or 'nothing'}"
    return Outcome(len(found) == sum(taken) == len(taken) and "clock-jumped" in codes, told)


async def long_work(_: Scene) -> Outcome:
    """Expiry of 6,000 messages in 3,000 mailboxes, and 60,000 that follow a name, beside 8 writers."""
    expiry = await asyncio.to_thread(beside_expiry, SECONDS / 2, None)
    moving = await asyncio.to_thread(beside_moving, SECONDS / 2, None)
    rows = {"expiry": expiry, "moving": moving}
    told = "; ".join(
        f"{name}: {row.part_of_limit or 0:.0%} of the rate, p99 {1_000 * (row.p99 or 0):.0f} ms"
        for name, row in rows.items()
    )
    return Outcome(all((row.p99 or 0) <= WRITE_BOUND for row in rows.values()), told)


FLOOD_CASES: Final = (flood_of_strangers, clock_ahead, long_work)


async def _flood(http: httpx.AsyncClient, key: bytes, to: Person, number: int, ends: float) -> int:
    """Put in what goes until the end; returns how many bytes were taken."""
    stored = count = 0
    while time.monotonic() < ends:
        count += 1
        text = f"{number}/{count}" + "x" * FLOOD_TEXT
        if await _submit(http, key, to, f"stranger{number}.nowhere.invalid", text):
            stored += len(text) * 4 // 3
    return stored


async def _service_key(http: httpx.AsyncClient) -> bytes:
    profile = (await http.get("/")).json()["profile"]
    return from_base64(profile["publicEncryptionKey"], what="the service's key")


async def _submit(http: httpx.AsyncClient, key: bytes, to: Person, sender: str, text: str) -> bool:
    """Hand in a message; whether it was taken."""
    sealed = seal_text(
        canonical_json(information_json(DeliveryInformation(to.name, sender))), key, os.urandom
    )
    metadata = metadata_json(sealed, sha256_hex(text), SCHEME)
    signature = sign(to.keys.signing_private, canonical_json(metadata))
    message = seal_text(text, to.keys.encryption_public, os.urandom)
    envelope = {"message": message, "metadata": {**metadata, "signature": signature}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "dm3_submitMessage", "params": [envelope]}
    answer = await http.post("/rpc", content=json.dumps(body))
    return bool(answer.status_code == 200 and answer.json().get("result") == "success")


async def _all_hashes(http: httpx.AsyncClient, url: str, person: Person) -> set[str]:
    [token] = await log_in(url, [person])
    found, cursor, more = set[str](), "0", True
    while more:
        answer = await http.get(
            f"/mailbox/{person.name}",
            params={"after": cursor},
            headers={"Authorization": f"Bearer {token}"},
        )
        page = answer.json()
        found |= {message["hash"] for message in page["messages"]}
        cursor, more = page["cursor"], page["more"]
    return found
