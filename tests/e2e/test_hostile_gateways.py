"""Names whose owner means harm: every trick ends in an error that says so, and nothing is followed."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from dm3.base.errors import (
    CannotTell,
    Dm3Error,
    ForbiddenAddress,
    MalformedData,
    NotFound,
    ServiceRefused,
    Unreachable,
)
from dm3.net import JsonRpcChain, Timeouts
from dm3.net.http.safe_http import open_http
from dm3.net.inquiry import conclude
from dm3.net.names.ens import EnsNames
from dm3.protocol.ens import encode_text
from dm3.protocol.ens.lookup import find_resolver
from dm3.protocol.ens.offchain import BadLookup
from tests.e2e.plain_web import Web, looks_up, says
from tests.solidity import compiled

pytestmark = pytest.mark.interop

CONTRACTS = Path(__file__).parents[1] / "contracts" / "Hostile.sol"
TRUSTING, LOOPING, HUGE, BURNING, WORDY = range(5)
NOBODY = "0x" + "00" * 20
ELSEWHERE = "0x" + "ab" * 20
numbers = count()


@pytest.fixture(scope="module")
def hostile(ens):
    """Makes a name whose resolver does this; returns a name below it."""
    code = compiled(CONTRACTS)["HostileResolver"]

    def make(*urls: str, mode: int = TRUSTING, sender: str = NOBODY) -> str:
        name = f"harm{next(numbers)}.eth"
        ens.create(name, ens.chain.deploy(code, ["uint8", "address", "string[]"], [mode, sender, urls]))
        return f"somebody.{name}"

    return make


@asynccontextmanager
async def names_of(ens, *, allow_private: bool = True, resolve=None, seconds: float | None = None, **options):
    """Our ENS client; ``seconds`` for a step of HTTP, ``options`` its own."""
    resolved = {} if resolve is None else {"resolve": resolve}
    async with (
        JsonRpcChain(ens.chain.url) as chain,
        open_http(allow_private=allow_private, timeout=seconds, **resolved) as http,
    ):
        names = EnsNames(chain, http, registry=ens.registry, allow_private=allow_private, **options)
        yield names
        await names.close()


def answering(data: bytes, *headers: str):
    return says("200 OK", b'{"data":"0x' + data.hex().encode() + b'"}', *headers)


async def test_a_gateway_is_asked_by_get_and_by_post(ens, hostile):
    async with Web(answering(encode_text("found"))) as web, names_of(ens) as names:
        by_get = hostile(f"{web.url}/{{sender}}/{{data}}.json")
        by_post = hostile(f"{web.url}/ask?who={{sender}}")
        assert await names.text(by_get, "k") == "found"
        assert await names.text(by_post, "k") == "found"
    contracts = [(await resolver_of(ens, name)).lower() for name in (by_get, by_post)]
    assert web.heads[0].startswith(f"GET /{contracts[0]}/0x07.json HTTP")
    assert web.heads[1].startswith(f"POST /ask?who={contracts[1]} HTTP")
    assert "content-type: application/json" in web.heads[1].lower()


async def resolver_of(ens, name: str) -> str:
    async with JsonRpcChain(ens.chain.url) as chain:

        async def answer(question):
            return await chain.call(question.to, question.data)

        found = await conclude(find_resolver(ens.registry, name), answer)
        assert found is not None
        return found.address


URLS = [
    "https://169.254.169.254/latest/meta-data/{data}",
    "http://169.254.169.254:{port}/{data}",
    "https://[fe80::1]/{data}",
    "https://[fd00:ec2::254]/{data}",
    "https://168.63.129.16/{data}",
    "https://[::ffff:127.0.0.1]:{port}/{data}",
    "https://[::ffff:a9fe:a9fe]/{data}",
    "https://[64:ff9b::7f00:1]:{port}/{data}",
    "https://[2002:7f00:1::]:{port}/{data}",
    "https://2130706433:{port}/{data}",
    "https://0x7f000001:{port}/{data}",
    "https://0x7f.1:{port}/{data}",
    "https://0177.0.0.1:{port}/{data}",
    "https://127.1:{port}/{data}",
    "https://0.0.0.0:{port}/{data}",
    "https://[::]:{port}/{data}",
    "https://224.0.0.1:{port}/{data}",
    "http://user:secret@127.0.0.1:{port}/{data}",
    "http://a.example@127.0.0.1:{port}/{data}",
    "http://localhost.a.example:{port}/{data}",
    "http://93.184.216.34:{port}/{data}",
    "http://a.example\\@127.0.0.1:{port}/{data}",
    "http://127.0.0.1:{port}/{data} HTTP/1.1\r\nX: y",
    "file:/passwd?{data}",
    "ftp://127.0.0.1:{port}/{data}",
    "gopher://127.0.0.1:{port}/_{data}",
    "http+unix://%2Frun%2Fdocker.sock/{data}",
    "data:application/json,{{data}}",
    "javascript:{data}",
    "//127.0.0.1:{port}/{data}",
    "127.0.0.1:{port}/{data}",
    "{sender}",
    "",
]


@pytest.mark.parametrize("url", URLS)
async def test_urls_that_are_never_followed(ens, hostile, url):
    """Not even where loopback and private addresses are allowed."""
    async with Web(answering(encode_text("secret"))) as web:
        name = hostile(url.replace("{port}", str(web.port)))
        async with names_of(ens) as names:
            with pytest.raises((ForbiddenAddress, MalformedData, BadLookup)) as refused:
                await names.text(name, "k")
    assert web.connections == 0
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "[fd12::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_this_machine_is_reached_only_where_it_is_allowed(ens, hostile, scheme, host):
    async with Web(answering(encode_text("secret"))) as web:
        name = hostile(f"{scheme}://{host}:{web.port}/{{data}}")
        async with names_of(ens, allow_private=False) as names:
            with pytest.raises(ForbiddenAddress):
                await names.text(name, "k")
    assert web.connections == 0


async def test_a_host_that_leads_inside_is_not_contacted(ens, hostile):
    inside = looks_up({"inside.example": ["127.0.0.1", "169.254.169.254", "10.0.0.1"]})
    async with Web(answering(b"")) as web:
        name = hostile(f"https://inside.example:{web.port}/{{data}}")
        async with names_of(ens, allow_private=False, resolve=inside) as names:
            with pytest.raises(ForbiddenAddress, match=r"inside\.example"):
                await names.text(name, "k")
    assert web.connections == 0


async def test_a_host_that_changes_its_address_is_judged_each_time(ens, hostile):
    """DNS rebinding: what was judged is what is contacted, and the next time it is judged anew."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    greeted: list[str | None] = []
    tls.sni_callback = lambda _socket, host, _context: greeted.append(host)
    async with Web(answering(b""), tls=tls) as web:
        name = hostile(f"https://rebind.example:{web.port}/{{data}}")
        async with names_of(ens, resolve=resolve) as names:
            with pytest.raises(Unreachable):  # the server has no certificate for the name
                await names.text(name, "k")
            assert greeted == ["rebind.example"]
            names.forget(name)
            with pytest.raises(ForbiddenAddress):
                await names.text(name, "k")
    assert (greeted, asked) == (["rebind.example"], ["rebind.example"] * 2)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_a_redirect_is_not_followed(ens, hostile, status):
    async with Web(answering(encode_text("secret"))) as inside:
        redirect = says(status, b"", f"Location: {inside.url}/")
        async with Web(redirect) as web, names_of(ens) as names:
            with pytest.raises(CannotTell, match="answers with status 30"):
                await names.text(hostile(f"{web.url}/{{data}}"), "k")
        assert (web.connections, inside.connections) == (1, 0)


async def endless(writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (endless, CannotTell),
        (answering(b"x" * 40_000), CannotTell),
        (says("200 OK", b"", "Content-Encoding: gzip"), CannotTell),
        (says("200 OK", b"[" * 60_000), CannotTell),
        (says("200 OK", b'{"data":"0x' + b"g" * 10 + b'"}'), CannotTell),
        (answering(b"\xff" * 100), MalformedData),
        (says("404 Not Found", b'{"message":"not one of mine"}'), NotFound),
        (says("418 Teapot", b'{"message":"no"}'), ServiceRefused),
        (says("503 Later"), CannotTell),
        (says("404 Not Found", b"<html>no such page</html>"), CannotTell),
        (says("403 Forbidden", b'{"message":"blocked"}'), CannotTell),
        (says("200 OK", b"<html>log in</html>"), CannotTell),
        (says("204 No Content"), CannotTell),
    ],
)
async def test_answers_that_are_none(ens, hostile, answer, error):
    async with Web(answer) as web, names_of(ens) as names:
        with pytest.raises(error):
            await names.text(hostile(f"{web.url}/{{data}}"), "k")


@pytest.mark.parametrize(
    ("trick", "error", "says_"),
    [
        ({"mode": LOOPING}, BadLookup, "more than 4 times"),
        ({"sender": ELSEWHERE}, BadLookup, "in the name of"),
        ({"mode": HUGE}, Unreachable, "bytes"),
        ({"mode": BURNING}, Unreachable, "(?i)out ?of ?gas"),
        ({"mode": WORDY}, BadLookup, "more than 32768 bytes"),
        ({"many": 17}, BadLookup, "more than 16"),
        ({"many": 0}, BadLookup, "names no gateway"),
        ({"long": 2001}, BadLookup, "too long"),
    ],
)
async def test_contracts_that_go_too_far(ens, hostile, trick, error, says_):
    """Each ends after a bounded number of questions."""
    async with Web(answering(b"")) as web, names_of(ens) as names:
        url = f"{web.url}/{{data}}".ljust(trick.pop("long", 0), "x")
        name = hostile(*[url] * trick.pop("many", 1), **trick)
        with pytest.raises(error, match=says_):
            await names.text(name, "k")
    assert web.connections <= 4


async def silent(writer) -> None:
    await asyncio.sleep(30)


async def test_slow_gateways_end_with_the_lookups_time(ens, hostile):
    async with Web(silent) as web:
        name = hostile(*[f"{web.url}/{{data}}"] * 4, mode=LOOPING)
        async with names_of(ens, seconds=0.5) as names:
            with pytest.raises(Unreachable, match="in time"):
                await names.text(name, "k")
        assert web.connections == 4  # without an answer there is no further turn
    async with Web(silent) as web:
        name = hostile(f"{web.url}/{{data}}")
        async with in_a_hurry(ens) as names:
            with pytest.raises(Unreachable, match=r"longer than 0\.3 seconds"):
                await names.text(name, "k")


@asynccontextmanager
async def in_a_hurry(ens):
    async with JsonRpcChain(ens.chain.url) as chain, open_http(allow_private=True) as http:
        limits = Timeouts(lookup=0.3)
        names = EnsNames(chain, http, registry=ens.registry, allow_private=True, timeouts=limits)
        yield names
        await names.close()


async def test_the_next_gateway_stands_in_for_one_that_is_away_or_forbidden(ens, hostile):
    async with Web(answering(b"")) as gone:
        pass
    async with (
        Web(says("500 Oops")) as broken,
        Web(answering(encode_text("found"))) as web,
        names_of(ens) as names,
    ):
        urls = [f"{gone.url}/{{data}}", "https://169.254.169.254/{data}", f"{broken.url}/{{data}}"]
        assert await names.text(hostile(*urls, f"{web.url}/{{data}}"), "k") == "found"
        # A refusal is final: the second gateway is not asked until one agrees.
        async with Web(says("404 Not Found", b'{"message":"foreign"}')) as refusing:
            with pytest.raises(NotFound, match="foreign"):
                await names.text(hostile(f"{refusing.url}/{{data}}", f"{web.url}/{{data}}"), "k")
    assert web.connections == 1


async def test_whatever_comes_is_an_error_of_ours(ens, hostile):
    """Random bytes in place of HTTP, and of what a resolver answers."""
    for index in range(6):
        junk = bytes((index * 37 + place * 11) % 256 for place in range(index * 17))

        async def answer(writer, junk=junk) -> None:
            writer.write(junk)

        async with Web(answer) as raw, Web(answering(junk)) as web, names_of(ens) as names:
            for one in (raw, web):
                try:
                    found = await names.text(hostile(f"{one.url}/{{data}}"), "k")
                except Dm3Error as error:
                    found = str(error)
                assert found is None or found
