"""Connections of a service: how many, how much is asked ahead, and clients that do not read or send."""

import asyncio
import json
import socket
from urllib.parse import urlsplit

import pytest

from dm3.service import ConnectionLimits, Server, body_reader, budget, connections
from dm3.service.body_reader import BodyReader, BodySlot, SlowClient
from dm3.service.connections import MAX_PIPELINED
from dm3.service.door import ANSWER_BYTES, PIECE
from tests.kit import open_client

EVENTUALLY = 60
BIG = 10_000_000
GET = b"GET /%b HTTP/1.1\r\nhost: x\r\n%b\r\n"


class App:
    """Answers ``/wait`` when told to, ``/big`` with 10 MB, ``/slow`` with what it is sent, others at once."""

    def __init__(self):
        self.go = asyncio.Event()
        self.waiting = self.seen = self.big = 0
        self.bodies = BodyReader(BIG)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        self.seen += 1
        body = b"yes"
        if scope["path"] == "/wait":
            self.waiting += 1
            await self.go.wait()
            self.waiting -= 1
        elif scope["path"] == "/big":
            body = b"x" * BIG
            self.big += 1
        elif scope["path"] == "/refuse":
            headers = [(b"content-length", b"3"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": b"no!"})
            return
        elif scope["path"] == "/upload":
            try:
                with self.bodies.slot() as slot:
                    body = b"%d" % len(await self.bodies.read(scope, receive, slot))
            except SlowClient as error:
                body = error.code.encode()
        length = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": body})


class Scene:
    """A server with its app."""

    def __init__(self, app, server):
        self.app, self.server, self.door = app, server, server.door
        self.parts = urlsplit(server.url)

    async def connect(self, *, narrow=False):
        if not narrow:
            return await asyncio.open_connection(self.parts.hostname, self.parts.port)
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (self.parts.hostname, self.parts.port))
        return await asyncio.open_connection(sock=sock, limit=1024)

    async def ask(self, path=b"", head=b""):
        reader, writer = await self.connect()
        writer.write(GET % (path, head))
        try:
            return await answer(reader)
        finally:
            writer.close()


async def answer(reader):
    """Status and body of the next answer; None when the connection is over."""
    async with asyncio.timeout(EVENTUALLY):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return None
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)


async def until(condition):
    async with asyncio.timeout(EVENTUALLY):
        while not condition():  # noqa: ASYNC110 - the server's own states have no events
            await asyncio.sleep(0.01)


@pytest.fixture
async def serve():
    servers = []

    async def start(limits=None, proxies=()):
        app = App()
        server = Server(app, proxies=proxies, connections=limits or ConnectionLimits())
        await server.start()
        servers.append((server, app))
        return Scene(app, server)

    yield start
    for server, app in servers:
        app.go.set()
        await server.stop()


async def test_what_is_asked_ahead_beyond_the_bound_is_neither_kept_nor_answered(serve):
    scene = await serve()
    reader, writer = await scene.connect()
    writer.write(GET % (b"wait", b"") + GET % (b"", b"") * 6_000)
    await until(lambda: scene.app.waiting)
    [connection] = scene.server._server.server_state.connections
    await until(lambda: connection._ending)
    assert len(connection.pipeline) == MAX_PIPELINED
    scene.app.go.set()
    assert [await answer(reader) for _ in range(MAX_PIPELINED + 1)] == [(200, b"yes")] * (MAX_PIPELINED + 1)
    assert await answer(reader) is None
    assert scene.app.seen == MAX_PIPELINED + 1
    await until(lambda: scene.door.connections.count == 0)
    writer.close()


async def test_a_client_may_ask_ahead_again_and_again_within_the_bound(serve):
    scene = await serve()
    reader, writer = await scene.connect()
    for _ in range(5):
        writer.write(GET % (b"", b"") * MAX_PIPELINED)
        assert [await answer(reader) for _ in range(MAX_PIPELINED)] == [(200, b"yes")] * MAX_PIPELINED
    writer.close()


async def test_one_address_has_only_so_many_connections(serve):
    scene = await serve(ConnectionLimits(per_address=2))
    held = [await scene.connect() for _ in range(2)]
    await until(lambda: scene.door.connections.count == 2)
    status, body = await scene.ask()
    assert (status, json.loads(body)["code"]) == (429, "http-429")
    held[0][1].close()
    await until(lambda: scene.door.connections.count == 1)
    assert await scene.ask() == (200, b"yes")
    held[1][1].close()


async def test_there_are_only_so_many_connections_in_all(serve):
    scene = await serve(ConnectionLimits(in_all=1))
    _, writer = await scene.connect()
    await until(lambda: scene.door.connections.count == 1)
    assert (await scene.ask())[0] == 503
    writer.close()
    await until(lambda: scene.door.connections.count == 0)
    assert await scene.ask() == (200, b"yes")


async def test_a_trusted_proxy_is_no_source_and_the_addresses_that_it_forwards_are(serve):
    scene = await serve(ConnectionLimits(per_address=2), proxies=["127.0.0.1"])
    of = b"x-forwarded-for: %b\r\n"
    asked = [
        asyncio.create_task(scene.ask(b"wait", of % address))
        for address in (b"192.0.2.1", b"192.0.2.1", b"2001:db8::1", b"2001:db8::2", b"192.0.2.9")
    ]
    await until(lambda: scene.app.waiting == 5)
    assert (await scene.ask(b"", of % b"192.0.2.1"))[0] == 429
    assert (await scene.ask(b"", of % b"2001:db8::3"))[0] == 429
    assert (await scene.ask(b"", of % b"192.0.2.2"))[0] == 200
    assert (await scene.ask())[0] == 200  # the proxy's own
    scene.app.go.set()
    assert await asyncio.gather(*asked) == [(200, b"yes")] * 5
    await until(lambda: scene.door.requests.count == 0)


async def test_nobody_else_is_believed_whom_a_request_is_from(serve):
    scene = await serve(ConnectionLimits(per_address=1), proxies=["192.0.2.254"])
    _, writer = await scene.connect()
    await until(lambda: scene.door.connections.count == 1)
    assert (await scene.ask(b"", b"x-forwarded-for: 192.0.2.77\r\n"))[0] == 429
    writer.close()


async def test_big_answers_that_are_not_read_hold_only_so_many_bytes_and_are_ended(serve, monkeypatch):
    monkeypatch.setattr(connections, "WRITE_SECONDS", 1.0)
    scene = await serve()
    writers = []
    for _ in range(4):
        _, writer = await scene.connect(narrow=True)
        writer.write(GET % (b"big", b""))
        writers.append(writer)
        writer.transport.pause_reading()
    await until(lambda: scene.app.big == 4)
    assert scene.door.answers.held <= ANSWER_BYTES // 2
    await until(lambda: scene.door.connections.count == 0)
    await until(lambda: scene.door.answers.held == 0)
    for writer in writers:
        writer.transport.abort()


async def test_a_big_answer_is_read_slowly_and_whole(serve, monkeypatch):
    monkeypatch.setattr(connections, "WRITE_SECONDS", 2.0)
    scene = await serve()
    reader, writer = await scene.connect(narrow=True)
    writer.write(GET % (b"big", b""))
    async with asyncio.timeout(EVENTUALLY):
        await reader.readuntil(b"\r\n\r\n")
        size = 0
        while size < BIG:
            size += len(await reader.readexactly(min(PIECE, BIG - size)))
            await asyncio.sleep(0.02)
    writer.close()


async def test_a_kept_connection_that_leaves_its_answer_unread_is_ended(serve, monkeypatch):
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.2)
    scene = await serve()
    _, writer = await scene.connect(narrow=True)
    writer.transport.pause_reading()
    writer.write(GET % (b"big", b"connection: close\r\n"))
    await until(lambda: scene.app.big == 1)
    await until(lambda: scene.door.connections.count == 0)
    writer.transport.abort()


async def upload(scene, size, sent):
    reader, writer = await scene.connect()
    writer.write(b"POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size)
    writer.write(b"x" * sent)
    await writer.drain()
    return reader, writer


async def test_uploads_that_stall_do_not_stop_others(serve, monkeypatch):
    monkeypatch.setattr(budget, "HOLD_SECONDS", 0.2)
    monkeypatch.setattr(budget, "LOOK_SECONDS", 0.05)
    scene = await serve()
    stalled = [await upload(scene, BIG, 300_000) for _ in range(6)]
    await until(lambda: scene.app.bodies._big.held)
    for size in (300_000, BIG):
        reader, writer = await upload(scene, size, size)
        assert await answer(reader) == (200, b"%d" % size)
        writer.close()
    for reader, writer in stalled:
        assert await answer(reader) == (200, b"slow-client")
        writer.close()
    assert scene.app.bodies._big.held == 0


async def test_a_big_upload_must_keep_coming(serve, monkeypatch):
    monkeypatch.setattr(body_reader, "GRACE_SECONDS", -8.5)
    scene = await serve()
    reader, writer = await upload(scene, BIG, 300_000)
    assert await answer(reader) == (200, b"slow-client")
    writer.close()


async def test_an_answer_before_the_request_is_complete_is_read_by_who_sends_all_first(serve):
    scene = await serve()
    async with open_client(base_url=scene.server.url) as client:
        answer = await client.post("/refuse", content=b"x" * BIG)
    assert (answer.status_code, answer.text) == (413, "no!")
    await until(lambda: scene.door.connections.count == 0)


async def test_who_never_stops_sending_after_an_answer_is_cut_off(serve, monkeypatch):
    monkeypatch.setattr(connections, "SENDING_SECONDS", 0.2)
    scene = await serve()
    reader, writer = await scene.connect()
    writer.write(b"POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n")
    assert await answer(reader) == (413, b"no!")
    await until(lambda: scene.door.connections.count == 0)
    writer.close()


def test_a_big_upload_has_more_time_while_it_keeps_coming():
    assert (
        body_reader.seconds_for(body_reader.SMALL)
        < body_reader.BODY_SECONDS
        < body_reader.seconds_for(1_000_000)
    )
    assert body_reader.seconds_for(BIG) > 300


async def test_small_bodies_in_pieces_hold_only_so_many_bytes(serve):
    scene = await serve()
    stalled = [await upload(scene, 256_000, 200_000) for _ in range(60)]
    await until(lambda: len(scene.app.bodies._small._waiting) > 5)
    assert 0 < scene.app.bodies._small.held <= body_reader.SMALL_BYTES // 2
    reader, writer = await upload(scene, 1_000, 1_000)
    assert await answer(reader) == (200, b"1000")
    for _, stalled_writer in [*stalled, (reader, writer)]:
        stalled_writer.close()
    await until(lambda: scene.app.bodies._small.held == 0)


async def test_a_place_that_had_to_give_way_meanwhile_is_not_read_on(monkeypatch):
    slot = BodySlot(budget.ByteBudget(10, 10), budget.ByteBudget(10, 10))
    slot.open("a", lambda: None)
    slot.require()
    slot._end()
    with pytest.raises(TimeoutError):
        slot.require()
