"""The HTTP client for everything that others choose: profile links, gateways, services (specification 4).

A name is looked up once, every address found is judged, and the connection goes to a judged address
itself, so that a second look-up cannot lead elsewhere. TLS and the Host header keep the name. Redirects
are not followed and proxies of the environment are not used: both would go round the check.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any, Final

import httpcore
import httpx

from dm3.base.errors import ForbiddenAddress

from .addresses import is_allowed, require_usable_host
from .host_lookup import HostLookup
from .open_streams import OpenStreams
from .timeouts import standard

MAX_CONNECTIONS: Final = 100
MAX_WAITING: Final = 1_000
"""Connections on which an answer is waited for that may come in half a minute, or not at all."""
WAITS: Final = "dm3-waits"
"""The extension of a request that waits: it takes no connection away from what is to be done now."""
_LAST_PORT: Final = 65_535

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Looks a host's addresses up (in text form). Raises OSError when it has none."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to allowed addresses only; close it. ``resolve`` is `HostLookup` unless given."""

    def __init__(self, *, allow_private: bool, resolve: Resolve | None = None) -> None:
        self._allow_private = allow_private
        self._lookup = HostLookup()
        self._resolve = resolve or self._lookup
        self._plain = httpcore.AnyIOBackend()
        self._streams = OpenStreams()

    async def aclose(self) -> None:
        """Look no further hosts up, and close what is still open."""
        self._lookup.close()
        await self._streams.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to ``host``. Raises `ForbiddenAddress`, or httpcore's errors."""
        require_usable_host(host)
        if port > _LAST_PORT:  # what lies beyond fails in many other ways further below
            raise httpcore.ConnectError("there is no such port")
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in await self._allowed(host, port, timeout):
            try:
                stream = await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return await self._streams.keep(stream)
        raise failure

    async def _allowed(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the look-up took too long") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the host cannot be looked up") from None
        allowed = [a for a in found if is_allowed(a, allow_private=self._allow_private)]
        if found and not allowed:
            raise ForbiddenAddress(host[:100])
        return allowed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface is httpcore's
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a socket file is not a public address."""
        raise ForbiddenAddress("a socket file")

    async def sleep(self, seconds: float) -> None:
        """Wait between attempts."""
        await asyncio.sleep(seconds)


def open_http(
    *, allow_private: bool, timeout: float | None = None, resolve: Resolve | None = None
) -> httpx.AsyncClient:
    """An HTTP client that reaches public addresses only; close it with ``aclose``.

    With ``allow_private`` loopback and private addresses are reached, too, but never link-local ones or
    those of cloud metadata. ``timeout`` in seconds, for each step (None: `Timeouts.step`); `fetch_bounded`
    bounds the whole. A refused address raises `ForbiddenAddress` from the request.
    """
    return httpx.AsyncClient(
        transport=_GuardedTransport(GuardedBackend(allow_private=allow_private, resolve=resolve)),
        timeout=standard().step if timeout is None else timeout,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "dm3"},
    )


class _GuardedTransport(httpx.AsyncBaseTransport):
    """httpx over connection pools of httpcore with a backend of ours, which httpx itself cannot take.

    Waiting and doing have pools of their own: a hundred mailboxes that are waited at stop no message.
    """

    def __init__(self, backend: GuardedBackend) -> None:
        self._backend = backend
        ssl_context = httpx.create_ssl_context(trust_env=False)
        self._doing, self._waiting = (
            httpcore.AsyncConnectionPool(
                ssl_context=ssl_context,
                max_connections=most,
                max_keepalive_connections=20,
                keepalive_expiry=15.0,
                network_backend=backend,
            )
            for most in (MAX_CONNECTIONS, MAX_WAITING)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous client sends asynchronous bodies")
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        pool = self._waiting if request.extensions.get(WAITS) else self._doing
        with _as_httpx_errors():
            response = await pool.handle_async_request(outgoing)
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        async with AsyncExitStack() as closing:  # each of them, even where one is cut short
            closing.push_async_callback(self._backend.aclose)
            closing.push_async_callback(self._waiting.aclose)
            closing.push_async_callback(self._doing.aclose)


class _Body(httpx.AsyncByteStream):
    """A response's body, on its way in."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx_errors():
            async for part in self._response.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._response.aclose()


# From the most specific to the most general: the first that fits is raised.
_ERRORS: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.TimeoutException, httpx.TimeoutException),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.NetworkError, httpx.NetworkError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.ProtocolError, httpx.ProtocolError),
)


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for inner, outer in _ERRORS:
            if isinstance(error, inner):
                raise outer(str(error)) from error
        raise
