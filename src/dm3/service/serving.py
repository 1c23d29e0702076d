"""Running an ASGI application on a port: started, known to be up, and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

import uvicorn

from dm3.base.errors import ConfigurationError

from .connection_limits import CONNECTION_LIMITS, ConnectionLimits
from .connections import BoundedConnection
from .door import Door

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` for a program that serves: on uvloop, or where that is not to be had as usual."""
    try:
        from uvloop import new_event_loop
    except ImportError:  # Windows
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


class Server:
    """One uvicorn server inside this event loop.

    ``url`` is known once a port is taken, ``app`` may be set until the start: an application that tells
    others its own address needs it to be made. ``proxies`` are the addresses or networks of proxies in
    front of it: of them alone is believed whom they say that a request is from. ``connections`` bounds how
    many there may be at a time.
    """

    def __init__(
        self,
        app: Any = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        proxies: Sequence[str] = (),
        connections: ConnectionLimits = CONNECTION_LIMITS,
    ) -> None:
        self.app = app
        self.door = Door(connections, proxies)
        self._proxies = list(proxies)
        self._host = host
        self._port = port
        self._task: asyncio.Task[None] | None = None
        self._server: _QuietServer | None = None
        self._socket: socket.socket | None = None
        self.url = ""

    def bind(self) -> str:
        """Take the port (0 picks a free one) and return the URL. Raises `ConfigurationError`."""
        self._socket = self._socket or self._bind()
        return self.url

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # With the protocol named asyncio sets TCP_NODELAY on each connection; without it, an answer
        # waits 40 ms for the peer's delayed acknowledgement.
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((self._host, self._port))
        except (OSError, OverflowError) as error:
            taken.close()
            why = error.strerror if isinstance(error, OSError) else "ports are from 0 to 65535"
            raise ConfigurationError(
                f"cannot listen on {self._host} port {self._port}: {why}",
                hint="Another program may be using it; choose another port, or 0 for a free one.",
            ) from None
        shown = f"[{self._host}]" if family == socket.AF_INET6 else self._host
        self.url = f"http://{shown}:{taken.getsockname()[1]}"
        return taken

    async def start(self) -> str:
        """Serve; returns the URL once requests are answered. Raises `ConfigurationError`."""
        self._socket = self._socket or self._bind()
        config = uvicorn.Config(
            self.door.around(self.app),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
            http=partial(BoundedConnection, door=self.door),  # type: ignore[arg-type]
            lifespan="on",
            interface="asgi3",
            ws="none",
            proxy_headers=bool(self._proxies),
            forwarded_allow_ips=self._proxies,
        )
        self._server = _QuietServer(config)
        self._task = asyncio.create_task(_serve(self._server, self._socket))
        while not self._server.started:
            if self._task.done():
                self.release()
                raise ConfigurationError("the service did not start; its log says why")
            await asyncio.sleep(0.005)
        return self.url

    def release(self) -> None:
        """Give a port back that was taken and is not served."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def stop(self) -> None:
        """Finish the requests under way (5 seconds at most) and close."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task
        self.release()

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def _serve(server: uvicorn.Server, taken: socket.socket) -> None:
    with contextlib.suppress(SystemExit):  # uvicorn's way to say that the start failed
        await server.serve(sockets=[taken])


class _QuietServer(uvicorn.Server):
    """Signals belong to the program that runs us, not to each of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
