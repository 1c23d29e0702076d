"""Requests to the application's own services, handed on: the frame talks to its own origin only.

Specification 5.7.

Only what a client of ours asks of these services is handed on, and only to them; the visitor's address goes
along, so that services which trust this host count each visitor apart.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx
from litestar import HttpMethod, Request, Response, get, route
from litestar.params import FromPath

from dm3.base import Members, normalize
from dm3.base.errors import CannotTell, InvalidName, NotFound, ServiceRefused, TooLarge, Unreachable
from dm3.net import Directory
from dm3.net.http import WAITS, expecting, read_body
from dm3.protocol.services import HttpAnswer, read_service_answer
from dm3.service import TooManyRequests, source_of

from .applications import Applications
from .handed_on import HandedOn, Room
from .limits import VisitorLimits

MAX_BODY: Final = 20 * 1024 * 1024
MAX_ANSWER: Final = 20 * 1024 * 1024
NO_SUCH_PAGE: Final = 404
LONGEST: Final = 60.0
"""Seconds for one request; a long poll takes 25."""

_DELIVERY: Final = re.compile(
    r"rpc|auth/[^/]+|profile/[^/]+(/extension)?|mailbox/[^/]+(/readers/[^/]+)?|mailboxes/fetch"
    r"|delivery/messages/[^/]+/syncAcknowledgements|escrow/[^/]+(/[^/]+){0,2}"
)
_RESOLVER: Final = re.compile(
    r"profile/(address|name|deleteName|owner-alias)|records/[^/]+/[^/]+|domains/[^/]+|names/[^/]+"
)
_BOARD: Final = re.compile(r"board/[^/]+(/statements/0x[0-9a-f]{64})?")
_METHODS: Final = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE]


class Forwarding:
    """Hands requests on over ``http``, a client for the operator's own services.

    ``limits`` counts how often each address reads a board.
    """

    def __init__(
        self,
        applications: Applications,
        directory: Directory,
        http: httpx.AsyncClient,
        limits: VisitorLimits,
    ) -> None:
        self._applications = applications
        self._limits = limits
        self._directory = directory
        self._http = http
        self._stopping = asyncio.Event()

    def release_waiting(self) -> None:
        """Answer those whose requests wait at a service, so that the host can stop."""
        self._stopping.set()

    def routes(self) -> list[Any]:
        """``/{app}/ds/{service}/…``, ``/{app}/escrow/…``, ``/{app}/resolver/…`` and ``/{app}/board/…``."""

        @route(
            "/{app:str}/ds/{service:str}/{path:path}",
            http_method=_METHODS,
            request_max_body_size=MAX_BODY,
            summary="To a delivery service of the application",
        )
        async def delivery(
            request: Request[Any, Any, Any], app: FromPath[str], service: FromPath[str], path: FromPath[str]
        ) -> Response[bytes]:
            return await self._hand_on(request, await self.service_url(app, service), _DELIVERY, path)

        @route(
            "/{app:str}/escrow/{path:path}",
            http_method=_METHODS,
            summary="To the escrow of the application's first delivery service",
        )
        async def escrow(
            request: Request[Any, Any, Any], app: FromPath[str], path: FromPath[str]
        ) -> Response[bytes]:
            services = await self.services_of(app)
            base = await self.service_url(app, services[0])
            return await self._hand_on(request, base, _DELIVERY, f"escrow{path}")

        @route(
            "/{app:str}/resolver/{path:path}", http_method=_METHODS, summary="To the application's resolver"
        )
        async def resolver(
            request: Request[Any, Any, Any], app: FromPath[str], path: FromPath[str]
        ) -> Response[bytes]:
            return await self._hand_on(request, self._applications.resolver_of(app), _RESOLVER, path)

        @get("/{app:str}/board/{path:path}", summary="To the board that the application shows")
        async def board(
            request: Request[Any, Any, Any], app: FromPath[str], path: FromPath[str]
        ) -> Response[bytes]:
            found = self._applications.find(app)
            if found.board is None or _first(path) != found.board:
                raise NotFound("this board is not shown here", verbatim=True)
            if not self._limits.allow(found.name, source_of(request.client.host if request.client else "")):
                raise TooManyRequests("this address has read the board often within a minute")
            return await self._hand_on(request, found.board_url, _BOARD, f"board{path}")

        return [delivery, escrow, resolver, board]

    async def services_of(self, app: str) -> tuple[str, ...]:
        """The delivery services that the application uses, as its resolver names them.

        Raises `NotFound` for an unknown application, `Unreachable` when the resolver is away, and
        `CannotTell` where something else answers in its place.
        """
        return (await self._told_services(app))[0]

    async def _told_services(self, app: str) -> tuple[tuple[str, ...], bool]:
        """As `services_of`; and whether the resolver has said so, or has no such page for all we know."""
        found = self._applications.find(app)
        usual = (f"ds.{found.name}",)
        base = self._applications.resolver_of(app)
        status, data = await self._ask("GET", f"{base}/domains/{quote(found.name, safe='')}")
        try:
            with expecting(base):
                told = _names_in(read_service_answer(HttpAnswer("the application's resolver", status, data)))
        except (NotFound, ServiceRefused):
            return usual, True
        except CannotTell as error:
            if error.status != NO_SUCH_PAGE:
                raise
            return usual, False  # as the reference's say that they have no such thing, and proxies anything
        return told or usual, True

    async def service_url(self, app: str, service: str) -> str:
        """The base URL of a delivery service of the application. Raises `NotFound` for one of others."""
        name = normalize(service)
        services, certain = await self._told_services(app)
        if name not in services and not certain:
            raise CannotTell(f"the resolver of {app[:100]} does not tell the application's delivery services")
        if name not in services:
            raise NotFound(f"{name} is no delivery service of {app[:100]}", verbatim=True)
        return (await self._directory.delivery_service(name)).url

    async def _hand_on(
        self, request: Request[Any, Any, Any], base: str, allowed: re.Pattern[str], path: str
    ) -> Response[bytes]:
        path = path.strip("/")
        if not allowed.fullmatch(path) or ".." in path:
            raise NotFound("this is not forwarded", verbatim=True)
        query = request.scope["query_string"].decode("latin-1")
        url = f"{base}/{'/'.join(quote(part, safe='') for part in path.split('/'))}"
        content = await request.body()

        async def ask(room: Room) -> tuple[int, bytes]:
            return await self._ask(
                request.method,
                f"{url}?{query}" if query else url,
                content=content,
                headers=_handed_on(request),
                waits=path == "mailboxes/fetch" or "wait=" in query,
                room=room,
            )

        return HandedOn(ask)

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        waits: bool = False,
        room: Room | None = None,
    ) -> tuple[int, bytes]:
        asking = asyncio.ensure_future(self._asked(method, url, content, headers, waits, room))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise Unreachable("this host is stopping")
            return asking.result()
        finally:
            asking.cancel()
            stopping.cancel()
            # Its connection is given back before the host closes what it was of.
            await asyncio.gather(asking, stopping, return_exceptions=True)

    async def _asked(
        self,
        method: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str] | None,
        waits: bool,
        room: Room | None,
    ) -> tuple[int, bytes]:
        # Who waits takes no connection away from what is to be done now.
        extensions = {WAITS: True} if waits else None
        try:
            async with self._http.stream(
                method, url, content=content, headers=headers, timeout=LONGEST, extensions=extensions
            ) as response:
                return response.status_code, await read_body(response, MAX_ANSWER, room=room)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"the application's service is away ({type(error).__name__})") from None
        except (TooLarge, ServiceRefused) as error:  # compressed, or endless: it is not the service's own
            raise CannotTell(f"the application's service: {error.detail}") from None


def _handed_on(request: Request[Any, Any, Any]) -> dict[str, str]:
    headers = {
        "X-Forwarded-For": request.client.host if request.client else "",
        "Accept-Encoding": "identity",
    }
    for name in ("authorization", "content-type"):
        value = request.headers.get(name)
        if value is not None:
            headers[name] = value
    return headers


def _first(path: str) -> str:
    """The name at the beginning of a path, in normal form; "" for what is none."""
    try:
        return normalize(path.strip("/").partition("/")[0])
    except InvalidName:
        return ""


def _names_in(value: Any) -> tuple[str, ...]:
    told = Members(value, "the resolver's answer").texts("deliveryServices")
    return tuple(map(normalize, told))
