"""A service's answer on its way to the frame (specification 5.7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Response

from dm3.service import PIECE, Send, answer_share, send_pieces

ROOM_AHEAD: Final = 1024 * 1024
"""Bytes for which room is made at once, beyond what has come of a big answer."""
_WITHOUT_BODY: Final = frozenset({204, 304})

Room = Callable[[int], Awaitable[None]]
"""Makes room for so many bytes in all of an answer, as they come in."""


class HandedOn(Response[bytes]):
    """A service's answer. A big one is counted against what is on its way to all from when it comes in."""

    def __init__(self, ask: Callable[[Room], Awaitable[tuple[int, bytes]]]) -> None:
        super().__init__(b"", media_type="application/json")
        self._ask = ask

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """The answer as an ASGI application, which asks only once it is to be sent."""
        return self._send

    async def _send(self, scope: Any, _: Any, send: Send) -> None:
        held = PIECE
        with answer_share(scope) as share:

            async def room(size: int) -> None:
                nonlocal held
                if size > held:
                    await share.take(size + ROOM_AHEAD - held)
                    held = size + ROOM_AHEAD

            status, data = await self._ask(room)
            length = str(len(data)).encode("ascii")
            headers = [(b"content-type", b"application/json"), (b"content-length", length)]
            if status in _WITHOUT_BODY:
                headers, data = [], b""
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if data:
                await send_pieces(send, data, more=False)
            else:
                await send({"type": "http.response.body", "body": b""})
