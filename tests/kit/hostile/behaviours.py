"""What a hostile server does with a request. A behaviour is a function; a test puts it in its place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any


@dataclass(frozen=True)
class Heard:
    """A request that came in: ``path`` without its query, ``body`` as JSON where it is some."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


Answer = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


def says(value: Any = None, status: int = 200) -> Answer:
    """Answer with this JSON value."""

    async def answer(_: Heard, writer: asyncio.StreamWriter) -> None:
        _write(writer, status, value)

    return answer


async def takes_all(heard: Heard, writer: asyncio.StreamWriter) -> None:
    """Say that it was done, in the service's form: registrations, readers, extensions, copies."""
    if heard.method == "DELETE" or heard.path.startswith("/escrow/"):
        _write(writer, 204, None)
    else:
        name = heard.path.rpartition("/")[2]
        _write(writer, 200, {"name": name, "reader": name, "encryptionScheme": []})


def refuses(status: int, code: str = "refused", sentence: str = "the hostile one refuses") -> Answer:
    """Answer with an error in the form of our services."""
    return says({"error": sentence, "code": code}, status)


async def hangs(_: Heard, __: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


def drips(pause: float = 0.2) -> Answer:
    """Answer a byte at a time, without end."""

    async def answer(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def page_of(*entries: dict[str, Any], more: bool | None = None, cursor: str | None = None) -> Answer:
    """A page with these entries, and an empty one to whoever goes on from it."""
    last = cursor or str(len(entries))

    def page(after: str) -> dict[str, Any]:
        told = {} if more is None else {"more": more}
        if after and after != "0":
            return {"messages": [], "cursor": after, **told}
        return {"messages": list(entries), "cursor": last, **told}

    return _pages(page)


def endless(entry: Callable[[int], dict[str, Any]], size: int = 50) -> Answer:
    """Full pages for ever; ``entry`` makes the entry with that number."""
    numbers = count(1)

    def page(_: str) -> dict[str, Any]:
        entries = [entry(next(numbers)) for _ in range(size)]
        return {"messages": entries, "cursor": entries[-1]["cursor"], "more": True}

    return _pages(page)


def stands_still(entry: Callable[[int], dict[str, Any]]) -> Answer:
    """The same page for ever."""

    def page(_: str) -> dict[str, Any]:
        return {"messages": [entry(1)], "cursor": "1", "more": True}

    return _pages(page)


def _pages(page: Callable[[str], dict[str, Any]]) -> Answer:
    """Pages for one mailbox and for several in a call."""

    async def answer(heard: Heard, writer: asyncio.StreamWriter) -> None:
        if heard.method == "GET":
            _write(writer, 200, page(heard.query.get("after", "")))
        else:
            asked = heard.body["mailboxes"]
            _write(writer, 200, {"pages": {one["name"]: page(one.get("after", "")) for one in asked}})

    return answer


def _write(writer: asyncio.StreamWriter, status: int, value: Any) -> None:
    body = b"" if value is None else json.dumps(value).encode()
    head = f"HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
