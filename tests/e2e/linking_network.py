"""The real services in one process, and a network between them and the clients that fails on demand.

Requests go to the services' ASGI applications without a socket. Each party's network loses requests and
answers, doubles and delays them, and ends the party itself (`Crash`) when it was told to. Services are down,
have something before them that answers in their place, lie about names, and have clocks that are wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum
from typing import Any, Final
from urllib.parse import unquote

import httpx

from dm3.crypto import ProfileKeys, Seed
from dm3.delivery import DeliveryService, DeliverySettings
from dm3.model import RecordKey
from dm3.net import Directory
from dm3.net.clients.resolver_names import ResolverNames
from dm3.resolver import DomainSettings, Resolver, ResolverSettings, StaticName
from dm3.wire import data_uri, delivery_service_json
from tests.kit import open_client
from tests.kit.at_once import AtOnce
from tests.kit.hostile import Lie, Reply, lied
from tests.kit.hostile.resolver import Told
from tests.unit.people import digest

MAIN_DOMAIN: Final = "dm3.eth"
APP_DOMAIN: Final = "myapp.eth"
RESOLVERS: Final = {domain: f"http://resolver.{domain}" for domain in (MAIN_DOMAIN, APP_DOMAIN)}
HOSTS: Final = tuple(
    f"{kind}.{domain}" for domain in (MAIN_DOMAIN, APP_DOMAIN) for kind in ("resolver", "ds")
)
START: Final = 1_800_000_000.0


class Crash(BaseException):
    """The party's process ends here and now."""


class Mishap(StrEnum):
    """What can happen to one request or one commit of a party."""

    LOST = "lost"
    ANSWER_LOST = "answer-lost"
    DOUBLED = "doubled"
    DELAYED = "delayed"
    CRASH_BEFORE = "crash-before"
    CRASH_AFTER = "crash-after"


@dataclass
class Trouble:
    """A mishap that waits for the party's ``after``-th request or commit; ``holding``: of such requests."""

    mishap: Mishap
    after: int
    holding: bytes = b""

    def due(self, content: bytes) -> bool:
        """Whether it is this one."""
        if self.holding not in content:
            return False
        self.after -= 1
        return self.after < 0


@dataclass
class Line:
    """One party's connection; ``trouble`` is what is to happen on it, ``cut`` that its party is gone."""

    network: Network
    trouble: Trouble | None = None
    cut: bool = False

    def next_mishap(self, content: bytes = b"") -> Mishap | None:
        """What happens to the request or commit that comes now. Raises `Crash` after the party's end."""
        if self.cut:
            raise Crash
        if self.trouble is None or not self.trouble.due(content):
            return None
        mishap, self.trouble = self.trouble.mishap, None
        return mishap

    def end(self) -> Crash:
        """The party ends: whatever it still had under way goes no further."""
        self.cut = True
        return Crash()


class Network:
    """All services by host name; ``submitted`` are the envelopes that passed, as anybody on the way sees.

    By host: ``lies`` are what resolvers say, ``before`` is what answers in a service's place, ``ahead`` by
    how many seconds its clock is wrong. ``mallory`` is the name that lies lead to.
    """

    def __init__(self) -> None:
        self.now = START
        self.down: set[str] = set()
        self.lies: dict[str, Lie] = {}
        self.before: dict[str, Reply] = {}
        self.ahead: dict[str, int] = {}
        self.mallory = ""
        self.submitted: list[tuple[str, Any]] = []
        self.late: list[httpx.Request] = []
        self._services: dict[str, httpx.ASGITransport] = {}
        self._closing: list[Any] = []

    def reset(self) -> None:
        """A new story: the services go on, what was on its way is gone."""
        self.calm()
        self.late.clear()
        self.submitted.clear()

    def calm(self) -> None:
        """Everybody is up and honest, and all clocks are right."""
        for troubles in (self.down, self.lies, self.before, self.ahead):
            troubles.clear()

    async def start(self) -> None:
        """Start two sites on databases in memory."""
        for domain in (MAIN_DOMAIN, APP_DOMAIN):
            await self._start_site(domain)

    async def _start_site(self, domain: str) -> None:
        http = open_client(transport=PartyTransport(Line(self)))
        names_of = ResolverNames(http, RESOLVERS, clock=lambda: self.now)
        directory = Directory(names_of, clock=lambda: self.now)
        names, mail = AtOnce.open("sqlite://", "resolver"), AtOnce.open("sqlite://", "delivery")
        settings = ResolverSettings(
            domains=(
                DomainSettings(name=domain, alias_parents=(domain, f"user.{domain}"), max_aliases=10_000),
            ),
            claims_per_address=0,
            lookups_per_address=0,
        )
        resolver = Resolver(settings, names, clock=self._clock(f"resolver.{domain}"))
        service = DeliveryService(
            DeliverySettings(
                name=f"ds.{domain}",
                url=f"http://ds.{domain}",
                rate_per_address=0,
                rate_per_sender=0,
                rate_of_strangers=0,
                rate_per_receiver=0,
            ),
            ProfileKeys.from_seed(Seed(digest(f"service {domain}"))),
            directory,
            mail,
            clock=self._clock(f"ds.{domain}"),
        )
        record = data_uri(delivery_service_json(service.profile))
        await resolver.add_static(f"ds.{domain}", StaticName({RecordKey.DELIVERY_SERVICE: record}))
        apps: dict[str, Any] = {f"resolver.{domain}": resolver.app, f"ds.{domain}": service.app}
        self._services |= {host: httpx.ASGITransport(app) for host, app in apps.items()}
        self._closing += [http.aclose, names.close, mail.close]

    def _clock(self, host: str) -> Callable[[], float]:
        return lambda: self.now + self.ahead.get(host, 0)

    async def stop(self) -> None:
        """Close everything."""
        for close in self._closing:
            await close()

    async def serve(self, request: httpx.Request) -> httpx.Response:
        """Carry one request to its service and the answer back, or what is told in its place."""
        host = request.url.host
        if host in self.down:
            raise httpx.ConnectError("the service is down")
        if host in self.before:
            return await told_by(self.before[host])
        if host in self.lies and (lied := await self._lied(request, self.lies[host])) is not None:
            return lied
        answer = await self._asked(request)
        self._note(request)
        return answer

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        answer = await self._services[host].handle_async_request(request)
        await answer.aread()
        assert answer.status_code != 500, answer.text
        answer.headers["date"] = formatdate(self.now + self.ahead.get(host, 0), usegmt=True)
        return answer

    async def _lied(self, request: httpx.Request, lie: Lie) -> httpx.Response | None:
        """What is said of a person's name in place of the truth; None for everything else."""
        name = unquote(request.url.path).removeprefix("/names/")
        if name == request.url.path or name.startswith("ds.") or name == self.mallory:
            return None

        async def ask(of: str) -> Told:
            host = request.url.host if of == name else f"resolver.{APP_DOMAIN}"
            url = request.url.copy_with(host=host, path=f"/names/{of}")
            answer = await self._asked(httpx.Request("GET", url))
            return answer.status_code, answer.json()

        status, told = await lied(lie, name, self.mallory, ask)
        return httpx.Response(status, json=told)

    def _note(self, request: httpx.Request) -> None:
        if request.url.path == "/rpc" and b"dm3_submitMessage" in request.content:
            envelope = json.loads(request.content)["params"][0]
            read = json.loads(envelope) if isinstance(envelope, str) else envelope
            self.submitted.append((request.url.host, read))

    async def deliver_late(self) -> None:
        """Let the requests that were delayed arrive, the latest first."""
        late, self.late = self.late[::-1], []
        for request in late:
            if request.url.host not in self.down:
                await self.serve(request)


async def told_by(reply: Reply) -> httpx.Response:
    """The answer of something that stands before a service."""
    parts: list[dict[str, Any]] = []

    async def send(part: dict[str, Any]) -> None:
        parts.append(part)

    await reply(send)
    body = b"".join(part.get("body", b"") for part in parts)
    return httpx.Response(parts[0]["status"], headers=parts[0]["headers"], stream=httpx.ByteStream(body))


@dataclass
class PartyTransport(httpx.AsyncBaseTransport):
    """One party's way to the services."""

    line: Line

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request, or have its mishap happen."""
        network = self.line.network
        await request.aread()
        match self.line.next_mishap(request.content):
            case Mishap.LOST:
                raise httpx.ConnectError("lost on the way")
            case Mishap.ANSWER_LOST:
                await network.serve(request)
                raise httpx.ReadTimeout("the answer was lost")
            case Mishap.DOUBLED:
                answer = await network.serve(request)
                await network.serve(request)
                return answer
            case Mishap.DELAYED:
                network.late.append(request)
                raise httpx.ReadTimeout("it takes its time")
            case Mishap.CRASH_BEFORE:
                raise self.line.end()
            case Mishap.CRASH_AFTER:
                await network.serve(request)
                raise self.line.end()
        return await network.serve(request)
