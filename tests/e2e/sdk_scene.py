"""Two sites and their people, all real and on loopback: for the tests of the SDK."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from dm3.client import Account, App, Client, Context, LimitedScopeProfile, Messenger, connect
from dm3.crypto import KeyWallet, WalletKey
from dm3.delivery import DeliverySettings
from dm3.hosting import DeliveryHost, Site, SiteSettings
from dm3.model import DeliveryInformation, Draft, Envelope
from dm3.net import NetworkSettings
from dm3.protocol.messages.composing import compose, envelop
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from dm3.resolver import DomainSettings, ResolverSettings
from tests.kit.inside import context_of, identity_of
from tests.kit.ports import kept_port

MAIN, APP = "dm3.eth", "myapp.eth"
PAGE, SITE = "https://myapp.example", "myapp.example"
DAY = 86_400


def new_wallet() -> KeyWallet:
    return KeyWallet(WalletKey(os.urandom(32)))


class Clock:
    """The real time, and what the test has added to it. Where pauses count it stands still in between."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._stood_at: float | None = None

    def __call__(self) -> float:
        return (time.time() if self._stood_at is None else self._stood_at) + self.ahead

    def stop(self) -> None:
        """From here on it is the test alone that moves it, however long everything takes."""
        self._stood_at = time.time()


class CountingWallet:
    """A wallet that knows what it was asked to sign."""

    def __init__(self, inner: KeyWallet) -> None:
        self.inner, self.asked = inner, []  # type: ignore[var-annotated]

    @property
    def address(self) -> str:
        return self.inner.address

    async def sign_message(self, text: str) -> str:
        self.asked.append(text)
        return await self.inner.sign_message(text)


class Line(httpx.AsyncBaseTransport):
    """A client's line: notes every request, can be cut before or after one, or answer it itself."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.requests: list[httpx.Request] = []
        self.cut_before: Callable[[httpx.Request, int], bool] = lambda *_: False
        self.cut_after: Callable[[httpx.Request, int], bool] = lambda *_: False
        self.instead: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = len(self.requests)
        self.requests.append(request)
        if self.cut_before(request, number):
            raise httpx.ConnectError("the test has cut the line")
        if (answer := self.instead(request)) is not None:
            return answer
        response = await self._inner.handle_async_request(request)
        if self.cut_after(request, number):
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("the test has lost the answer")
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def line_of(one: Client | Account) -> Line:
    """Put a `Line` into the HTTP of a client or of a profile's, or return the one that is there."""
    http = context_of(one).http
    if not isinstance(http._transport, Line):
        http._transport = Line(http._transport)
    return http._transport


@dataclass
class Place:
    """The main profile's site and the application's site; many worlds may be played on it."""

    folder: Path
    sites: dict[str, Site]
    resolvers: dict[str, str]
    stack: AsyncExitStack

    async def stop_delivery(self, domain: str) -> None:
        """Turn a delivery service off."""
        await self.sites[domain].delivery.stop()

    async def start_delivery(self, domain: str) -> None:
        """Turn it on again: another process would find the same folder and take the same port."""
        before = self.sites[domain].delivery
        port = int(before.url.rpartition(":")[2])
        again = DeliveryHost(
            DeliverySettings(name=before.name),
            self.folder / domain,
            port=port,
            network=NetworkSettings(allow_private=True),
        )
        self.stack.push_async_callback(again.stop)
        await again.start(self.resolvers)


_worlds = count()


@dataclass
class World:
    """The people of one test: nobody of another test has their names and wallets."""

    place: Place
    stack: AsyncExitStack
    clock: Clock = field(default_factory=Clock)
    wallet: KeyWallet = field(default_factory=new_wallet)
    app: App = field(default_factory=lambda: App(APP, PAGE))
    number: int = field(default_factory=lambda: next(_worlds))

    @property
    def resolvers(self) -> dict[str, str]:
        return self.place.resolvers

    @property
    def alice_name(self) -> str:
        return f"alice{self.number}.user.{MAIN}"

    @property
    def team_name(self) -> str:
        return f"team{self.number}.user.{APP}"

    async def client(self, **options: Any) -> Client:
        """A further party with a vault of its own (in memory, unless ``vault`` names a file)."""
        options = {"allow_private": True, "now": self.clock, **options}
        client = await self.stack.enter_async_context(await connect(self.resolvers, **options))
        context_of(client).http.event_hooks["response"].append(self._tell_time)
        return client

    async def _tell_time(self, response: httpx.Response) -> None:
        """The services' clocks are ahead as far as the world's."""
        if "date" not in response.headers:
            return
        told = parsedate_to_datetime(response.headers["date"]).timestamp() + self.clock.ahead
        response.headers["date"] = formatdate(told, usegmt=True)

    async def alice(self, **options: Any) -> Messenger:
        """The main profile of the wallet."""
        return await (await self.client(**options)).create_profile(MAIN, self.wallet, alias=self.alice_name)

    async def team(self, wallet: KeyWallet | None = None) -> Messenger:
        """The application's own profile; ``wallet`` where the test needs it afterwards."""
        return await (await self.client()).create_profile(APP, wallet or new_wallet(), alias=self.team_name)

    async def lsp(self, **options: Any) -> LimitedScopeProfile:
        """A limited scope profile of the wallet, in a client of its own."""
        return await (await self.client(**options)).create_lsp(self.app, self.wallet)

    async def linked(self, **options: Any) -> tuple[Messenger, LimitedScopeProfile]:
        """Alice and a profile that is linked to her; ``options`` are those of the request."""
        alice, lsp = await self.alice(), await self.lsp()
        await link(alice, lsp, self.wallet, **options)
        return alice, lsp


async def link(alice: Messenger, lsp: LimitedScopeProfile, wallet: KeyWallet | None, **options: Any) -> None:
    """Ask, approve, take the acceptance in."""
    await lsp.request_link(alice.name, wallet, **options)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    await alice.sync()


@asynccontextmanager
async def place_in(folder: Path, *, services: tuple[str, ...] = (), **delivery: Any) -> AsyncIterator[Place]:
    """Both sites on free loopback ports, which are theirs also while a service is off.

    ``services`` are the delivery services that the application's resolver names; ``delivery`` are further
    settings of both delivery services.
    """
    domains = {
        MAIN: DomainSettings(name=MAIN),
        APP: DomainSettings(name=APP, siwe_domains=(SITE,), delivery_services=services),
    }
    resolvers: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        sites = {
            name: Site(
                SiteSettings(
                    folder=folder / name,
                    resolver=ResolverSettings(domains=(domain,)),
                    delivery=DeliverySettings(name=f"ds.{name}", **delivery),
                    resolver_port=stack.enter_context(kept_port()),
                    delivery_port=stack.enter_context(kept_port()),
                )
            )
            for name, domain in domains.items()
        }
        for site in sites.values():
            resolvers |= site.bind()
        for site in sites.values():
            stack.push_async_callback(site.stop)
            await site.start(resolvers)
        yield Place(folder, sites, resolvers, stack)


@asynccontextmanager
async def world_on(place: Place) -> AsyncIterator[World]:
    """New people on the same place; they leave at the end."""
    async with AsyncExitStack() as stack:
        yield World(place, stack)


@asynccontextmanager
async def world_in(folder: Path, **settings: Any) -> AsyncIterator[World]:
    """A place of their own for tests that turn services off or configure them."""
    async with place_in(folder, **settings) as place, world_on(place) as world:
        yield world


async def submit(context: Context, envelope: Envelope, service: str) -> None:
    """Hand an envelope in, past all checks of our own client."""
    await (await context.service(service)).submit(envelope)


async def sealed_for(
    sender: Account, context: Context, to: str, text: str | None = None, **changes: Any
) -> Envelope:
    """An envelope from ``sender`` to ``to`` with any text inside; ``changes`` replace the keys used."""
    receiver = (await context.directory.profile(to)).signed.profile
    service = await context.directory.delivery_service(receiver.delivery_services[0])
    keys = identity_of(sender).keys
    if text is None:
        draft = Draft(to=to, from_=sender.name, timestamp=context.milliseconds(), content="hello")
        text = compose(draft, keys.signing_private).text
    options = {
        "receiver_key": receiver.encryption_key,
        "service_key": service.encryption_key,
        "information": DeliveryInformation(to, sender.name),
        "signing_key": keys.signing_private,
        "random": os.urandom,
        **changes,
    }
    return envelop(text, **options)


def login(address: str, now: float, **changes: Any) -> str:
    """The host page's sign-in message."""
    fields: dict[str, Any] = {
        "domain": SITE,
        "address": address,
        "statement": "Sign in to My App.",
        "uri": PAGE,
        "chain_id": 1,
        "nonce": os.urandom(12).hex(),
        "issued_at": int(now),
    }
    return print_siwe(SiweMessage(**{**fields, **changes}))


def texts(messages: list[Any]) -> list[str]:
    """What messages say."""
    return [message.content for message in messages]


@asynccontextmanager
async def listening(account: Account) -> AsyncIterator[asyncio.Queue[str]]:
    """What comes in for an account, as it comes."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def listen() -> None:
        async for message in account.incoming():
            heard.put_nowait(message.content or "")

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
