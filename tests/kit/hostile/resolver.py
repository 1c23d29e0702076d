"""A resolver that lies about people's names, before a real one whose answers it twists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

from .proxy import Proxy, Send, as_json

Told = tuple[int, Any]
"""A status, and the JSON value that is told with it."""
NAMES = "/names/"


class Lie(StrEnum):
    """What is said of a name."""

    HER_PROFILE = "another's profile, at the right address"
    HER_NAME = "another's profile, at that other's address"
    NO_RECORDS = "the right address, and no profile"
    NOBODY = "there is no such name"


async def lied(lie: Lie, name: str, other: str, ask: Callable[[str], Awaitable[Told]]) -> Told:
    """What a liar says of ``name``; ``other`` is whom it leads to. ``ask`` asks an honest resolver."""
    status, true = await ask(name)
    if lie is Lie.NOBODY or status != 200:
        return 404, {"error": f"no profile is published for {name}", "code": "not-found"}
    if lie is Lie.NO_RECORDS:
        return 200, {**true, "texts": {}}
    _, hers = await ask(other)
    return 200, hers if lie is Lie.HER_NAME else {**true, "texts": hers["texts"]}


class HostileResolver(Proxy):
    """A server before the resolver ``behind``; it lies with ``lie``, None to pass everything on.

    ``leads_to`` is the name of whoever profits by it. ``about``: of which names it lies; all by default.
    """

    def __init__(self, behind: str, leads_to: str = "") -> None:
        super().__init__(behind)
        self.leads_to = leads_to
        self.lie: Lie | None = None
        self.about: Callable[[str], bool] = lambda name: True

    async def __aenter__(self) -> HostileResolver:
        await super().__aenter__()
        return self

    async def _answer(self, scope: Any, receive: Any, send: Send) -> None:
        path = unquote(scope.get("path", ""))
        name = path.removeprefix(NAMES)
        if self.lie is None or name == path or not self.about(name):
            await super()._answer(scope, receive, send)
            return
        self.seen.append(path)
        await as_json(*await lied(self.lie, name, self.leads_to, self._ask))(send)

    async def _ask(self, name: str) -> Told:
        answer = await self._http.get(f"{self.behind}{NAMES}{quote(name, safe='')}")
        return answer.status_code, answer.json()
