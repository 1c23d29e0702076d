"""Running until a signal ends it: what all commands that serve have in common."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import structlog

from dm3.service import run

from ..config.service_options import LogLevel
from ..console.command import Call


def serving(service: Callable[[Call], Coroutine[Any, Any, None]]) -> Callable[[Call], None]:
    """The command that runs a service to its end."""

    @wraps(service)
    def served(call: Call) -> None:
        run(service(call))

    return served


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event for Ctrl-C and SIGTERM: noted from the start, so that none ends a service halfway."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextmanager
def on_hangup(act: Callable[[], None]) -> Iterator[None]:
    """Do this at each SIGHUP, for which services read again what operators have changed."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def log_to_stderr(level: LogLevel = LogLevel.WARNING) -> None:
    """Logs are remarks: one line each, on stderr, from this level on."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
