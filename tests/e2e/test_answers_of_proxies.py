"""One table: every answer that something in between may give, against everybody of ours who asks.

None of it is a yes, and none a no that ends anything: whoever asked cannot tell now (specification 4.4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
import pytest_asyncio
from httpx import AsyncBaseTransport, AsyncClient, Request, Response

from dm3.base import sha256_hex
from dm3.base.errors import Dm3Error, ServiceRefused, Unreachable
from dm3.crypto import Token, checksum_address
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net import ChainWalletVerifier, Directory, JsonRpcChain
from dm3.net.clients import Delivered, DeliveryClient, MailboxQuery, ResolverClient
from dm3.net.clients.resolver_names import ResolverNames
from dm3.net.names.ens import EnsNames
from dm3.net.names.profile_links import IpfsGateway, LinkFetcher
from dm3.protocol.delivery.rpc_refusals import RpcCode
from dm3.protocol.ens.lookup import RESOLVER, SUPPORTS
from dm3.protocol.ens.offchain import OffchainLookup, encode_lookup
from dm3.protocol.names import WrongAtLink
from dm3.protocol.wallets import CallReverted
from dm3.testing import StaticNames
from dm3.widget.sending import is_known
from dm3.wire import envelope_from
from tests.e2e.delivery_scene import serving
from tests.kit import open_client
from tests.kit.hostile import ANSWERS, Proxy
from tests.kit.senders import APP, SERVICE, Person, envelope

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALICE, BOB = Person("alice"), Person("bob")
AT = DeliveryServiceProfile(BOB.keys.signing_public, BOB.keys.encryption_public, "https://ds.example")
SEALED = envelope_from(envelope(ALICE, BOB.name, AT))
CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
OWNER, TOKEN = ALICE.wallet.address, Token(b"a-token")
CONTRACT = checksum_address("0x" + "22" * 20)
Asking = Callable[[AsyncClient, str], Awaitable[object]]
"""Asks what stands at a base URL."""


def at_service(ask: Callable[[DeliveryClient], Awaitable[object]]) -> Asking:
    return lambda http, url: ask(DeliveryClient(http, url, SERVICE))


def at_resolver(ask: Callable[[ResolverClient], Awaitable[object]]) -> Asking:
    return lambda http, url: ask(ResolverClient(http, url))


class ContractOf:
    """A chain on which every name's contract sends on to the gateway at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def call(self, to: str | None, data: bytes, block: str = "latest") -> bytes:
        if data.startswith(RESOLVER):
            return bytes.fromhex(CONTRACT[2:]).rjust(32, b"\0")
        if data.startswith(SUPPORTS):
            return b"\1".rjust(32, b"\0")
        urls = (f"{self._url}/{{sender}}/{{data}}",)
        raise CallReverted(encode_lookup(OffchainLookup(CONTRACT, urls, b"asked", b"back", b"")))

    async def code(self, address: str) -> bytes:
        return b"code"


async def in_ens(http: AsyncClient, url: str) -> object:
    """A name whose gateway is at ``url``."""
    names = EnsNames(ContractOf(url), http, allow_private=True)
    try:
        return await Directory(names).profile(ALICE.name)
    finally:
        await names.close()


async def by_node(http: AsyncClient, url: str) -> object:
    """A name in ENS, on a chain whose node is at ``url``."""
    names = EnsNames(JsonRpcChain(url, http=http), http)
    try:
        return await Directory(names).profile(ALICE.name)
    finally:
        await names.close()


async def of_node(http: AsyncClient, url: str) -> object:
    """A contract wallet's word about a signature."""
    verifier = ChainWalletVerifier(JsonRpcChain(url, http=http))
    return await verifier.signed(OWNER, "hello", BOB.wallet.sign_now("hello"))


class WithoutTls(AsyncBaseTransport):
    """Reaches over http what a record links to over https."""

    def __init__(self, http: AsyncClient) -> None:
        self._http = http

    async def handle_async_request(self, request: Request) -> Response:
        plain = Request(request.method, request.url.copy_with(scheme="http"), headers=request.headers)
        return await self._http.send(plain, stream=True)


async def behind_link(http: AsyncClient, url: str) -> object:
    """A profile that a text record links to."""
    names, where = StaticNames(), url.replace("http:", "https:")
    names.put_text(ALICE.name, RecordKey.PROFILE, f"{where}/alice?dm3Hash={sha256_hex('x')}")
    async with open_client(transport=WithoutTls(http)) as reaching:
        return await Directory(names, links=LinkFetcher(reaching)).profile(ALICE.name)


async def in_ipfs(http: AsyncClient, url: str) -> object:
    """A profile that a text record links to in IPFS."""
    names, gateway = StaticNames(), IpfsGateway(url)
    names.put_text(ALICE.name, RecordKey.PROFILE, f"ipfs://{CID}")
    try:
        return await Directory(names, links=LinkFetcher(http, ipfs=gateway)).profile(ALICE.name)
    finally:
        await gateway.close()


ASKERS: Final[dict[str, Asking]] = {
    # resolvers
    "a name": lambda http, url: Directory(ResolverNames(http, {APP: url})).profile(ALICE.name),
    "an address": lambda http, url: ResolverNames(http, {APP: url}).address(ALICE.name),
    "a claim of an address name": at_resolver(lambda r: r.claim_address(ALICE.signed, OWNER, APP)),
    "a claim of an alias": at_resolver(
        lambda r: r.claim_alias(f"a.{APP}", ALICE.name, ALICE.keys.signing_private)
    ),
    "giving an alias up": at_resolver(lambda r: r.remove_alias(f"a.{APP}", ALICE.keys.signing_private)),
    "a claim of an owner alias": at_resolver(
        lambda r: r.claim_owner_alias(ALICE.name, OWNER, "text", "0x", ALICE.keys)
    ),
    "a record": at_resolver(lambda r: r.publish_record(ALICE.name, "k", "v", ALICE.keys.signing_private, 1)),
    "the profile of an address": at_resolver(lambda r: r.profile_of(OWNER)),
    "the name of an address": at_resolver(lambda r: r.name_of(OWNER)),
    "an application's services": at_resolver(lambda r: r.delivery_services(APP)),
    # chains, and what they send on to
    "a gateway": in_ens,
    "a node, for a name": by_node,
    "a node, for a contract": of_node,
    "a profile link": behind_link,
    "an IPFS gateway": in_ipfs,
    # delivery services
    "a submission": at_service(lambda s: s.submit(SEALED)),
    "a submission at a plain service": at_service(lambda s: s.submit(SEALED, plain=True)),
    "its properties": at_service(lambda s: s.properties()),
    "what a profile reads": at_service(lambda s: s.extension(ALICE.name)),
    "a registration": at_service(lambda s: s.register(ALICE.name, ALICE.signed)),
    "a log-in": at_service(lambda s: s.authenticate(ALICE.name, ALICE.keys.signing_private)),
    "a page": at_service(lambda s: s.fetch(ALICE.name, TOKEN, reader="r")),
    "several pages": at_service(lambda s: s.fetch_several([MailboxQuery(ALICE.name, TOKEN, "r")])),
    "an acknowledgement": at_service(
        lambda s: s.acknowledge(ALICE.name, TOKEN, [Delivered("0x00", "1", None)], reader="r")
    ),
    "a reader": at_service(lambda s: s.add_reader(ALICE.name, TOKEN, "r")),
    "no reader": at_service(lambda s: s.remove_reader(ALICE.name, TOKEN, "r")),
    "saying what a profile reads": at_service(lambda s: s.set_extension(ALICE.name, TOKEN, {})),
    "a copy in escrow": at_service(lambda s: s.escrow.keep(ALICE.name, TOKEN, APP, OWNER, b"sealed")),
    "no copy in escrow": at_service(lambda s: s.escrow.remove(ALICE.name, TOKEN)),
    "a challenge for a copy": at_service(lambda s: s.escrow.challenge(APP, OWNER)),
    "a copy": at_service(lambda s: s.escrow.release(APP, OWNER, "challenge", "0x")),
    "a copy for a log-in": at_service(lambda s: s.escrow.release_to_login(APP, OWNER, "text", "0x")),
    "who got copies": at_service(lambda s: s.escrow.releases(ALICE.name, TOKEN)),
    "whether a token opens a mailbox": lambda http, url: is_known(http, url, ALICE.name, "a-token"),
}
CLAIMS: Final = {"a claim of an address name", "a claim of an owner alias", "a record"}
SHOWN_TOKEN: Final = {
    "a page",
    "an acknowledgement",
    "a reader",
    "no reader",
    "saying what a profile reads",
    "a copy in escrow",
    "no copy in escrow",
    "who got copies",
}
OWN: Final = {
    # Yes, as the reference's resolvers and delivery services say it, and as ours say what is done.
    "200 with a text": CLAIMS | {"a submission at a plain service"},
    "204": {"no reader", "a copy in escrow", "no copy in escrow"},
    # No, in the form of ERC-3668, which is that of many others.
    "404 of an API gateway": {"a gateway"},
    "404 of a framework": {"a gateway"},
}
"""Which answers are, to whom, in the form of the one that was asked: nobody can tell whose they are."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxy():
    async with Proxy("http://127.0.0.1:9") as standing:
        yield standing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory, proxy):
    """A delivery service that refuses unknown senders, and looks names up at the proxy."""
    folder = tmp_path_factory.mktemp("ds")
    async with open_client() as http:
        names: Any = ResolverNames(http, {APP: proxy.url})
        async with serving(f"sqlite:///{folder}/ds.sqlite", names=names, unknown_senders="refuse") as scene:
            proxy.instead = ANSWERS["404 with a page"]
            assert (await scene.client.register(BOB)).status_code == 200, "an address name proves itself"
            yield scene


async def outcome(asking: Awaitable[object]) -> object:
    try:
        return await asking
    except Dm3Error as error:
        return error


def is_nothing_told(told: object, asker: str, kind: str) -> bool:
    if kind == "401 with a page" and asker in SHOWN_TOKEN:  # another token is asked for, and nothing more
        return isinstance(told, ServiceRefused) and told.status == 401 and not told.definite
    return isinstance(told, Unreachable | WrongAtLink) and not told.definite


@pytest.mark.parametrize("asker", ASKERS)
async def test_what_something_in_between_answers_is_neither_yes_nor_no(proxy, asker):
    wrong = {}
    async with open_client() as http:
        for kind, reply in ANSWERS.items():
            proxy.instead = reply
            told = await outcome(ASKERS[asker](http, proxy.url))
            if asker not in OWN.get(kind, ()) and not is_nothing_told(told, asker, kind):
                wrong[kind] = told
    assert wrong == {}


async def test_a_delivery_service_refuses_nobody_for_it(proxy, service):
    """It wants to know its senders; their resolver, and that of those who register, is the proxy."""
    wrong = {}
    for number, (kind, reply) in enumerate(ANSWERS.items()):
        sender = Person(f"sender {number}")
        proxy.instead = reply
        sealed = envelope(sender, BOB.name, service.service.profile)
        sent = await service.client.submit(sealed)
        moved = await service.client.register(BOB.rotated())
        if (sent["error"]["code"], moved.status_code) != (RpcCode.RESOURCE_UNAVAILABLE, 503):
            wrong[kind] = (sent, moved.text)
    assert wrong == {}
