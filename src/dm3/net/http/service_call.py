"""Calling services over HTTP: one place where their refusals become our errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from dm3.base.errors import CannotTell, MalformedData, ServiceRefused, TooLarge, Unreachable
from dm3.protocol.services import HttpAnswer, read_service_answer

from .bounded_fetch import read_body
from .deadline import moving_deadline
from .safe_http import WAITS

MAX_ANSWER: Final = 64 * 1024 * 1024
TOTAL_TIMEOUT: Final = 120.0
"""Seconds for a whole answer, however large and slow."""
SMALL_STEPS: Final = 2
"""How many of the client's steps a small answer may take in all."""

_HEADERS: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity"}


async def call(
    http: httpx.AsyncClient, method: str, url: str, *, max_bytes: int = MAX_ANSWER, **options: Any
) -> Any:
    """Make a request and return the JSON value of the answer (None when it is empty); ``options`` as `ask`.

    Raises `Unreachable` when there is no answer, `CannotTell` for one that is not of this service, and
    `NotFound`, `AlreadyTaken` or `ServiceRefused` with the service's own sentence.
    """
    answer = await ask(http, method, url, max_bytes=max_bytes, **options)
    return read_service_answer(answer, max_bytes=max_bytes)


async def ask(
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
    total_timeout: float = TOTAL_TIMEOUT,
    waits: bool = False,
) -> HttpAnswer:
    """Make a request with a JSON body, and return what came back, whatever it is.

    ``timeout`` (s) is for each step of it, ``total_timeout`` (s) for all together, of which a small answer
    gets two steps (or one ``timeout``) and a large one as long as it moves (`moving_deadline`). One that
    ``waits`` at the service for something to come takes no connection from others. Raises `Unreachable`
    when there is no answer, and `CannotTell` for one that is compressed or too large.
    """
    sent = content if content is not None else (None if body is None else json.dumps(body).encode("utf-8"))
    try:
        async with (
            moving_deadline(_small(http, timeout), total_timeout, len(sent or b"")) as moved,
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
    except (TooLarge, ServiceRefused) as error:
        raise CannotTell(f"{_origin(url)}: {error.detail}") from None
    told = response.headers.get("Cache-Control", "")
    return HttpAnswer(_origin(url), response.status_code, data, told)


@contextmanager
def expecting(url: str) -> Iterator[None]:
    """Have an answer that is JSON, but not what was asked for, told as `CannotTell`."""
    try:
        yield
    except MalformedData as error:
        raise CannotTell(f"{_origin(url)} answered something else: {error.detail}") from None


def _small(http: httpx.AsyncClient, timeout: float | None) -> float:
    return timeout or SMALL_STEPS * (http.timeout.read or TOTAL_TIMEOUT)


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
