"""For all tests: the network ends at loopback, folders are in memory, Hypothesis knows no deadline."""

import ipaddress
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from dm3.client.state import context
from dm3.net.http import timeouts
from tests.kit import EVENTUALLY, SLOWER
from tests.kit.slow_disk import slow_disk

# A slow machine is not a fault, so no deadline; and the same commit gives the same verdict. `make explore`
# looks for what nobody has thought of yet: with other examples each time, and more of them.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("repeatable")

# A shell has what it starts in the background ignore Ctrl-C, and with it every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


MEMORY: Final = Path("/dev/shm")
ROOM: Final = 2 * 1024**3
"""Bytes that must be free there."""


class LeftLoopbackError(RuntimeError):
    """A test reached for something other than this machine.

    Not an OSError on purpose: code under test must not take it for an ordinary network fault
    and carry on.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: tests reach nothing but loopback; serve it on 127.0.0.1")


def _literal(host: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _is_local_name(host: object) -> bool:
    return host in (None, "", b"", "localhost", b"localhost")


def _check_address(sock: socket.socket, address: object) -> None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return
    host = address[0]
    literal = _literal(host)
    if not (literal.is_loopback if literal else _is_local_name(host)):
        sock.close()  # its owner may expect only OSErrors, and leave it open
        raise LeftLoopbackError(f"connection to {host}")


def _use_memory_for_folders() -> None:
    """Have `tmp_path` in memory where there is room: a shared disk makes every commit wait for others'."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """A folder on the disk, for what is about surviving there; `tmp_path` may be in memory."""
    with tempfile.TemporaryDirectory(prefix="dm3-test-") as folder:
        yield Path(folder)


def pytest_configure(config: pytest.Config) -> None:
    """Guard the sockets before any test module is imported.

    What goes round Python's socket module (uvloop, other processes) is not seen here.
    """
    _use_memory_for_folders()
    patch = pytest.MonkeyPatch()
    patch.setattr(timeouts, "STANDARD", timeouts.Timeouts().times(SLOWER))
    # Most tests go on with what has arrived; what returning at once means has tests of its own.
    patch.setattr(context, "SEND_WAIT", EVENTUALLY)
    config.add_cleanup(patch.undo)
    if (disk := slow_disk(patch)) is not None:
        config.pluginmanager.register(disk)

    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

    def guarded_connect(self, address):
        _check_address(self, address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        _check_address(self, address)
        return connect_ex(self, address)

    def guarded_sendto(self, data, *flags_and_address):
        _check_address(self, flags_and_address[-1])
        return sendto(self, data, *flags_and_address)

    def guarded_getaddrinfo(host, *args, **kwargs):
        # An address in figures asks nobody; whether it may be connected to is said above.
        if not (_is_local_name(host) or _literal(host)):
            raise LeftLoopbackError(f"look-up of {host}")
        return getaddrinfo(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket.socket, "sendto", guarded_sendto)
    patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
