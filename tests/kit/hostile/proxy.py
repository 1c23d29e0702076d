"""What stands before a service and answers in its place: a proxy, a log-in page, a liar, one that hangs.

A `Proxy` is a real HTTP server on loopback before a real service. It passes everything on until it is told
what to answer instead, to all requests or to those that a test chooses.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx

from dm3.service import Server
from tests.kit import open_client

Send = Callable[[Any], Awaitable[None]]
Reply = Callable[[Send], Awaitable[None]]
"""Writes an answer of ASGI's."""

HTML: Final = b"<!DOCTYPE html><html><body>Please log in.</body></html>"


def a_page(status: int, body: bytes = HTML, kind: str = "text/html", **headers: str) -> Reply:
    """A page with this status."""
    told = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    told += [(name.encode(), value.encode()) for name, value in headers.items()]
    if status == 204:
        told, body = [], b""

    async def reply(send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})

    return reply


async def hanging(send: Send) -> None:
    """No answer at all, for as long as anybody waits."""
    await asyncio.Event().wait()


async def dripping(send: Send) -> None:
    """A byte every now and then, without end."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.2)


def as_json(status: int, value: Any) -> Reply:
    """An answer in JSON."""
    return a_page(status, json.dumps(value).encode(), "application/json")


ANSWERS: Final[dict[str, Reply]] = {
    **{
        f"{status} with a page": a_page(status)
        for status in (400, 401, 403, 404, 407, 408, 425, 429, 502, 503)
    },
    "302": a_page(302, b"", location="/login"),
    "307 with a page": a_page(307, location="https://login.example/"),
    "200 with a page": a_page(200),
    "200 with {}": as_json(200, {}),
    "200 with []": as_json(200, []),
    "200 with a text": a_page(200, b"OK", "text/plain"),
    "200 with a word": a_page(200, b"maintenance", "text/plain"),
    "200 with a long page": a_page(200, b"<p>Please log in.</p>" * 60_000),
    "200 and empty": a_page(200, b""),
    "204": a_page(204),
    "404 of an API gateway": as_json(404, {"message": "no Route matched with those values"}),
    "404 of a framework": as_json(404, {"status": 404, "error": "Not Found", "path": "/"}),
    "403 of a firewall": as_json(403, {"error": "blocked"}),
    "compressed": a_page(200, b"{}", "application/json", **{"content-encoding": "gzip"}),
}
"""What proxies answer in a service's place. None of it says anything about what was asked."""


class Proxy:
    """A server before ``behind`` (a base URL). ``instead``: what it answers, None to pass on.

    ``only``: for which paths; all by default. ``seen`` are the paths asked for, passed on or not.
    """

    def __init__(self, behind: str) -> None:
        self.behind = behind.rstrip("/")
        self.instead: Reply | None = None
        self.only: Callable[[str], bool] = lambda path: True
        self.seen: list[str] = []

    async def __aenter__(self) -> Proxy:
        self._http = open_client()
        self._server = Server(self._answer)
        await self._server.__aenter__()
        self.url = self._server.url
        return self

    async def __aexit__(self, *raised: Any) -> None:
        self.instead = None
        await self._server.__aexit__(*raised)
        await self._http.aclose()

    async def _answer(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["raw_path"].decode()
        self.seen.append(path)
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        if self.instead is not None and self.only(path):
            await _until_gone(self.instead(send), receive)
            return
        await passing_on(self._http, self.behind, scope, body, send)


async def passing_on(http: httpx.AsyncClient, behind: str, scope: Any, body: bytes, send: Send) -> None:
    """Ask the service behind, and hand its answer on as it is."""
    query = scope["query_string"].decode()
    url = behind + scope["raw_path"].decode() + (f"?{query}" if query else "")
    headers = [(name, value) for name, value in scope["headers"] if name not in (b"host", b"content-length")]
    answer = await http.request(scope["method"], url, content=body, headers=headers)
    kept = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
    kept.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
    await send({"type": "http.response.body", "body": answer.content})


async def _until_gone(reply: Awaitable[None], receive: Any) -> None:
    """Answer until that is done or the asker has gone."""
    answering = asyncio.ensure_future(reply)
    leaving = asyncio.ensure_future(receive())
    await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
    for task in (answering, leaving):
        task.cancel()
    await asyncio.gather(answering, leaving, return_exceptions=True)
