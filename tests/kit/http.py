"""The one place where tests get HTTP clients: patient ones, which a slow machine does not fail.

httpx gives each step of a request 5 seconds, which is too little beside other work on a shared disk. A habit
test sees to it that nobody under ``tests/`` makes a client otherwise.
"""

from __future__ import annotations

from typing import Any, Final

import httpx

from dm3.net.http import open_http

STEP: Final = 120.0
"""Seconds for each step of a request."""


def open_client(
    *, base_url: str = "", transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client for tests; close it, or use it as an async context manager.

    Over real sockets it is ours, which leaves no connection open where a request is broken off.
    """
    if transport is not None:
        return httpx.AsyncClient(base_url=base_url, transport=transport, timeout=STEP, trust_env=False)
    http = open_http(allow_private=True, timeout=STEP)
    http.base_url = base_url
    return http


def open_sync_client(*, base_url: str = "") -> httpx.Client:
    """As `open_client`, for tests that do not await."""
    return httpx.Client(base_url=base_url, timeout=STEP, trust_env=False)


async def metric(url: str, name: str) -> float:
    """What the service at ``url`` counts under ``name``: the state to wait for, where there is no other."""
    async with open_client() as http:
        told = (await http.get(f"{url}/metrics")).text
    return next(float(line.split()[-1]) for line in told.splitlines() if line.startswith(f"{name} "))


def get(url: str, **options: Any) -> httpx.Response:
    """One request without a client of one's own; ``options`` are httpx's."""
    with open_sync_client() as http:
        return http.get(url, **options)
