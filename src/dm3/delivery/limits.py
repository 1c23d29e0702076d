"""Counting requests by where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request

from dm3.service import Allowance, TooManyRequests

Count = Callable[[Request[Any, Any, Any]], None]
"""Counts a request. Raises `TooManyRequests`."""


def per_address(requests: Allowance) -> Count:
    """Count requests by the IP address that they come from."""

    def count(request: Request[Any, Any, Any]) -> None:
        if not requests.take(request.client.host if request.client else ""):
            raise TooManyRequests()

    return count
