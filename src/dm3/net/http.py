"""Calling services over HTTP: one place where their refusals become our errors."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx

from dm3.base import read_json
from dm3.base.errors import (
    AlreadyTaken,
    Dm3Error,
    MalformedData,
    NotFound,
    ServiceRefused,
    TooLarge,
    Unreachable,
)

from .deadline import moving_deadline
from .fetching import read_body
from .guarded import WAITS

MAX_ANSWER: Final = 64 * 1024 * 1024
PATIENCE: Final = 120.0
"""Seconds for a whole answer, however large and slow."""
SMALL_STEPS: Final = 2
"""How many of the client's steps a small answer may take in all."""
MAX_SENTENCE: Final = 500

_HEADERS: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity"}


async def call(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    body: Any = None,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    params: dict[str, Any] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # handed on to httpx, which is better at it
    max_bytes: int = MAX_ANSWER,
    patience: float = PATIENCE,
    waits: bool = False,
) -> Any:
    """Make a request with a JSON body and return the answer's JSON value (None when it is empty).

    ``timeout`` (s) is for each step of it, ``patience`` (s) for all together, of which a small answer gets
    two steps (or one ``timeout``) and a large one as long as it moves (`moving_deadline`). One that
    ``waits`` at the service for something to come takes no connection from others. Raises
    `Unreachable` when there is no answer, `NotFound`, `AlreadyTaken` or `ServiceRefused` with the service's
    own sentence, `MalformedData` or `TooLarge`.
    """
    sent = content if content is not None else (None if body is None else json.dumps(body).encode("utf-8"))
    try:
        async with (
            moving_deadline(_small(http, timeout), patience, len(sent or b"")) as moved,
            http.stream(
                method,
                url,
                content=sent,
                headers={**_HEADERS, **(headers or {})},
                params=params,
                timeout=httpx.USE_CLIENT_DEFAULT if timeout is None else timeout,
                extensions={WAITS: True} if waits else None,
            ) as response,
        ):
            data = await read_body(response, max_bytes, moved)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
        raise Unreachable(f"{_origin(url)} ({_why(error)})") from None
    if response.status_code >= 400:
        raise refusal(response.status_code, data, _origin(url))
    if not data:
        return None
    return read_json(data, what=f"the answer of {_origin(url)}", max_bytes=max_bytes)


def refusal(status: int, data: bytes, origin: str) -> Dm3Error:
    """The error for an HTTP refusal, with the service's sentence where it gave one."""
    sentence, code, hint = f"{origin} answered {status}", "", None
    try:
        body = read_json(data[:10_000], what="the refusal")
    except (MalformedData, TooLarge):
        body = None
    if isinstance(body, dict):
        if isinstance(body.get("error"), str):
            sentence = body["error"][:MAX_SENTENCE]
        code = str(body.get("code", ""))[:100]
        hint = body["hint"][:MAX_SENTENCE] if isinstance(body.get("hint"), str) else None
    if status == 404:
        return NotFound(sentence, hint=hint, told=True)
    if status == 409:
        return AlreadyTaken(sentence, hint=hint, told=True)
    return ServiceRefused(sentence, hint=hint, told=True, status=status, service_code=code)


def _small(http: httpx.AsyncClient, timeout: float | None) -> float:
    return timeout or SMALL_STEPS * (http.timeout.read or PATIENCE)


def _origin(url: str) -> str:
    try:
        parsed = httpx.URL(url)
        return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
    except (httpx.InvalidURL, UnicodeError):
        return "the service"


def _why(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "it did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return type(error).__name__
