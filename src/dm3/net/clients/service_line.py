"""How a delivery service is asked: over HTTP with a token, or by JSON-RPC (specification 2.4)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import httpx

from dm3.base import Members, canonical_json
from dm3.base.errors import Dm3Error, NotFound, ServiceRefused, TooLarge
from dm3.crypto import Token
from dm3.protocol.services import (
    CANNOT_OPEN,
    HttpAnswer,
    cannot_tell,
    printable,
    read_rpc_answer,
    read_service_answer,
)

from ..http.service_call import MAX_ANSWER, ask, expecting

LONG_POLL_STEPS: Final = 2
"""How many of the client's steps an answer may come after the time for which the service waits."""
UNAUTHORIZED: Final = 401
NO_CONTENT: Final = 204


class ServiceLine:
    """Requests to the service at ``base_url``, and what their answers say. Raises `Unreachable` as well."""

    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self._http = http
        self.base_url = base_url.rstrip("/")

    def timeout(self, wait: float) -> float:
        """How long an answer may take for which the service waits up to ``wait`` seconds."""
        return wait + LONG_POLL_STEPS * (self._http.timeout.read or 0)

    async def call(self, method: str, path: str, *, token: Token | None = None, **options: Any) -> Any:
        """What an HTTP request is answered with, or raises what it says."""
        answer = await self._ask(method, path, token=token, **options)
        return read_service_answer(answer, max_bytes=MAX_ANSWER)

    async def done(self, method: str, path: str, token: Token, body: Any = None) -> None:
        """Make a request that is answered with 204, and nothing else, where it was carried out."""
        answer = await self._ask(method, path, token=token, body=body)
        read_service_answer(answer, max_bytes=MAX_ANSWER)
        if answer.status != NO_CONTENT:
            raise cannot_tell(answer)

    def text_in(self, told: Any, key: str) -> str:
        """The text that is told alone, or as the member ``key``."""
        with expecting(self.base_url):
            return told if isinstance(told, str) else Members(told, "the answer").text(key)

    async def _ask(self, method: str, path: str, *, token: Token | None = None, **options: Any) -> HttpAnswer:
        headers = {"Authorization": f"Bearer {token.reveal().decode('ascii')}"} if token else None
        answer = await ask(self._http, method, self.base_url + path, headers=headers, **options)
        if token is not None and answer.status == UNAUTHORIZED:
            # Where a token was shown this belongs, in whatever form: another one is to be had.
            raise ServiceRefused("the token is no longer good", status=UNAUTHORIZED)
        return answer

    async def rpc(self, method: str, params: list[Any]) -> Any:
        """The result of a JSON-RPC call, or raises what its error says."""
        return result_of(await self.ask_rpc(method, params))

    async def ask_rpc(self, method: str, params: list[Any]) -> HttpAnswer:
        """The answer to a JSON-RPC call, unread."""
        request = canonical_json({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return await self._ask("POST", "/rpc", content=request.encode("utf-8"))


def result_of(answer: HttpAnswer) -> Any:
    """The result in a JSON-RPC answer. Raises what its error says, or `CannotTell`."""
    told = read_rpc_answer(answer)
    error = told.get("error")
    if isinstance(error, dict):
        raise _rpc_error(error)
    return told["result"]


def _rpc_error(error: dict[str, Any]) -> Dm3Error:
    number, message = error.get("code", ""), error.get("message")
    sentence = printable(message, 500) if isinstance(message, str) and message else "no reason given"
    if number == -32001:
        return NotFound(sentence, verbatim=True)
    if number == -32011:
        return TooLarge(sentence, verbatim=True)
    data = error.get("data")
    named = data.get("code") if isinstance(data, dict) else None
    return ServiceRefused(sentence, verbatim=True, service_code=named if named == CANNOT_OPEN else number)


def part(text: str) -> str:
    """``text`` as one part of a path."""
    return quote(text, safe="")
