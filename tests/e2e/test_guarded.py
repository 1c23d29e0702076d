"""The client for what others choose: which addresses it reaches, and how much it takes (specification 4)."""

import asyncio
import gzip
import socket
import ssl
import threading
import time
from contextlib import asynccontextmanager

import pytest

from dm3.base import canonical_json, sha256_hex
from dm3.base.errors import (
    CannotTell,
    ForbiddenAddress,
    MalformedData,
    NobodyAsked,
    Unreachable,
)
from dm3.model import RecordKey
from dm3.net import Directory
from dm3.net.http.bounded_fetch import fetch_bounded, request_bounded
from dm3.net.http.safe_http import GuardedBackend, open_http
from dm3.net.http.service_call import call
from dm3.net.names.profile_links import IpfsGateway, LinkFetcher
from dm3.protocol.names.cid import UncheckableCid
from dm3.testing import StaticNames
from dm3.wire import IpfsRecord, UrlRecord
from tests.e2e.plain_web import Web, looks_up, says
from tests.kit import EVENTUALLY, eventually
from tests.unit.ipfs import cid_of, dag_pb_block
from tests.unit.people import ALICE

HASH = "0x" + "a" * 64
BODY = b'{"profile":{},"signature":"0x"}'
RAW_CID, DAG_CID = cid_of(0x55, BODY), cid_of(0x70, dag_pb_block(BODY))


@asynccontextmanager
async def client(*, allow_private: bool, resolve=None, seconds: float | None = None):
    options = {} if resolve is None else {"resolve": resolve}
    async with open_http(allow_private=allow_private, timeout=seconds, **options) as http:
        yield http


@asynccontextmanager
async def gateway(url: str):
    ipfs = IpfsGateway(url)
    yield ipfs
    await ipfs.close()


async def test_loopback_is_reached_only_where_private_addresses_are_allowed():
    async with Web(says("200 OK", b"hello")) as web:
        async with client(allow_private=True) as http:
            assert await fetch_bounded(http, web.url, https_only=False) == b"hello"
        async with client(allow_private=False) as http:
            with pytest.raises(ForbiddenAddress):
                await fetch_bounded(http, web.url, https_only=False)
        assert web.connections == 1


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
    ],
)
@pytest.mark.parametrize("allow_private", [False, True])
async def test_what_is_never_reached(host, allow_private):
    async with Web(says("200 OK")) as web, client(allow_private=allow_private) as http:
        with pytest.raises(ForbiddenAddress):
            await fetch_bounded(http, f"http://{host}:{web.port}/", https_only=False)
        assert web.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1"])
async def test_a_name_that_leads_inside_is_refused(address):
    resolve = looks_up({"inside.example": [address]})
    async with client(allow_private=False, resolve=resolve) as http:
        with pytest.raises(ForbiddenAddress):
            await fetch_bounded(http, "https://inside.example/")


async def test_of_several_addresses_only_the_allowed_are_contacted():
    resolve = looks_up({"mixed.example": ["169.254.169.254", "fe80::1", "127.0.0.1"]})
    async with Web(says("200 OK", b"x")) as web, client(allow_private=True, resolve=resolve) as http:
        url = f"http://mixed.example:{web.port}/"
        assert await fetch_bounded(http, url, https_only=False) == b"x"


async def test_the_next_address_is_tried_where_one_does_not_answer():
    resolve = looks_up({"two.example": ["127.0.0.2", "127.0.0.1"]})
    async with Web(says("200 OK", b"x")) as web, client(allow_private=True, resolve=resolve) as http:
        url = f"http://two.example:{web.port}/"
        assert await fetch_bounded(http, url, https_only=False) == b"x"


async def test_a_name_is_looked_up_once_and_the_checked_address_is_contacted():
    """DNS rebinding: the second answer would lead inside, but nobody asks a second time."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    async with Web(says("200 OK", b"x")) as web, client(allow_private=True, resolve=resolve) as http:
        url = f"http://rebind.example:{web.port}/"
        assert await fetch_bounded(http, url, https_only=False) == b"x"
        assert asked == ["rebind.example"]
        # The server is told the name, not the address.
        assert f"Host: rebind.example:{web.port}" in web.heads[0]
        with pytest.raises(ForbiddenAddress):
            await fetch_bounded(http, url, https_only=False)
        assert web.connections == 1


async def test_tls_is_asked_for_the_name():
    """The certificate is checked against the name; here the server has none, so it ends there."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    resolve = looks_up({"profile.example": ["127.0.0.1"]})
    async with (
        Web(says("200 OK"), tls=context) as web,
        client(allow_private=True, resolve=resolve) as http,
    ):
        with pytest.raises(Unreachable):
            await fetch_bounded(http, f"https://profile.example:{web.port}/")
    assert names == ["profile.example"]


async def test_a_redirect_is_not_followed():
    async with Web(says("200 OK", b"secret")) as inside:
        async with (
            Web(says("302 Found", b"", f"Location: {inside.url}/")) as web,
            client(allow_private=True) as http,
        ):
            with pytest.raises(CannotTell, match="redirects") as refused:
                await fetch_bounded(http, web.url, https_only=False)
            assert refused.value.status == 302
        assert inside.connections == 0


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "206 Partial Content"])
async def test_only_success_is_success(status):
    async with Web(says(status)) as web, client(allow_private=True) as http:
        with pytest.raises(CannotTell):
            await fetch_bounded(http, web.url, https_only=False)


async def endless(writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"x" * 1000)
        await writer.drain()


@pytest.mark.parametrize("answer", [says("200 OK", b"x" * 65_537), endless], ids=["announced", "endless"])
async def test_a_large_answer_is_cut_off(answer):
    async with Web(answer) as web, client(allow_private=True) as http:
        with pytest.raises(CannotTell, match="more than 65536 bytes"):
            await fetch_bounded(http, web.url, https_only=False)


async def test_the_bound_itself_is_allowed():
    async with Web(says("200 OK", b"x" * 65_536)) as web, client(allow_private=True) as http:
        assert len(await fetch_bounded(http, web.url, https_only=False)) == 65_536


async def test_a_compressed_answer_is_refused():
    bomb = gzip.compress(b"x" * 10_000_000)
    async with (
        Web(says("200 OK", bomb, "Content-Encoding: gzip")) as web,
        client(allow_private=True) as http,
    ):
        with pytest.raises(CannotTell, match="compressed"):
            await fetch_bounded(http, web.url, https_only=False)
        assert "accept-encoding: identity" in web.heads[0].lower()


async def drip(writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


SILENT = 30
"""Seconds."""


async def silent(writer) -> None:
    await asyncio.sleep(SILENT)


@pytest.mark.parametrize("answer", [drip, silent])
async def test_a_slow_server_is_given_up(answer):
    async with Web(answer) as web, client(allow_private=True) as http:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            await eventually(request_bounded(http, "GET", web.url, seconds=0.3))
        assert time.monotonic() - began < SILENT


async def test_a_service_that_drips_is_given_up():
    async with Web(drip) as web, client(allow_private=True) as http:
        with pytest.raises(Unreachable, match="did not answer in time"):
            await eventually(call(http, "GET", web.url, timeout=0.3))


async def test_a_service_whose_answer_is_compressed_is_refused():
    bomb = gzip.compress(b"1" * 10_000_000)
    async with (
        Web(says("200 OK", bomb, "Content-Encoding: gzip")) as web,
        client(allow_private=True) as http,
    ):
        with pytest.raises(CannotTell, match="compressed"):
            await call(http, "GET", web.url)
        assert "accept-encoding: identity" in web.heads[0].lower()


async def test_a_slow_look_up_is_given_up():
    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(30)
        return []

    async with client(allow_private=True, resolve=resolve, seconds=0.2) as http:
        with pytest.raises(Unreachable):
            await fetch_bounded(http, "https://slow.example/")


async def test_name_servers_of_strangers_hold_up_nobody_else(monkeypatch):
    """A look-up cannot be ended, and the event loop has few threads for all that a process does."""
    answered, look_up = threading.Event(), socket.getaddrinfo

    def getaddrinfo(host, *args, **options):
        if host.endswith(".slow.example"):
            answered.wait(2 * EVENTUALLY)
            raise socket.gaierror("no such host")
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    async with Web(says("200 OK", b"hello")) as web, client(allow_private=True) as own:
        async with client(allow_private=True, seconds=1) as strangers:
            asking = [
                asyncio.create_task(fetch_bounded(strangers, f"https://{number}.slow.example/"))
                for number in range(60)
            ]
            await asyncio.sleep(0.1)
            url = web.url.replace("127.0.0.1", "localhost")
            assert await fetch_bounded(own, url, https_only=False) == b"hello"
            assert await eventually(asyncio.to_thread(lambda: "free")) == "free"
            refused = await asyncio.gather(*asking, return_exceptions=True)
            assert {type(error) for error in refused} == {Unreachable}
        answered.set()


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
async def test_what_is_no_http_is_refused(answer):
    async def write(writer) -> None:
        writer.write(answer)

    async with Web(write) as web, client(allow_private=True) as http:
        with pytest.raises(Unreachable):
            await fetch_bounded(http, web.url, https_only=False)


async def test_what_cannot_be_reached_is_unreachable():
    async with Web(says("200 OK")) as web:
        pass
    async with client(allow_private=True, resolve=looks_up({})) as http:
        with pytest.raises(Unreachable):
            await fetch_bounded(http, web.url, https_only=False)
        with pytest.raises(Unreachable):
            await fetch_bounded(http, "https://nowhere.example/")


async def test_only_https_unless_said_otherwise():
    async with Web(says("200 OK")) as web, client(allow_private=True) as http:
        for url in (web.url, "ftp://a.example/", "file:x"):
            with pytest.raises(ForbiddenAddress):
                await fetch_bounded(http, url)
        assert web.connections == 0


@pytest.mark.parametrize("url", ["http://", "nothing", "http://a b/", "http://[::1", "http://0177.0.0.1/"])
async def test_what_is_no_url_is_malformed(url):
    async with client(allow_private=True, resolve=looks_up({})) as http:
        with pytest.raises((MalformedData, Unreachable)):
            await fetch_bounded(http, url, https_only=False)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1:70000",
        "localhost:99999999",
        "127.0.0.1:" + "9" * 30,
        "127.0.0.1:0",
        "127.0.0.1:1/\ud800",
        "[v1.a]",
        "[::1%25lo]:1",
        "xn--a",
        "a b",
        "%00",
        "ä" * 64,
        "a..b",
        ".a",
    ],
)
async def test_whatever_stands_in_a_url_is_an_error_of_ours(place):
    async with client(allow_private=True, resolve=looks_up({"localhost": ["127.0.0.1"]})) as http:
        for asking in (
            request_bounded(http, "GET", f"http://{place}/"),
            call(http, "GET", f"http://{place}/"),
        ):
            with pytest.raises((Unreachable, MalformedData, ForbiddenAddress)):
                await asking


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    async with Web(says("200 OK", b"proxied")) as proxy, Web(says("200 OK", b"direct")) as web:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with client(allow_private=True) as http:
            assert await fetch_bounded(http, web.url, https_only=False) == b"direct"


async def test_a_socket_file_is_not_an_address():
    with pytest.raises(ForbiddenAddress):
        await GuardedBackend(allow_private=True).connect_unix_socket("/run/docker.sock")


# --- following the links of text records ---


async def test_a_link_to_this_machine_is_followed_only_where_allowed():
    async with Web(says("200 OK", "grüß".encode())) as web, client(allow_private=True) as http:
        link = UrlRecord(web.url, HASH)
        assert await LinkFetcher(http, allow_private=True).fetch(link) == "grüß"
        with pytest.raises(ForbiddenAddress):
            await LinkFetcher(http).fetch(link)
        assert web.connections == 1


@pytest.mark.parametrize("host", ["93.184.216.34", "a.example", "localhost.a.example"])
async def test_http_is_followed_to_private_addresses_only(host):
    async with client(allow_private=True, resolve=looks_up({})) as http:
        with pytest.raises(ForbiddenAddress):
            await LinkFetcher(http, allow_private=True).fetch(UrlRecord(f"http://{host}/", HASH))


async def test_a_link_to_something_that_is_no_text_is_malformed():
    async with Web(says("200 OK", b"\xff")) as web, client(allow_private=True) as http:
        with pytest.raises(MalformedData):
            await LinkFetcher(http, allow_private=True).fetch(UrlRecord(web.url, HASH))


async def test_ipfs_needs_a_gateway_and_something_to_check_by():
    async with Web(says("200 OK", b"{}")) as web, client(allow_private=False) as http:
        with pytest.raises(NobodyAsked):
            await LinkFetcher(http).fetch(IpfsRecord("bafyabc", HASH))
        async with gateway(web.url + "/") as ipfs:
            fetcher = LinkFetcher(http, ipfs=ipfs)
            for refused in (
                IpfsRecord("bafyabc"),
                IpfsRecord("bafyabc/../../admin", HASH),
                IpfsRecord(f"{RAW_CID}/profile.json"),
            ):
                with pytest.raises(MalformedData):
                    await fetcher.fetch(refused)
            assert web.connections == 0
            assert await fetcher.fetch(IpfsRecord("bafyabc/profile.json", HASH)) == "{}"
            assert web.heads[0].startswith("GET /ipfs/bafyabc/profile.json ")


async def test_what_an_ipfs_gateway_serves_is_checked_by_the_identifier():
    block = dag_pb_block(BODY)
    folder = b"\x12\x02\x0a\x00" + block
    cases = [
        (RAW_CID, BODY, None),
        (DAG_CID, block, None),
        (DAG_CID, BODY, None),  # by a gateway that hands out no blocks
        (RAW_CID, BODY + b" ", MalformedData),
        (DAG_CID, BODY + b" ", MalformedData),
        (DAG_CID, dag_pb_block(b"{}"), MalformedData),
        (cid_of(0x70, folder), folder, UncheckableCid),
    ]
    for cid, answer, error in cases:
        async with (
            Web(says("200 OK", answer)) as web,
            client(allow_private=False) as http,
            gateway(web.url) as ipfs,
        ):
            fetching = LinkFetcher(http, ipfs=ipfs).fetch(IpfsRecord(cid))
            if error is None:
                assert await fetching == BODY.decode()
            else:
                with pytest.raises(error):
                    await fetching
            assert web.heads[0].startswith(f"GET /ipfs/{cid}?format=raw ")


async def test_an_ipfs_gateway_that_redirects_is_not_followed():
    async with Web(says("200 OK", BODY)) as other:
        redirect = says("301 Moved Permanently", b"", f"Location: {other.url}/")
        async with (
            Web(redirect) as web,
            client(allow_private=True) as http,
            gateway(web.url) as ipfs,
        ):
            with pytest.raises(CannotTell, match="redirects"):
                await LinkFetcher(http, ipfs=ipfs).fetch(IpfsRecord(RAW_CID))
        assert other.connections == 0


@pytest.mark.parametrize("honest", [True, False])
async def test_a_linked_profile_counts_only_with_its_hash(honest):
    signed = ALICE.signed_profile
    assert sha256_hex(canonical_json({"a": 1})) != signed.hash
    body = signed.text.encode() if honest else b'{"a":1}'
    async with Web(says("200 OK", body)) as web, client(allow_private=True) as http:
        table = StaticNames()
        table.put_profile("alice.eth", signed, ALICE.wallet.address)
        # A gateway is named by the operator; records themselves can only name https or IPFS.
        table.put_text("alice.eth", RecordKey.PROFILE, f"ipfs://bafyabc?dm3Hash={signed.hash}")
        async with gateway(web.url) as ipfs:
            directory = Directory(table, links=LinkFetcher(http, ipfs=ipfs))
            if honest:
                assert (await directory.profile("alice.eth")).signed == signed
            else:
                with pytest.raises(MalformedData, match="another hash"):
                    await directory.profile("alice.eth")


async def test_other_services_can_be_called_through_it():
    async with Web(says("200 OK", b"{}")) as web, client(allow_private=True) as http:
        response = await http.post(web.url, content=b'{"a":1}')
        assert (response.status_code, response.json()) == (200, {})
        assert web.heads[0].startswith("POST / ")
