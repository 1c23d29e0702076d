"""Waiting and doing have connections of their own."""

import asyncio
import contextlib
from typing import Self

import httpx
import pytest

from dm3.hosting.widget_server import WidgetServer
from dm3.net import NetworkSettings
from dm3.net.http.safe_http import MAX_CONNECTIONS, open_http
from dm3.net.http.service_call import call
from dm3.widget import WidgetApp, WidgetSettings
from tests.kit import eventually, happens, open_client
from tests.kit.hostile import HostileServer, hangs, says

pytestmark = pytest.mark.asyncio


async def test_more_waiting_fetches_than_connections_stop_no_message():
    async def answer(heard, writer):
        await (hangs if heard.path == "/wait" else says({"ok": True}))(heard, writer)

    async with HostileServer(answer) as server, open_http(allow_private=True) as http:
        waiting = [
            asyncio.create_task(call(http, "GET", f"{server.url}/wait", timeout=60, waits=True))
            for _ in range(MAX_CONNECTIONS + 20)
        ]
        try:
            await happens(lambda: len(server.heard) == len(waiting), "all of them wait")
            assert await eventually(call(http, "GET", f"{server.url}/do")) == {"ok": True}
            assert not any(task.done() for task in waiting)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


@contextlib.asynccontextmanager
async def gateway_to(resolver, folder):
    """A widget host whose application's resolver is this one; its URL, and its server."""
    app = WidgetApp(name="myapp.eth", to="desk.eth", origins=("https://shop.example",), title="Support")
    settings = WidgetSettings(apps=(app,), resolvers={"myapp.eth": resolver})
    host = WidgetServer(settings, folder, network=NetworkSettings(allow_private=True))
    try:
        await host.start({})
        yield f"{host.url}/myapp.eth/resolver/names", host._server
    finally:
        await host.stop()


async def test_visitors_who_wait_through_a_widget_host_stop_no_other(tmp_path):
    async def answer(heard, writer):
        await (hangs if "wait" in heard.path else says({"ok": True}))(heard, writer)

    async with (
        HostileServer(answer) as server,
        gateway_to(server.url, tmp_path) as (url, _),
        open_client() as http,
    ):
        waiting = [
            asyncio.create_task(http.get(f"{url}/waits?wait=25", timeout=60)) for _ in range(MAX_CONNECTIONS)
        ]
        try:
            async with open_client() as other:
                await happens(lambda: len(server.heard) == len(waiting), "all of them wait")
                assert (await eventually(other.get(f"{url}/x"))).json() == {"ok": True}
            assert [task.result() for task in waiting if task.done()] == []
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_a_widget_host_hands_on_counts_from_when_it_comes_in(tmp_path):
    size, done = 8_000_000, asyncio.Event()

    async def answer(_heard, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (size + 1))
        writer.write(b" " * size)
        await done.wait()
        writer.write(b" ")

    async with (
        HostileServer(answer) as server,
        gateway_to(server.url, tmp_path) as (url, host),
        open_client() as http,
    ):
        asking = asyncio.create_task(http.get(f"{url}/x"))
        await happens(lambda: host.door.answers.held >= size, "what has come is counted before the last byte")
        done.set()
        assert len((await eventually(asking)).content) == size + 1
        await happens(lambda: host.door.answers.held == 0, "and no more")


class Counting:
    """A server that answers and keeps its connections open; it counts those that its peers have closed."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.begun += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.ended += 1
        writer.close()


async def test_a_connection_that_is_opened_while_the_client_closes_is_closed():
    reached, found = asyncio.Event(), asyncio.Event()

    async def resolve(host: str, port: int) -> list[str]:
        reached.set()
        await found.wait()
        return ["127.0.0.1"]

    async with Counting() as server:
        http = open_http(allow_private=True, resolve=resolve)
        asking = asyncio.create_task(http.get(server.url))
        await eventually(reached.wait())
        await http.aclose()
        found.set()
        with pytest.raises((httpx.ConnectError, RuntimeError)):
            await asking
        await happens(lambda: server.ended == server.begun, "what was opened is closed")


async def test_closing_that_is_cut_short_closes_every_connection():
    async with Counting() as server:
        http = open_http(allow_private=True)
        await asyncio.gather(*(http.get(server.url) for _ in range(5)))
        assert server.begun == 5
        closing = asyncio.create_task(http.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await happens(lambda: server.ended == 5, "all of them are closed")
