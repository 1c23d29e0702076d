"""An honest sender and reader beside the hostile ones: how long its messages take, how many are lost."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Final

import httpx
from msgspec import Struct

from bench.people import Person, log_in
from dm3.base import canonical_json, from_base64, sha256_hex
from dm3.crypto import SCHEME, sign
from dm3.model import DeliveryInformation
from dm3.wire import information_json, metadata_json, seal_text

EVERY: Final = 0.5
PATIENCE: Final = 60.0


class Seen(Struct, frozen=True):
    """What became of messages: how many there were, how many were lost, and the longest delay in seconds."""

    sent: int
    lost: int
    delay: float

    def __str__(self) -> str:
        return f"{self.lost} of {self.sent} honest messages lost, taken after {self.delay:.2f} s at most"


async def send_beside(url: str, person: Person, seconds: float, *, size: int = 0) -> Seen:
    """Send one message after the other for so long, each with ``size`` bytes more; then look for them."""
    sent, delays, ends = list[str](), [0.0], time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
        key = await service_key(http)
        while not sent or time.monotonic() < ends:
            text, begun = f"honest {len(sent)} " + "x" * size, time.monotonic()
            sent.append(sha256_hex(text))
            await submit(http, key, person, person.name, text)
            delays.append(time.monotonic() - begun)
            await asyncio.sleep(EVERY)
        return Seen(len(sent), len(set(sent) - await all_hashes(http, person)), max(delays))


async def service_key(http: httpx.AsyncClient) -> bytes:
    """The key for which delivery information is sealed."""
    profile = (await http.get("/")).json()["profile"]
    return from_base64(profile["publicEncryptionKey"], what="the service's key")


async def submit(http: httpx.AsyncClient, key: bytes, to: Person, sender: str, text: str) -> bool:
    """Hand in a message; whether it was taken."""
    information = canonical_json(information_json(DeliveryInformation(to.name, sender)))
    metadata = metadata_json(seal_text(information, key, os.urandom), sha256_hex(text), SCHEME)
    signature = sign(to.keys.signing_private, canonical_json(metadata))
    message = seal_text(text, to.keys.encryption_public, os.urandom)
    envelope = {"message": message, "metadata": {**metadata, "signature": signature}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "dm3_submitMessage", "params": [envelope]}
    answer = await http.post("/rpc", content=json.dumps(body))
    return bool(answer.status_code == 200 and answer.json().get("result") == "success")


async def all_hashes(http: httpx.AsyncClient, person: Person) -> set[str]:
    """The hashes of all that waits for the person."""
    [token] = await log_in(str(http.base_url), [person])
    headers = {"Authorization": f"Bearer {token}"}
    found, cursor, more = set[str](), "0", True
    while more:
        answer = await http.get(f"/mailbox/{person.name}", params={"after": cursor}, headers=headers)
        page = answer.json()
        found |= {message["hash"] for message in page["messages"]}
        cursor, more = page["cursor"], page["more"]
    return found
