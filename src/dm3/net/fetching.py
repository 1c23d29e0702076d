"""Fetching what others point to: bounded in size and time, and never trusted (``protocol.md`` 4)."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import quote

import httpx

from dm3.base.errors import (
    ForbiddenAddress,
    MalformedData,
    NotFound,
    ServiceRefused,
    TooLarge,
    Unreachable,
)
from dm3.wire import IpfsRecord, UrlRecord

MAX_BYTES: Final = 64 * 1024
MAX_SECONDS: Final = 5.0

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


async def request_bounded(
    http: httpx.AsyncClient,
    method: str,
    url: str | httpx.URL,
    *,
    max_bytes: int = MAX_BYTES,
    seconds: float = MAX_SECONDS,
    **options: Any,
) -> tuple[int, bytes]:
    """Send one request and return status and body; ``options`` are httpx's.

    The caps are for the whole answer: a server that drips is cut off after ``seconds``, and a compressed
    body, whose size nobody knows beforehand, is refused. Raises `Unreachable`, `TooLarge`,
    `ForbiddenAddress`, `ServiceRefused` or `MalformedData` (no URL).
    """
    headers = {"Accept-Encoding": "identity", **options.pop("headers", {})}
    try:
        async with (
            asyncio.timeout(seconds),
            http.stream(method, url, headers=headers, **options) as response,
        ):
            return response.status_code, await _body(response, max_bytes)
    except (TimeoutError, httpx.TimeoutException):
        raise Unreachable(f"{_host(url)} did not answer in time") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        raise MalformedData("that is not an http or https URL") from None
    except httpx.RemoteProtocolError:
        raise ServiceRefused(f"{_host(url)} does not answer as HTTP wants it") from None
    except httpx.HTTPError:
        raise Unreachable(_host(url)) from None


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ServiceRefused("the answer is compressed, which was not asked for")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > max_bytes:
        raise TooLarge(f"the answer has more than {max_bytes} bytes")
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > max_bytes:
            raise TooLarge(f"the answer has more than {max_bytes} bytes")
    return bytes(body)


def _host(url: str | httpx.URL) -> str:
    try:
        return httpx.URL(url).host[:100] or "the service"
    except (httpx.InvalidURL, UnicodeError):
        return "the service"


async def fetch_bounded(
    http: httpx.AsyncClient, url: str, *, max_bytes: int = MAX_BYTES, https_only: bool = True
) -> bytes:
    """Fetch what is at ``url``. Redirects and everything but status 200 are `ServiceRefused`.

    Raises `ForbiddenAddress` also for http where ``https_only``, and as `request_bounded`.
    """
    try:
        scheme = httpx.URL(url).scheme
    except (httpx.InvalidURL, UnicodeError):
        raise MalformedData("that is not an http or https URL") from None
    if https_only and scheme != "https":
        raise ForbiddenAddress("only https URLs are fetched", hint="")
    status, body = await request_bounded(http, "GET", url, max_bytes=max_bytes)
    if 300 <= status < 400:
        raise ServiceRefused(f"{_host(url)} redirects, which is not followed", status=status)
    if status != 200:
        raise ServiceRefused(f"{_host(url)} answered with status {status}", status=status)
    return body


class LinkFetcher:
    """Follows the links of text records: `dm3.net.Links` over a guarded client.

    ``gateway`` is the base URL of an IPFS gateway, which is not trusted: what it serves counts only with
    a hash to check it against. http is followed to this machine only, and only with ``allow_private``.
    """

    def __init__(
        self, http: httpx.AsyncClient, *, gateway: str | None = None, allow_private: bool = False
    ) -> None:
        self._http = http
        self._gateway = gateway and gateway.rstrip("/")
        self._allow_private = allow_private

    async def fetch(self, link: UrlRecord | IpfsRecord) -> str:
        """The linked text, at most 64 KB. Its hash is the asker's to check (`resolve_profile` does).

        Raises `NotFound` for IPFS without a gateway, `MalformedData`, and as `fetch_bounded`.
        """
        url = link.url if isinstance(link, UrlRecord) else self._ipfs_url(link)
        here = self._allow_private and _host(url) in _LOOPBACK
        body = await fetch_bounded(self._http, url, https_only=not here)
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedData("what the link points to is not UTF-8 text") from None

    def _ipfs_url(self, link: IpfsRecord) -> str:
        if self._gateway is None:
            raise NotFound("following IPFS links needs an IPFS gateway, and none is configured here")
        if link.dm3_hash is None:
            raise MalformedData("the IPFS link carries no dm3Hash to check its content against")
        if ".." in link.path.split("/"):
            raise MalformedData("the IPFS path leads out of its content")
        return f"{self._gateway}/ipfs/{quote(link.path)}"
