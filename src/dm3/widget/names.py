"""Look-ups for visitors' browsers: records as they are published, to be verified by who asks.

Specification 5.7.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery

from dm3.base import normalize, read_json
from dm3.base.errors import Dm3Error, RemoteProtocolError
from dm3.crypto import recover_personal
from dm3.net import Network
from dm3.net.clients import DeliveryClient
from dm3.protocol.names import ResolvedProfile
from dm3.service import TooManyRequests, source_of
from dm3.wire import data_uri, delivery_service_json, extension_json, profile_message

from .applications import Applications
from .limits import VisitorLimits


class NameLookups:
    """Answers ``/{app}/names/{name}``, with ``?extension=1`` also what the profile reads."""

    def __init__(self, applications: Applications, network: Network, limits: VisitorLimits) -> None:
        self._applications = applications
        self._network = network
        self._directory = network.directory
        self._limits = limits

    def routes(self) -> list[Any]:
        """The one route."""

        @get("/{app:str}/names/{name:str}", summary="A name's address, profile and delivery services")
        async def find(
            request: Request[Any, Any, Any],
            app: FromPath[str],
            name: FromPath[str],
            extension: FromQuery[bool] = False,
        ) -> dict[str, Any]:
            known = self._applications.find(app).name
            if not self._limits.allow(known, source_of(request.client.host if request.client else "")):
                raise TooManyRequests("this address has looked many names up within a minute")
            found = await self.records(name)
            if not extension:
                return found
            said, times = await asyncio.gather(self._extension(name), self._times(name))
            return {**found, "extension": said, "times": times}

        return [find]

    async def records(self, name: str) -> dict[str, Any]:
        """The records of ``name``. Raises `NotFound`, `Unreachable`, `InvalidName` or what else is wrong."""
        normal = normalize(name)
        found = await self._directory.profile(normal)
        services = {}
        for service in found.signed.profile.delivery_services:
            try:
                profile = await self._directory.delivery_service(service)
            except Dm3Error:
                continue  # away or unusable: another one of the list may serve
            services[service] = data_uri(delivery_service_json(profile))
        return {
            "address": found.owner,
            "contract": not _is_key_signed(found),
            "profile": data_uri(read_json(found.signed.text, what="the profile")),
            "deliveryServices": services,
        }

    async def _times(self, name: str) -> list[int]:
        """What the clocks say, in UNIX seconds: this host's, and those of the profile's delivery services."""
        profile = (await self._directory.profile(normalize(name))).signed.profile
        told = await asyncio.gather(*(self._time_at(one) for one in profile.delivery_services[:2]))
        return [int(time.time()), *(int(at) for at in told if at is not None)]

    async def _time_at(self, service: str) -> float | None:
        try:
            url = (await self._directory.delivery_service(service)).url
            return await DeliveryClient(self._network.http_for(service), url, service).time()
        except Dm3Error:
            return None

    async def _extension(self, name: str) -> dict[str, Any] | None:
        """What the first of its delivery services that answers says of a profile; None where none does."""
        profile = (await self._directory.profile(normalize(name))).signed.profile
        for service in profile.delivery_services:
            try:
                url = (await self._directory.delivery_service(service)).url
                client = DeliveryClient(self._network.http_for(service), url, service)
                told = await client.extension(name)
            except Dm3Error:
                continue
            if told is not None:
                return {**extension_json(told), "stated": told.stated}
        return None


def _is_key_signed(found: ResolvedProfile) -> bool:
    """Whether a plain key has signed the profile; a contract's word can be had on its chain alone."""
    try:
        text = profile_message(found.signed.profile_text, found.owner)
        return recover_personal(text, found.signed.signature) == found.owner
    except RemoteProtocolError:
        return False
