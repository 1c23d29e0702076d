"""Handing envelopes in at others' services, for profiles of this application alone: no open relay.

Specification 5.7.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import httpx
from litestar import Request, Response, post
from litestar.params import FromPath

from dm3.base import Members, is_below, normalize
from dm3.base.errors import (
    Dm3Error,
    InvalidInput,
    NotFound,
    RemoteProtocolError,
    ServiceRefused,
    TooLarge,
)
from dm3.model import DeliveryServiceProperties, Envelope
from dm3.net import Network
from dm3.net.cache import TimedCache
from dm3.net.clients import DeliveryClient
from dm3.net.http import call, expecting
from dm3.protocol.services import PLAIN_REFUSAL
from dm3.service import TooManyRequests, Unauthorized, error_body, json_body
from dm3.wire import envelope_from, envelope_text

from .applications import Applications
from .forwarding import MAX_BODY, Forwarding
from .limits import VisitorLimits

REMEMBERED_SECONDS: Final = 300
MOST_REMEMBERED: Final = 10_000
REFUSED: Final = 422
NO_SUCH_RECEIVER: Final = -32001
TOO_LARGE: Final = -32011
"""JSON-RPC codes of the published text (specification 2.5)."""


class Sending:
    """``/{app}/send``; ``clock`` gives seconds."""

    def __init__(
        self,
        applications: Applications,
        forwarding: Forwarding,
        network: Network,
        limits: VisitorLimits,
        clock: Callable[[], float],
    ) -> None:
        self._applications = applications
        self._forwarding = forwarding
        self._network = network
        self._limits = limits
        self._known: TimedCache[bytes, bool] = TimedCache(clock, max_entries=MOST_REMEMBERED)
        self._facts: TimedCache[str, DeliveryServiceProperties | None] = TimedCache(
            clock, max_entries=MOST_REMEMBERED
        )
        self._older: TimedCache[str, bool] = TimedCache(clock, max_entries=MOST_REMEMBERED)

    def routes(self) -> list[Any]:
        """The one route."""

        @post(
            "/{app:str}/send",
            status_code=200,
            request_max_body_size=MAX_BODY,
            summary="Hand an envelope in at a receiver's delivery service",
        )
        async def send(request: Request[Any, Any, Any], app: FromPath[str]) -> Response[dict[str, Any]]:
            name = self._applications.find(app).name
            members = Members(await json_body(request, "the request", MAX_BODY), "the request")
            sender = normalize(members.text("from", max_length=255))
            if not is_below(sender, name):
                raise Unauthorized(f"{sender} is no profile of {name}")
            await self._require_token(request, app, sender)
            if not self._limits.allow(name, sender):
                raise TooManyRequests("this profile has sent many messages within a minute")
            envelope = envelope_from(members.object("envelope").raw())
            client = await self._service(members.text("to", max_length=255), members.optional_text("service"))
            return await self._handed_in(client, envelope)

        return [send]

    async def _service(self, to: str, service: str | None) -> DeliveryClient:
        """The receiver's delivery service, the first of its list unless another of it is named."""
        directory = self._network.directory
        listed = (await directory.profile(normalize(to))).signed.profile.delivery_services
        wanted = normalize(service) if service else next(iter(listed), None)
        if wanted is None or wanted not in listed:
            raise InvalidInput("the receiver lists no such delivery service")
        profile = await directory.delivery_service(wanted)
        return DeliveryClient(self._network.http_for(wanted), profile.url, wanted)

    async def _told_by(self, client: DeliveryClient) -> DeliveryServiceProperties | None:
        """What a service says of itself, None where it says nothing. Raises `Unreachable`."""
        known = self._facts.get(client.base_url)
        if known is not None:
            return known[0]
        try:
            told = await client.properties()
        except (RemoteProtocolError, ServiceRefused, NotFound):
            return None  # of another make, or none of these methods
        self._facts.put(client.base_url, told, seconds=REMEMBERED_SECONDS)
        return told

    async def _require_token(self, request: Request[Any, Any, Any], app: str, sender: str) -> None:
        """Raise `Unauthorized` unless the application's own service knows the token as the sender's."""
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("the request has no token")
        key = hashlib.sha256(f"{sender}\0{token}".encode()).digest()
        if self._known.get(key) is not None:
            return
        for service in await self._forwarding.services_of(app):
            base = await self._forwarding.service_url(app, service)
            if await is_known(self._network.http, base, sender, token):
                self._known.put(key, True, seconds=REMEMBERED_SECONDS)
                return
        raise Unauthorized("the token is not one of the sender's")

    async def _handed_in(self, client: DeliveryClient, envelope: Envelope) -> Response[dict[str, Any]]:
        """Hand it in, in a form that the service takes, as far as is known."""
        ours = envelope.message_hash is not None
        if ours and self._older.get(client.base_url) == (True,):
            return _refused(ServiceRefused("the service wants the form of npm 1.7.1"), PLAIN_REFUSAL)
        answer = await _handed_in(client, envelope, await self._told_by(client))
        if answer.status_code != REFUSED:
            self._older.put(client.base_url, not ours, seconds=REMEMBERED_SECONDS)
        return answer


async def is_known(http: httpx.AsyncClient, base: str, sender: str, token: str) -> bool:
    """Whether ``token`` opens the mailbox of ``sender`` at the delivery service ``base``.

    Raises `Unreachable`, and `CannotTell` where something else answers in its place.
    """
    url, bearer = f"{base}/mailbox/{quote(sender, safe='')}", {"Authorization": f"Bearer {token}"}
    try:
        told = await call(http, "GET", url, params={"limit": 1}, headers=bearer)
    except (NotFound, ServiceRefused):
        return False
    with expecting(base):  # a page is what opens the mailbox; anything may answer with something else
        Members(told, "the page").items("messages")
    return True


async def _handed_in(
    client: DeliveryClient, envelope: Envelope, told: DeliveryServiceProperties | None
) -> Response[dict[str, Any]]:
    """Success, or the service's definite refusal with its own code; what cannot be told now is raised.

    ``told`` is what the service says of itself: how it answers, and how much it takes.
    """
    limit, size = told.size_limit if told else 0, len(envelope_text(envelope))
    if 0 < limit < size:
        return _refused(TooLarge(f"the message takes {size} bytes when it is sealed; {limit} fit"), TOO_LARGE)
    try:
        await client.submit(envelope, plain=told is not None and told.plain)
    except NotFound as error:
        return _refused(error, NO_SUCH_RECEIVER)
    except TooLarge as error:
        return _refused(error, TOO_LARGE)
    except ServiceRefused as error:
        if not isinstance(error.service_code, int) and error.service_code != PLAIN_REFUSAL:
            raise
        return _refused(error, error.service_code)
    return Response({"status": "accepted"})


def _refused(error: Dm3Error, code: int | str) -> Response[dict[str, Any]]:
    return Response(error_body(str(code), str(error)), status_code=REFUSED)
