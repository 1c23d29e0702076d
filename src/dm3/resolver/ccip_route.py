"""The gateway over HTTP, as plain ASGI: ERC-3668's GET and POST, in all spellings of the URL.

``GET /{sender}/{data}`` (``.json`` may follow), ``POST /``, ``POST /{sender}``; each of them also below
``/ccip``. What the path does not say stands in the body of a POST: ``{"sender": "0x…", "data": "0x…"}``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog

from dm3.base import REQUEST_SIGNS, Members, from_hex, read_json
from dm3.base.errors import Dm3Error, InvalidInput, MalformedData
from dm3.protocol.names import NotServed
from dm3.service import DEFECT, BodyReader, Busy, ClientGone, Receive, SlowClient, error_body, status_of

from .ccip import MAX_CALLDATA, Gateway, NoGateway
from .metrics import Metrics

log = structlog.get_logger("dm3.resolver")

Send = Callable[[Any], Awaitable[None]]

PREFIX: Final = "ccip"
MAX_BODY: Final = 2 * MAX_CALLDATA + 1024
_SUFFIX: Final = ".json"
_ADDRESS: Final = re.compile(r"0[xX][0-9a-fA-F]{40}")
_CORS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"3600"),
]
_JSON: Final = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]


class WrongMethod(InvalidInput):
    """A gateway is asked with GET or POST."""

    code = "http-405"


_STATUS: Final[tuple[tuple[type[Dm3Error], int], ...]] = (
    (NotServed, 404),
    (WrongMethod, 405),
    (SlowClient, 408),
    # 5xx sends the client to the next gateway of the contract's list, which may know more.
    (NoGateway, 501),
    (Busy, 503),
)


def is_for_gateway(method: str, path: str) -> bool:
    """Whether the gateway answers a request, rather than the resolver's other routes."""
    head = path[1:].partition("/")[0]
    return head[:2] in ("0x", "0X") or head == PREFIX or (path == "/" and method == "POST")


class CcipEndpoint:
    """The ASGI application of a `Gateway`."""

    def __init__(self, gateway: Gateway, metrics: Metrics) -> None:
        self._gateway = gateway
        self._bodies = BodyReader(MAX_BODY)
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        method = scope["method"]
        if method == "OPTIONS":
            await _respond(send, 204, _CORS, b"")
            return
        try:
            sender, data = await self._question(method, scope, receive)
            answer = await self._gateway.answer(sender, data)
        except ClientGone:
            return
        except Dm3Error as error:
            self._metrics.gateway_asked(error.code)
            await refuse(send, error, keep=method == "GET")
        except Exception:
            self._metrics.gateway_asked("internal")
            log.exception("request failed by a defect")
            await _respond(send, 500, _JSON, _told(DEFECT))
        else:
            self._metrics.gateway_asked("ok")
            await _respond(send, 200, _JSON, b'{"data":"0x%b"}' % answer.hex().encode("ascii"))

    async def _question(self, method: str, scope: Any, receive: Receive) -> tuple[str, bytes]:
        sender, data = _in_path(scope["path"])
        if method == "POST":
            with self._bodies.slot() as slot:
                body = await self._bodies.read(scope, receive, slot)
                what = "the question"
                value = read_json(body, what=what, max_bytes=MAX_BODY, max_signs=REQUEST_SIGNS)
                sent = Members(value, what)
            sender = _agreed("sender", sender, sent.optional_text("sender"))
            data = _agreed("data", data, sent.optional_text("data"))
        elif method != "GET":
            raise WrongMethod()
        if sender is None or data is None:
            missing = "data" if sender else "sender"
            raise MalformedData(
                f"the {missing} is missing",
                hint="Ask GET /{sender}/{data}, or POST {sender, data} as JSON (ERC-3668).",
            )
        if not _ADDRESS.fullmatch(sender):
            raise MalformedData("the sender is not the address of a contract")
        return sender, from_hex(data, what="the calldata")


def _in_path(path: str) -> tuple[str | None, str | None]:
    """Sender and data, as far as the path says them. Raises `MalformedData` for other paths."""
    parts = path.strip("/").split("/")
    if parts[0] == PREFIX:
        del parts[0]
    given = [part for part in parts if part]
    if len(given) > 2:
        raise MalformedData("a gateway's path is /{sender}/{data}")
    given = [part.removesuffix(_SUFFIX) for part in given]
    return (given[0] if given else None, given[1] if len(given) > 1 else None)


def _agreed(what: str, in_path: str | None, in_body: str | None) -> str | None:
    if in_path is not None and in_body is not None and in_path.lower() != in_body.lower():
        raise MalformedData(f"the {what} in the path is another one than in the body")
    return in_path if in_body is None else in_body


async def refuse(send: Send, error: Dm3Error, *, keep: bool) -> None:
    """Answer with an error; without ``keep`` the connection is closed then."""
    found = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    headers = [*_JSON] if keep else [*_JSON, (b"connection", b"close")]
    if isinstance(error, WrongMethod):
        headers.append((b"allow", b"GET, POST, OPTIONS"))
    told = error_body(error.code, str(error), error.hint)
    await _respond(send, found or status_of(error), headers, _told(told))


def _told(told: dict[str, Any]) -> bytes:
    # ERC-3668 clients show `message`; the other members are those of all our refusals.
    return msgspec.json.encode({"message": told["error"], **told})


async def _respond(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode("ascii"))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
