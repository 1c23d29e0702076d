"""The outermost ASGI application: ENS clients go to the gateway, all others to the framework's routes."""

from __future__ import annotations

from typing import Any

from litestar import Litestar

from dm3.service.bodies import Receive, patient

from .ccip_route import CcipEndpoint, Send, is_for_gateway


class Entrance:
    """``routes`` serves everything (and the lifespan) but what is the gateway's."""

    def __init__(self, gateway: CcipEndpoint, routes: Litestar) -> None:
        self._gateway = gateway
        self.routes = routes

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "http":
            if is_for_gateway(scope["method"], scope["path"]):
                await self._gateway(scope, receive, send)
                return
            receive = patient(receive)
        await self.routes(scope, receive, send)
