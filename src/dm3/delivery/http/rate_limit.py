"""Counting requests by where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request

from dm3.service import RateLimiter, TooManyRequests, source_in

Count = Callable[[Request[Any, Any, Any]], None]
"""Counts a request. Raises `TooManyRequests`."""


def per_address(requests: RateLimiter) -> Count:
    """Count requests by where they come from: an IPv4 address, or the /64 of an IPv6 one."""

    def count(request: Request[Any, Any, Any]) -> None:
        if not requests.allow(source_in(request.scope)):
            raise TooManyRequests()

    return count
