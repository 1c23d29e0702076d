"""Waiting and doing have connections of their own."""

import asyncio

import pytest

from dm3.net.http.safe_http import MAX_CONNECTIONS, open_http
from dm3.net.http.service_call import call
from tests.kit import eventually, happens
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
