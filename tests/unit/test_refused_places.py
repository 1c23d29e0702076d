"""URLs, nodes and files that are not taken, and in which words that is told."""

import json

import httpx
import pytest

from dm3.base.errors import (
    CannotTell,
    ConfigurationError,
    Dm3Error,
    ForbiddenAddress,
    MalformedData,
)
from dm3.net.chain.chains import Chains, split_rpc_url
from dm3.net.http.bounded_fetch import fetch_bounded, host_of, request_bounded, require_fetchable
from dm3.net.http.service_call import ask, expecting
from dm3.net.names.profile_links import IpfsGateway
from dm3.net.names.sources import FileNames
from tests.kit import open_client

HTTPS_ONLY, LOGIN = "only https URLs are fetched", "a URL with a login in it is not fetched"
NO_URL = "that is not an http or https URL"


@pytest.mark.parametrize(
    ("url", "private", "told"),
    [
        ("https://a.example/x?y#z", False, None),
        ("https://127.0.0.1", False, None),
        ("HTTPS://a.example:8443", False, None),
        ("http://a.example", False, HTTPS_ONLY),
        ("http://a.example", True, HTTPS_ONLY),
        ("http://127.0.0.1:1", False, HTTPS_ONLY),
        ("http://127.0.0.1:1", True, None),
        ("http://localhost", True, None),
        ("http://[::1]/", True, None),
        ("ftp://a.example", False, HTTPS_ONLY),
        ("ftp://127.0.0.1", True, HTTPS_ONLY),
        ("data:text/plain,x", True, HTTPS_ONLY),
        ("https://me:pass@a.example", False, LOGIN),
        ("https://me@a.example", True, LOGIN),
        ("http://me@127.0.0.1", True, LOGIN),
        ("https://", False, NO_URL),
        ("http://", True, NO_URL),
        ("", False, NO_URL),
        ("a.example/x", False, NO_URL),
        ("https://a.example:port", False, NO_URL),
    ],
)
def test_urls_of_others_are_followed_or_refused_in_these_words(url, private, told):
    if told is None:
        require_fetchable(url, allow_private=private)
        return
    with pytest.raises(MalformedData if told is NO_URL else ForbiddenAddress) as refused:
        require_fetchable(url, allow_private=private)
    assert refused.value.detail == told
    assert refused.value.hint == ("" if told is not NO_URL else MalformedData.hint)


def test_nothing_private_is_followed_unless_it_is_said():
    with pytest.raises(ForbiddenAddress):
        require_fetchable("http://127.0.0.1")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example:1/x", "a.example"),
        (httpx.URL("https://b.example"), "b.example"),
        (f"https://{'h' * 60}.{'i' * 60}", f"{'h' * 60}.{'i' * 39}"),
        ("no-host", "the service"),
        ("https://a.example:port", "the service"),
    ],
)
def test_the_host_is_named_in_sentences(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("text", "number", "url"),
    [
        ("https://node.example", None, "https://node.example"),
        ("http://127.0.0.1:1/key", None, "http://127.0.0.1:1/key"),
        ("10=https://node.example", 10, "https://node.example"),
        ("1=http://a=b.example", 1, "http://a=b.example"),
    ],
)
def test_a_node_and_its_chain(text, number, url):
    assert split_rpc_url(text) == (number, url)


@pytest.mark.parametrize(
    "text", ["", "node.example", "ten=https://a.example", "10=", "ws://a.example", "=https://a"]
)
def test_what_is_no_node(text):
    with pytest.raises(ConfigurationError, match=r"rpc-url has the form https://… or chain-id=https://…$"):
        split_rpc_url(text)


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        ([], "there is no rpc-url$"),
        (["1=http://a", "1=http://b"], "rpc-url names a chain twice, or a further node without its chain$"),
        (["http://a", "http://b"], "rpc-url names a chain twice, or a further node without its chain$"),
        (["http://a", "1=http://b", "http://c"], "names a chain twice"),
    ],
)
def test_nodes_that_do_not_go_together(urls, told):
    with pytest.raises(ConfigurationError, match=told) as refused:
        Chains(urls)
    assert not urls or refused.value.hint == "After the first, write chain-id=URL."


async def test_nodes_by_their_chain():
    async with Chains(["http://a", "1=http://b", "10=http://c"]) as chains:
        assert chains.default.chain_id is None
        assert [(number, node.chain_id) for number, node in chains.by_id.items()] == [(1, 1), (10, 10)]
    async with Chains(["5=http://a"]) as chains:
        assert chains.by_id == {5: chains.default}


@pytest.mark.parametrize("url", ["", "gateway.example", "ipfs://x", "ftp://a.example", " https://a.example"])
def test_what_is_no_gateway(url):
    with pytest.raises(ConfigurationError, match="the URL of the IPFS gateway is not an http or https URL"):
        IpfsGateway(url)


# --- a file of names ------------------------------------------------------------------------------------

ADDRESS = "0x1dd8938401315464fed053b8920295ae0f7c60b1"


def names_in(tmp_path, held):
    file = tmp_path / "names.json"
    file.write_text(held if isinstance(held, str) else json.dumps(held))
    return FileNames.read(file)


async def test_names_of_a_file(tmp_path):
    held = {"A.eth": {"address": ADDRESS, "texts": {"k": "v"}}, "b.eth": {}, "c.eth": {"texts": {}}}
    names = names_in(tmp_path, held)
    assert [names.serves(name) for name in ("a.eth", "A.ETH", "b.eth", "d.eth")] == [True, True, True, False]
    assert await names.address("A.eth") == "0x1DD8938401315464FeD053B8920295aE0f7C60B1"
    assert [await names.text("A.eth", key) for key in ("k", "other")] == ["v", None]
    for name in ("b.eth", "c.eth", "d.eth"):
        assert (await names.address(name), await names.text(name, "k")) == (None, None)
    names.forget("a.eth")
    assert await names.text("a.eth", "k") == "v"


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ("[", "not valid JSON"),
        ("[]", "the file must be a JSON object"),
        ({"a.eth": 7}, "a.eth must be a JSON object"),
        ({"a.eth": {"address": 7}}, "a.eth: address"),
        ({"a.eth": {"address": "0x12"}}, "Ethereum address"),
        ({"a.eth": {"texts": 7}}, "a.eth: texts"),
        ({"a.eth": {"texts": {"k": 7}}}, "k"),
        ({"a..b": {}}, "a..b"),
        ({"n" * 200 + ".eth": 7}, f": {'n' * 100} must be a JSON object$"),
    ],
)
def test_a_file_of_names_of_another_form(tmp_path, held, told):
    with pytest.raises(ConfigurationError, match=told) as refused:
        names_in(tmp_path, held)
    assert f"the file of names {tmp_path / 'names.json'}: " in str(refused.value)
    assert refused.value.hint.startswith('It looks like {"a.eth": {"address": "0x…", "texts": {')


def test_a_file_of_names_that_is_not_there(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"the file of names .*none\.json: No such file or directory"
    ):
        FileNames.read(tmp_path / "none.json")


# --- what services answer -------------------------------------------------------------------------------


def answering(status=200, body=b"{}", **headers):
    async def service(scope, receive, send):
        told = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})

    return open_client(transport=httpx.ASGITransport(service))


def failing(error):
    async def service(scope, receive, send):
        raise error

    return open_client(transport=httpx.ASGITransport(service))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx.ConnectError("x"), "http://a.test:1 (no connection)"),
        (httpx.ReadTimeout("x"), "http://a.test:1 (it did not answer in time)"),
        (TimeoutError(), "http://a.test:1 (it did not answer in time)"),
        (httpx.RemoteProtocolError("x"), "http://a.test:1 (RemoteProtocolError)"),
        (OSError("x"), "http://a.test:1 (OSError)"),
    ],
)
async def test_why_there_is_no_answer_is_told(error, told):
    async with failing(error) as http:
        with pytest.raises(Dm3Error) as away:
            await ask(http, "GET", "http://a.test:1/path?secret")
    assert (away.value.code, away.value.detail) == ("unreachable", told)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (httpx.ConnectError("x"), "unreachable", "a.test"),
        (httpx.ReadTimeout("x"), "unreachable", "a.test did not answer in time"),
        (TimeoutError(), "unreachable", "a.test did not answer in time"),
        (httpx.RemoteProtocolError("x"), "service-refused", "a.test does not answer as HTTP wants it"),
        (httpx.UnsupportedProtocol("x"), "malformed", NO_URL),
    ],
)
async def test_why_nothing_was_fetched_is_told(error, code, told):
    async with failing(error) as http:
        with pytest.raises(Dm3Error) as away:
            await request_bounded(http, "GET", "http://a.test:1/path?secret")
    assert (away.value.code, away.value.detail) == (code, told)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (301, "a.test redirects, which is not followed"),
        (300, "a.test redirects, which is not followed"),
        (399, "a.test redirects, which is not followed"),
        (400, "a.test answered with status 400"),
        (204, "a.test answered with status 204"),
        (500, "a.test answered with status 500"),
    ],
)
async def test_only_a_plain_answer_is_fetched(status, told):
    async with answering(status) as http:
        with pytest.raises(CannotTell) as refused:
            await fetch_bounded(http, "https://a.test/x")
    assert (refused.value.detail, refused.value.status) == (told, status)


async def test_what_is_fetched_is_bounded():
    async with answering(body=b"x" * 10) as http:
        assert await fetch_bounded(http, "https://a.test", max_bytes=10) == b"x" * 10
        assert await request_bounded(http, "GET", "https://a.test", max_bytes=10) == (200, b"x" * 10)
        with pytest.raises(Dm3Error, match="the answer has more than 9 bytes"):
            await fetch_bounded(http, "https://a.test", max_bytes=9)
        with pytest.raises(ForbiddenAddress):
            await fetch_bounded(http, "http://a.test")
        assert await fetch_bounded(http, "http://a.test", https_only=False, max_bytes=10) == b"x" * 10
    for length, told in (("11", "more than 10 bytes"), ("9" * 19, "more than 10 bytes")):
        async with answering(body=b"", **{"content-length": length}) as http:
            with pytest.raises(Dm3Error, match=told):
                await fetch_bounded(http, "https://a.test", max_bytes=10)
    async with answering(body=b"x", **{"content-encoding": "gzip"}) as http:
        with pytest.raises(Dm3Error, match=r"the answer is compressed, which was not asked for"):
            await fetch_bounded(http, "https://a.test")
        with pytest.raises(CannotTell, match=r"https://a.test: the answer is compressed"):
            await ask(http, "GET", "https://a.test/x")
    async with answering(body=b"x", **{"content-encoding": "Identity", "cache-control": "max-age=3"}) as http:
        answer = await ask(http, "GET", "https://a.test/x")
        assert (answer.origin, answer.status, answer.body) == ("https://a.test", 200, b"x")


def test_an_answer_of_another_form_is_told_with_its_service():
    with (
        pytest.raises(CannotTell, match=r"https://a.test answered something else: it is broken"),
        expecting("https://a.test/x"),
    ):
        raise MalformedData("it is broken")
    with (
        pytest.raises(CannotTell, match="the service answered something else"),
        expecting("https://a.example:port"),
    ):
        raise MalformedData("it is broken")
