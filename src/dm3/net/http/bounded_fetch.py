"""Fetching what others point to: bounded in size and time, and never trusted (specification 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from msgspec import Struct

from dm3.base.errors import (
    CannotTell,
    ForbiddenAddress,
    MalformedData,
    ServiceRefused,
    TooLarge,
    Unreachable,
)

from .addresses import is_private
from .deadline import Moved
from .timeouts import standard

MAX_BYTES: Final = 64 * 1024


class BoundedAnswer(Struct, frozen=True):
    """An HTTP answer that stayed within its bounds."""

    status: int
    headers: httpx.Headers
    body: bytes


async def request_bounded(
    http: httpx.AsyncClient,
    method: str,
    url: str | httpx.URL,
    *,
    max_bytes: int = MAX_BYTES,
    seconds: float | None = None,
    **options: Any,
) -> tuple[int, bytes]:
    """As `answer_bounded`: the status and the body."""
    answer = await answer_bounded(http, method, url, max_bytes=max_bytes, seconds=seconds, **options)
    return answer.status, answer.body


async def answer_bounded(
    http: httpx.AsyncClient,
    method: str,
    url: str | httpx.URL,
    *,
    max_bytes: int = MAX_BYTES,
    seconds: float | None = None,
    **options: Any,
) -> BoundedAnswer:
    """Send one request; ``options`` are httpx's.

    The caps are for the whole answer: a server that drips is cut off after ``seconds`` (None:
    `Timeouts.fetch`), and a compressed body, whose size nobody knows beforehand, is refused. Raises
    `Unreachable`, `TooLarge`, `ForbiddenAddress`, `ServiceRefused` or `MalformedData` (no URL).
    """
    headers = {"Accept-Encoding": "identity", **options.pop("headers", {})}
    try:
        async with (
            asyncio.timeout(standard().fetch if seconds is None else seconds),
            http.stream(method, url, headers=headers, **options) as response,
        ):
            return BoundedAnswer(response.status_code, response.headers, await read_body(response, max_bytes))
    except (TimeoutError, httpx.TimeoutException):
        raise Unreachable(f"{host_of(url)} did not answer in time") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        raise MalformedData("that is not an http or https URL") from None
    except httpx.RemoteProtocolError:
        raise ServiceRefused(f"{host_of(url)} does not answer as HTTP wants it") from None
    except httpx.HTTPError:
        raise Unreachable(host_of(url)) from None


async def read_body(
    response: httpx.Response,
    max_bytes: int,
    moved: Moved | None = None,
    room: Callable[[int], Awaitable[None]] | None = None,
) -> bytes:
    """The body of an answer; ``moved`` is told of each part that comes.

    ``room`` makes room for so many bytes in all before more is read.

    Raises `TooLarge`, or `ServiceRefused` for one that is compressed.
    """
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ServiceRefused("the answer is compressed, which was not asked for")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > max_bytes:
        raise TooLarge(f"the answer has more than {max_bytes} bytes")
    body = bytearray()
    async for part in response.aiter_bytes():  # as they came: nothing is left to decode
        body += part
        if moved is not None:
            moved(len(part))
        if len(body) > max_bytes:
            raise TooLarge(f"the answer has more than {max_bytes} bytes")
        if room is not None:
            await room(len(body))
    return bytes(body)


def host_of(url: str | httpx.URL) -> str:
    """The host in ``url``, for sentences."""
    try:
        return httpx.URL(url).host[:100] or "the service"
    except (httpx.InvalidURL, UnicodeError):
        return "the service"


def require_fetchable(url: str, *, allow_private: bool = False) -> None:
    """Refuse URLs of others' choice that are not plain https.

    http is for this machine and private addresses only, and only with ``allow_private``. A login in the URL
    would be ours to send. Raises `ForbiddenAddress`, or `MalformedData` for what is no URL.
    """
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, UnicodeError):
        raise MalformedData("that is not an http or https URL") from None
    if not host and parsed.scheme in ("http", "https", ""):
        raise MalformedData("that is not an http or https URL")
    if parsed.scheme != "https" and not (parsed.scheme == "http" and allow_private and is_private(host)):
        raise ForbiddenAddress("only https URLs are fetched", hint="")
    if parsed.userinfo:
        raise ForbiddenAddress("a URL with a login in it is not fetched", hint="")


async def fetch_bounded(
    http: httpx.AsyncClient,
    url: str,
    *,
    max_bytes: int = MAX_BYTES,
    https_only: bool = True,
    allow_private: bool = False,
    **options: Any,
) -> bytes:
    """Fetch what is at ``url``. Redirects and everything but status 200 are `CannotTell`.

    So is what is too large: whoever stands before that server may have answered. ``https_only`` turned off
    is for URLs of our own choice. Raises `Unreachable` besides, and as `require_fetchable` (with
    ``allow_private``).
    """
    if https_only:
        require_fetchable(url, allow_private=allow_private)
    with telling_nothing(url):
        status, body = await request_bounded(http, "GET", url, max_bytes=max_bytes, **options)
    if 300 <= status < 400:
        raise CannotTell(f"{host_of(url)} redirects, which is not followed", status=status)
    if status != 200:
        raise CannotTell(f"{host_of(url)} answered with status {status}", status=status)
    return body


@contextmanager
def telling_nothing(url: str) -> Iterator[None]:
    """Have an answer that is too large, compressed or no HTTP told as `CannotTell`."""
    try:
        yield
    except (TooLarge, ServiceRefused) as error:
        raise CannotTell(f"{host_of(url)}: {error.detail}") from None
