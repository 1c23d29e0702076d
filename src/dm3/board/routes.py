"""The feed over HTTP: in pages, live, and how one statement stands (specification 5.8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from dm3.base import canonical_json, normalize
from dm3.base.errors import InvalidInput, NotFound
from dm3.protocol.board import GoneReason, gone_json, published_json
from dm3.service import TooManyRequests
from dm3.store.board import Feed, FeedPage, Statements, StatementState, StoredStatement

from .live import Live
from .settings import BoardSettings

PAGE: Final = 50
MOST_ON_A_PAGE: Final = 100
LONGEST_WAIT: Final = 25
BREATH: Final = 15.0
"""Seconds after which a listener is sent a line though nothing is new, so that gone ones are noticed."""
_HEADERS: Final = {"Cache-Control": "no-store"}


class Routes:
    """What readers ask of the board."""

    def __init__(self, settings: BoardSettings, feed: Feed, statements: Statements, live: Live) -> None:
        self._name = settings.name
        self._chars = settings.chars
        self._feed = feed
        self._statements = statements
        self._live = live

    def routes(self) -> list[Any]:
        """``/board/{name}`` with what is below it."""

        @get("/board/{name:str}", summary="A page of the feed")
        async def page(
            name: FromPath[str],
            after: FromQuery[int | None] = None,
            before: FromQuery[int | None] = None,
            limit: FromQuery[int] = PAGE,
            wait: FromQuery[int] = 0,
        ) -> Response[dict[str, Any]]:
            self._require(name)
            if after is not None and before is not None:
                raise InvalidInput("a page is after a place or before one, not both")
            _require_number("limit", limit, 1, MOST_ON_A_PAGE)
            _require_number("wait", wait, 0, LONGEST_WAIT)
            for key, value in (("after", after), ("before", before)):
                _require_number(key, value or 0, 0, 2**53)
            if after is None:
                return self._page(await self._feed.newest(limit, before))
            return self._page(await self._changes(after, limit, wait))

        @get("/board/{name:str}/events", summary="The feed live, as server-sent events")
        async def events(name: FromPath[str], after: FromQuery[int] = 0) -> Stream:
            self._require(name)
            _require_number("after", after, 0, 2**53)
            self._live.require_place()
            headers = {**_HEADERS, "X-Accel-Buffering": "no"}
            return Stream(self._events(after), media_type="text/event-stream", headers=headers)

        @get("/board/{name:str}/statements/{hash:str}", summary="How a statement stands")
        async def standing(name: FromPath[str], hash: FromPath[str]) -> Response[dict[str, str]]:
            self._require(name)
            found = await self._statements.get(hash[:66])
            if found is None:
                raise NotFound("the board knows no such statement", verbatim=True)
            told = {"hash": found.hash, "state": str(found.state)}
            why = "refused" if found.state is StatementState.REFUSED else "gone"
            return Response({**told, why: found.reason} if found.reason else told, headers=_HEADERS)

        return [page, events, standing]

    def _page(self, page: FeedPage) -> Response[dict[str, Any]]:
        """A page, with how long a text may be that is written to this board."""
        return Response({**_page_json(page), "chars": self._chars}, headers=_HEADERS)

    def _require(self, name: str) -> None:
        """Raises `NotFound` for another board."""
        try:
            known = normalize(name) == self._name
        except InvalidInput:
            known = False
        if not known:
            raise NotFound(f"no board {name[:100]} is here", verbatim=True)

    async def _changes(self, after: int, limit: int, wait: float) -> FeedPage:
        ends = monotonic() + wait
        while True:
            news = self._live.news
            found = await self._feed.after(after, limit)
            left = ends - monotonic()
            if found.items or left <= 0 or self._live.closed:
                return found
            await self._live.wait(news, left)  # what woke it may be nothing of the feed

    async def _events(self, after: int) -> AsyncIterator[str]:
        """What one listener is told; a page is looked up when it has taken the one before."""
        yield "retry: 2000\n\n"
        while not self._live.closed:
            try:
                found = await self._changes(after, PAGE, BREATH)
            except TooManyRequests:
                return  # others have taken the last places since the page before; browsers come again
            if not found.items:
                yield ": still here\n\n"
                continue
            after = found.next
            yield f"id: {after}\nevent: items\ndata: {canonical_json(_page_json(found))}\n\n"


def item_json(one: StoredStatement) -> dict[str, Any]:
    """An entry of the feed."""
    if one.state is StatementState.PUBLISHED:
        return published_json(one.message, msgspec.json.decode(one.profile), one.received_at, one.hash)
    return gone_json(one.hash, one.reason or GoneReason.WITHHELD)


def _page_json(page: FeedPage) -> dict[str, Any]:
    told = {"items": [item_json(one) for one in page.items], "next": page.next}
    return told if page.before is None else {**told, "before": page.before}


def _require_number(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"{what} is a number from {least} to {most}")
