"""The demo's transcript: what is said for people, what is kept for programs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape

_out = Console(highlight=False, soft_wrap=True)


class Transcript:
    """Collects the steps; prints them as they come unless only the JSON is wanted."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._facts: dict[str, Any] = {}
        self.steps: list[dict[str, Any]] = []

    @asynccontextmanager
    async def step(self, number: str, title: str) -> AsyncIterator[Transcript]:
        """One step with its duration; what goes wrong within it ends the demo."""
        if not self._quiet:
            _out.print(f"\n[bold]{number}  {escape(title)}[/]")
        self._facts = {}
        started = time.perf_counter()
        yield self
        spent = time.perf_counter() - started
        self.steps.append(
            {"step": number, "title": title, "seconds": round(spent, 4), "ok": True, "facts": self._facts}
        )
        if not self._quiet:
            _out.print(f"   [dim]{spent * 1000:.0f} ms[/]")

    def say(self, who: str, what: str) -> None:
        """A line of the transcript."""
        if not self._quiet:
            _out.print(f"   [cyan]{escape(who):<9}[/] {escape(what)}")

    def note(self, **facts: Any) -> None:
        """Facts for the JSON."""
        self._facts |= facts
