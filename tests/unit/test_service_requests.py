"""What our clients ask services for, and what they make of an answer that is a bare word."""

import json

import httpx
import pytest
import pytest_asyncio

from dm3.crypto import Token
from dm3.net.clients.delivery import DeliveryClient
from dm3.net.clients.resolver import ResolverClient
from tests.kit import open_client
from tests.unit.people import ALICE

OWNER = "0x71cb05ee1b1f506ff321da3dac38f25c0c9ce6e1"
TOKEN = Token(b"a-token")
SIGNED = ALICE.signed_profile


class Service:
    """Answers everything with one body, in this process, and notes what it was asked."""

    def __init__(self):
        self.body, self.asked = b"", []

    async def __call__(self, scope, receive, send):
        given = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            given += message["body"]
            if not message.get("more_body"):
                break
        self.asked.append((scope["method"], scope["path"], scope["query_string"].decode(), given))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


@pytest.fixture
def service():
    return Service()


@pytest_asyncio.fixture
async def http(service):
    async with open_client(transport=httpx.ASGITransport(service)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("after", "query"),
    [("", "reader=phone&limit=7&wait=3"), ("c9", "reader=phone&limit=7&wait=3&after=c9")],
)
async def test_a_mailbox_is_read_for_one_reader_and_from_its_place(service, http, after, query):
    service.body = json.dumps({"messages": [], "cursor": "c9"}).encode()
    delivery = DeliveryClient(http, "http://ds.test/", "ds.test")
    page = await delivery.fetch("alice.eth", TOKEN, reader="phone", after=after, wait=3.5, limit=7)
    assert not page.messages
    assert service.asked == [("GET", "/mailbox/alice.eth", query, b"")]


@pytest.mark.parametrize("body", [b"OK", b" OK\n", b'{"name":"0x71cb.addr.app.eth"}'])
async def test_a_claimed_name_is_the_answers_or_the_one_that_was_asked_for(service, http, body):
    service.body = body
    claimed = await ResolverClient(http, "http://resolver.test").claim_address(SIGNED, OWNER, "App.eth")
    assert claimed == (f"{OWNER}.addr.app.eth" if b"OK" in body else "0x71cb.addr.app.eth")
    [(method, path, _, given)] = service.asked
    assert (method, path) == ("POST", "/profile/address")
    told = json.loads(given)
    assert (told["address"], told["subdomain"]) == (OWNER, "addr.app.eth")
    assert "authorization" not in told
