"""``POST /rpc``: JSON-RPC over plain ASGI, the one route where every microsecond counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
import structlog

from dm3.base.errors import Dm3Error, TooLarge
from dm3.protocol.delivery import (
    Call,
    InvalidRequest,
    LimitExceeded,
    Refused,
    answer_text,
    code_of,
    error_json,
    internal_error_json,
    read_request,
    result_json,
    unknown_method,
)
from dm3.service import (
    DEFECT,
    BodyReader,
    Busy,
    ClientGone,
    RateLimiter,
    Receive,
    SlowClient,
    error_body,
    source_in,
    status_of,
)

from ..metrics import Metrics
from ..origin import Origin

log = structlog.get_logger("dm3.delivery")

Send = Callable[[Any], Awaitable[None]]


Method = Callable[[Call, Origin], Awaitable[Any]]
"""Carries out a call; returns the result or raises a `Dm3Error`."""

BODY_SLACK: Final = 64 * 1024
"""What a body may have beyond the envelope: escapes and JSON-RPC's own members."""

_CORS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-max-age", b"3600"),
]
_JSON: Final = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]


class _NotificationRefused(Exception):
    """Nobody waits for an answer to a lone notification, so its refusal is one of HTTP."""

    def __init__(self, error: Dm3Error | None) -> None:
        self.error = error


class RpcEndpoint:
    """The ASGI application behind ``/rpc``. ``calls`` is how many calls each IP address may make."""

    def __init__(
        self, methods: Mapping[str, Method], size_limit: int, calls: RateLimiter, metrics: Metrics
    ) -> None:
        self._methods = methods
        self._limit = size_limit + BODY_SLACK
        self._bodies = BodyReader(self._limit)
        self._calls = calls
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["method"] == "OPTIONS":
            await _respond(send, 204, _CORS)
            return
        if scope["method"] != "POST":
            await _refuse(send, 405, InvalidRequest("use POST"), [(b"allow", b"POST, OPTIONS")])
            return
        address = source_in(scope)
        try:
            with self._bodies.slot() as slot:
                body = await self._bodies.read(scope, receive, slot)
                answer = await self._answer(body, address)
        except ClientGone:
            return
        except TooLarge as error:
            await _refuse(send, 413, error)
        except SlowClient as error:
            await _refuse(send, 408, error)
        except Busy as error:
            await _refuse(send, 503, error)
        except _NotificationRefused as refused:
            await _tell(send, refused.error)
        else:
            await _respond(send, 204 if answer is None else 200, _JSON, answer)

    async def _answer(self, body: bytes, address: str) -> bytes | None:
        request = read_request(body, max_bytes=self._limit)
        origin = Origin(len(body), len(body) // max(1, len(request.elements)), address)
        if not request.batch:
            answers = [await self._carry_out(request.elements[0], origin, lone=True)]
        else:
            answers = await asyncio.gather(
                *[self._carry_out(element, origin) for element in request.elements]
            )
        return answer_text(answers, batch=request.batch)

    async def _carry_out(
        self, element: Call | Refused, origin: Origin, *, lone: bool = False
    ) -> dict[str, Any] | None:
        if isinstance(element, Refused):
            return error_json(element.id, element.error)
        try:
            if not self._calls.allow(origin.source):
                raise LimitExceeded("too many calls from this address in a short time")
            method = self._methods.get(element.method)
            if method is None and element.notification:
                return (
                    None  # JSON-RPC: nothing is said of it; and nobody takes this for a message that is kept
                )
            if method is None:
                raise unknown_method(element.method)
            result = await method(element, origin)
        except Dm3Error as error:
            log.debug("call refused", code=error.code, rpc_code=int(code_of(error)))
            if element.notification and lone:
                raise _NotificationRefused(error) from None
            return None if element.notification else error_json(element.id, error)
        except Exception:
            self._metrics.defects.inc()
            log.exception("call failed by a defect")
            if element.notification and lone:
                raise _NotificationRefused(None) from None
            return None if element.notification else internal_error_json(element.id)
        return None if element.notification else result_json(element.id, result)


async def _refuse(
    send: Send, status: int, error: Dm3Error, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    # The rest of the request is not read, so the connection cannot be used again.
    headers = [*_JSON, (b"connection", b"close"), *(extra or [])]
    await _respond(send, status, headers, answer_text([error_json(None, error)], batch=False))


async def _tell(send: Send, error: Dm3Error | None) -> None:
    """Refuse a notification. The reference's clients submit messages so, and would take 204 for success."""
    if error is None:
        await _respond(send, 500, _JSON, msgspec.json.encode(DEFECT))
    else:
        told = error_body(error.code, str(error), error.hint)
        await _respond(send, status_of(error), _JSON, msgspec.json.encode(told))


async def _respond(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes | None = None
) -> None:
    if body is not None:
        headers = [*headers, (b"content-length", str(len(body)).encode("ascii"))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body or b""})
