"""Ports that stay ours: a service that stops and starts again finds its own, whatever else runs here."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port() -> Iterator[int]:
    """Take a free port of loopback and keep others from it until the end; yields it.

    A service that allows the reuse of its address, as ours do, listens on it meanwhile, and stops and starts
    again. The system hands a port that is only closed to whoever asks for any, and on a busy machine somebody
    always does. Only Linux lets two hold one port so.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port: int = kept.getsockname()[1]
        if sys.platform != "linux":
            kept.close()
        yield port
