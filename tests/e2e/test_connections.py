"""What comes before a request's body: bounded in size and time, and refused in our form."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from dm3.service import Server, connections
from dm3.service.connections import MAX_HEAD, BoundedConnection
from tests.kit import eventually

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


held = asyncio.Event()
let_go = asyncio.Event()


async def app(scope, receive, send):
    """Answers with the path; ``/held`` says that it is asked, and answers when it is let go."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/held":
        held.set()
        await let_go.wait()
    body = scope["path"].encode()
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": body})


async def connection(url):
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def answer(reader):
    """Status and body of the next answer; None when there is none any more."""
    if not (first := await eventually(reader.read(1), "an answer")):
        return None
    head = first + await eventually(reader.readuntil(b"\r\n\r\n"), "a head")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


async def answer_while(url, parts, *, pause):
    """What is answered while ``parts`` are being sent."""
    reader, writer = await connection(url)

    async def send():
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    sending = asyncio.create_task(send())
    try:
        return await answer(reader)
    finally:
        sending.cancel()
        writer.close()


HASTY = 0.3
"""Seconds: for heads that are to be given up."""


@pytest.fixture
async def url(monkeypatch):
    """A service that waits for heads as long as a busy machine may take."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 120.0)
    held.clear()
    let_go.clear()
    async with Server(app) as server:
        yield server.url


@pytest.fixture
def hasty(monkeypatch):
    """From here on heads are given up soon."""
    return lambda: monkeypatch.setattr(connections, "HEAD_SECONDS", HASTY)


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", REQUEST[:-2], b"\r\n\r\n"],
    ids=["nothing", "a letter", "all but the end", "empty lines"],
)
async def test_a_head_that_does_not_come_is_not_waited_for(url, hasty, sent):
    hasty()
    reader, writer = await connection(url)
    writer.write(sent)
    status, body = await answer(reader)
    assert (status, json.loads(body)["code"]) == (408, "http-408")
    assert await answer(reader) is None
    writer.close()


async def test_a_drop_now_and_then_does_not_buy_time(url, hasty):
    hasty()
    assert (await answer_while(url, [bytes([byte]) for byte in REQUEST[:-2]], pause=0.03))[0] == 408


async def test_a_kept_connection_has_its_time_for_each_head(url, hasty):
    """The pause between requests is another matter than a head that stops halfway."""
    reader, writer = await connection(url)
    for _ in range(3):
        writer.write(REQUEST)
        assert await answer(reader) == (200, b"/")
        hasty()
        await asyncio.sleep(HASTY + 0.1)
    writer.write(REQUEST[:8])
    assert (await answer(reader))[0] == 408
    writer.close()


async def test_an_answer_under_way_is_not_cut_off_for_half_a_head(url, hasty, monkeypatch):
    """Half of the next head comes while the first is being answered, and its time is over before that is."""
    over, give_up = asyncio.Event(), BoundedConnection._give_up

    def noticed(connection):
        give_up(connection)
        over.set()

    monkeypatch.setattr(BoundedConnection, "_give_up", noticed)
    reader, writer = await connection(url)
    writer.write(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")
    await eventually(held.wait(), "the first request")
    hasty()
    writer.write(b"GET")
    await eventually(over.wait(), "the end of the time for the second head")
    let_go.set()
    assert await answer(reader) == (200, b"/held")
    writer.close()


@pytest.mark.parametrize(
    "part",
    [b"x" * 1000, b"a: " + b"x" * 997, b"a: b\r\n" * 160],
    ids=["one endless word", "one endless header", "endless headers"],
)
async def test_a_head_without_end_is_refused_and_not_kept(url, part):
    parts = [b"GET / HTTP/1.1\r\n", *[part] * (MAX_HEAD // len(part) + 2)]
    status, body = await answer_while(url, parts, pause=0)
    assert status in (400, 431)
    assert json.loads(body)["error"]


async def test_what_is_not_http_is_refused_in_our_form(url, caplog):
    reader, writer = await connection(url)
    writer.write(b"\x16\x03\x01 hello\r\n\r\n")
    status, body = await answer(reader)
    assert (status, json.loads(body)) == (
        400,
        {"error": "That is not an HTTP request.", "code": "http-400"},
    )
    assert caplog.records == []  # strangers do not write our log
    writer.close()


async def test_requests_in_a_row_are_answered_in_their_order(url):
    reader, writer = await connection(url)
    writer.write(b"".join(b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(5)))
    assert [(await answer(reader))[1] for _ in range(5)] == [b"/%d" % number for number in range(5)]
    writer.close()
