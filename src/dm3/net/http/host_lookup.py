"""Looking hosts up in threads of one's own, so that name servers of strangers hold up nobody else."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final

THREADS: Final = 8


class HostLookup:
    """Looks the addresses of hosts up as the system knows them; close it.

    A look-up cannot be ended: whoever has a name server that does not answer keeps a thread for as long as
    the system waits. The event loop has few of them for everything that a process does.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dm3-look-up")

    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of ``host`` in text form, each once. Raises OSError when it has none."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _addresses, host, port)

    def close(self) -> None:
        """Begin no further look-up; those under way are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
