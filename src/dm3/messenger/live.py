"""What open tabs are told: that something is new, and how much of it is unread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from dm3.base import canonical_json

BREATH: Final = 15.0
"""Seconds after which a line is sent though nothing is new, so that gone tabs are noticed."""
MOST_WAITING: Final = 50
MOST_TABS: Final = 20


class Live:
    """Tells every open tab. A tab that reads nothing loses the oldest news, never holds others up."""

    def __init__(self) -> None:
        self._tabs: set[asyncio.Queue[str | None]] = set()
        self._number = 0
        self._closed = False

    def tell(self, news: dict[str, Any]) -> None:
        """Tell all tabs."""
        self._number += 1
        line = f"id: {self._number}\nevent: news\ndata: {canonical_json(news)}\n\n"
        for tab in self._tabs:
            if tab.full():
                tab.get_nowait()
            tab.put_nowait(line)

    def close(self) -> None:
        """End what is told to all tabs, so that the server can stop."""
        self._closed = True
        for tab in self._tabs:
            if tab.full():
                tab.get_nowait()
            tab.put_nowait(None)

    async def stream(self, first: dict[str, Any]) -> AsyncIterator[str]:
        """What one tab is told, from ``first`` on, as server-sent events."""
        if self._closed or len(self._tabs) >= MOST_TABS:
            return
        tab: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)
        self._tabs.add(tab)
        try:
            yield f"retry: 1000\nid: {self._number}\nevent: news\ndata: {canonical_json(first)}\n\n"
            while True:
                try:
                    line = await asyncio.wait_for(tab.get(), BREATH)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if line is None:
                    return
                yield line
        finally:
            self._tabs.discard(tab)
