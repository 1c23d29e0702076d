"""The guard of tests/conftest.py holds."""

import asyncio
import socket

import pytest

from tests.kit import get, open_client

# TEST-NET-1 (RFC 5737): belongs to nobody, should the guard fail.
OUTSIDE = "192.0.2.1"


@pytest.mark.parametrize("address", [(OUTSIDE, 80), ("::ffff:" + OUTSIDE, 80)])
def test_a_connection_to_the_outside_is_refused(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(RuntimeError, match="loopback"):
        sock.connect(address)


def test_a_datagram_to_the_outside_is_refused():
    with (
        socket.socket(type=socket.SOCK_DGRAM) as sock,
        pytest.raises(RuntimeError, match="loopback"),
    ):
        sock.sendto(b"", (OUTSIDE, 53))


def test_a_look_up_is_refused():
    with pytest.raises(RuntimeError, match="loopback"):
        socket.getaddrinfo("example.org", 443)


def test_an_http_client_is_refused():
    with pytest.raises(RuntimeError, match="loopback"):
        get(f"http://{OUTSIDE}/")


async def test_an_async_http_client_is_refused():
    async with open_client() as client:
        with pytest.raises(RuntimeError, match="loopback"):
            await client.get("http://example.org/")


async def test_loopback_is_open():
    async def greet(_reader, writer):
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port, family=socket.AF_INET)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()
