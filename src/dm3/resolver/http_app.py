"""The outermost ASGI application: who asks too often is turned away, ENS clients go to the gateway."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from litestar import Litestar

from dm3.service import SMALL_BODY, PatientRoutes, RateLimiter, Receive, TooManyRequests, source_in

from .ccip_route import CcipEndpoint, Send, is_for_gateway, refuse
from .settings import ResolverSettings

_FREE: Final = ("/health", "/metrics")


class App:
    """``routes`` serves everything (and the lifespan) but what is the gateway's.

    Requests are counted by the address (IPv6: the /64) that they come from; ``clock`` gives seconds.
    """

    def __init__(
        self,
        gateway: CcipEndpoint,
        routes: Litestar,
        settings: ResolverSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gateway = gateway
        self.routes = routes
        self._patient = PatientRoutes(routes, SMALL_BODY)
        self._lookups = RateLimiter(settings.lookups_per_address, clock)
        self._claims = RateLimiter(settings.claims_per_address, clock)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] != "http":
            await self.routes(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        asks_gateway = is_for_gateway(method, path)
        counted = self._lookups if asks_gateway or method in ("GET", "HEAD") else self._claims
        if method != "OPTIONS" and path not in _FREE and not counted.allow(source_in(scope)):
            # What a refused request carries is not read, so the connection cannot be used again.
            await refuse(send, TooManyRequests(), keep=method in ("GET", "HEAD"))
        elif asks_gateway:
            await self._gateway(scope, receive, send)
        else:
            await self._patient(scope, receive, send)
