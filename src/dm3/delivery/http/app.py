"""The outermost ASGI application: the busiest route goes past the framework, all others into it."""

from __future__ import annotations

from typing import Any

from litestar import Litestar

from dm3.service import PatientRoutes, Receive

from .mailbox_routes import ACKNOWLEDGEMENTS_BODY
from .rpc import RpcEndpoint, Send


class App:
    """``/rpc`` to the plain endpoint, everything else (and the lifespan) to the framework's routes."""

    def __init__(self, rpc: RpcEndpoint, routes: Litestar) -> None:
        self._rpc = rpc
        self.routes = routes
        self._patient = PatientRoutes(routes, ACKNOWLEDGEMENTS_BODY)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "http" and scope["path"] == "/rpc":
            await self._rpc(scope, receive, send)
        else:
            await self._patient(scope, receive, send)
