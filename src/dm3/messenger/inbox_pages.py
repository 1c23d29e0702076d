"""The inbox: one list over the main and all linked profiles, requests apart, filters and search."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.response import Stream
from msgspec import Struct
from msgspec.structs import replace

from dm3.base import normalize
from dm3.client import Conversation, Marks, Messenger
from dm3.protocol.linking import LinkState
from dm3.protocol.messages import Entry

from .joining_pages import joins_again
from .markdown import shown_text
from .pages import Asked, Pages, form_of
from .search_index import Hit

MOST: Final = 200
"""Conversations on one page; search and filters reach the others."""
PREVIEW: Final = 120
SEARCH_SECONDS: Final = 2.0
"""For how long a search waits for conversations that have not been read for it yet."""
FILTERS: Final = ("all", "unread", "archived")


class Row(Struct, frozen=True, kw_only=True):
    """A conversation in the list. ``application`` is the page of a linked profile, empty for the main one.

    ``verified`` says whether the peer has a name beside its address.
    """

    head: Conversation
    marks: Marks
    application: str
    verified: bool
    preview: str
    request: bool


def is_address_name(name: str) -> bool:
    """Whether a name is made of an address, and says nothing of who it is."""
    return name.startswith("0x") and len(name.partition(".")[0]) == 42


async def applications(messenger: Messenger) -> dict[str, str]:
    """The pages of all linked profiles, by their names."""
    return {link.profile_name: link.uri for link in await messenger.links()}


def inbox_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    async def listed(request: Asked) -> dict[str, Any]:
        messenger = pages.messenger
        query = request.query_params
        shown = query.get("show", "all")
        application = query.get("application", "")
        profile, words = query.get("profile", ""), query.get("q", "").strip()[:200]
        listed = await messenger.overview()
        apps = await applications(messenger)
        hits: list[Hit] = []
        complete = True
        if words:
            complete = await pages.desk.search.settle(SEARCH_SECONDS)
            places = [(one.head.profile, one.head.peer) for one in listed if not one.is_request]
            hits = pages.desk.search.find(words, places)
            low = words.casefold()
            listed = [one for one in listed if any(low in name.casefold() for name in one.head.names)]
        if profile:
            listed = [one for one in listed if one.head.profile == profile]
            hits = [hit for hit in hits if hit.profile == profile]
        if application:
            listed = [one for one in listed if apps.get(one.head.profile) == application]
            hits = [hit for hit in hits if apps.get(hit.profile) == application]
        rows: list[Row] = []
        requests: list[Row] = []
        for one in listed:
            archived = one.marks.archived and not one.head.unread
            if not one.is_request and not words and archived != (shown == "archived"):
                continue
            if shown == "unread" and not one.head.unread:
                continue
            if len(rows) + len(requests) >= MOST:
                break
            row = Row(
                head=one.head,
                marks=one.marks,
                application=apps.get(one.head.profile, ""),
                verified=not is_address_name(one.head.peer),
                preview="",
                request=one.is_request,
            )
            (requests if one.is_request else rows).append(row)
        last = await pages.desk.previews.of(messenger, [row.head for row in rows])
        rows = [
            replace(row, preview=_preview(row.marks, entry)) for row, entry in zip(rows, last, strict=True)
        ]
        rows.sort(key=lambda row: not row.marks.pinned)
        profiles = [messenger.identity.name, *apps]
        return {
            "rows": rows,
            "requests": requests,
            "hits": hits,
            "left": 0 if complete else max(pages.desk.search.left, 1),
            "unreadable": pages.desk.search.unreadable,
            "show": shown if shown in FILTERS else "all",
            "profile": profile,
            "application": application,
            "applications": sorted(set(apps.values())),
            "words": words,
            "profiles": profiles,
            "main": messenger.identity.name,
            "first_steps": pages.desk.first_steps,
            "has_links": bool(apps),
            "link_requests": len(await messenger.link_requests()),
            "joins_again": await joins_again(pages),
            "current": "inbox",
        }

    @get("/")
    async def inbox(request: Asked) -> Response[str]:
        return pages.page(request, "inbox.html", **await listed(request))

    @get("/list")
    async def list_(request: Asked) -> Response[str]:
        return pages.page(request, "inbox_list.html", **await listed(request))

    @get("/events")
    async def events(request: Asked) -> Stream:
        _ = pages.desk.client
        first = await pages.desk.news()

        async def told() -> AsyncIterator[str]:
            async for line in pages.desk.live.stream(first):
                yield line

        return Stream(told(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    @post("/mark", status_code=200)
    async def mark(request: Asked) -> Response[str]:
        form, messenger = await form_of(request), pages.messenger
        peer, profile = form.get("peer", ""), form.get("profile") or None
        what, on = form.get("what", ""), form.get("on") != "no"
        if what in ("archive", "pin", "mute"):
            await getattr(messenger, what)(peer, on, profile=profile)
        elif what in ("block", "unblock", "allow"):
            await getattr(messenger, what)(peer, profile=profile)
        elif what == "delete":
            await messenger.delete_conversation(peer, profile=profile)
            for kept in (pages.desk.search, pages.desk.previews):
                kept.forget(profile or messenger.identity.name, peer)
        elif what == "draft":
            await messenger.keep_draft(peer, form.get("text", "")[:100_000], profile=profile)
            return Response("", status_code=204)
        await pages.desk.tell_of_deed()
        leaves = what in ("block", "archive", "delete")
        return pages.go("/" if leaves and on else form.get("back") or "/")

    @post("/new", status_code=200)
    async def new(request: Asked) -> Response[str]:
        form, messenger = await form_of(request), pages.messenger
        peer = normalize(form.get("peer", "").strip())
        profile = form.get("profile") or messenger.identity.name
        return pages.go(conversation_path(profile, peer))

    return [inbox, list_, events, mark, new]


async def usable_profiles(messenger: Messenger) -> list[str]:
    """The profiles that can be written as now: the main one, and those whose link is in force."""
    links = [link.profile_name for link in await messenger.links() if link.state is LinkState.LINKED]
    return [messenger.identity.name, *links]


def conversation_path(profile: str, peer: str) -> str:
    """Where a conversation is shown."""
    return f"/c?{urlencode({'profile': profile, 'peer': peer})}"


def _preview(marks: Marks, last: Entry | None) -> str:
    if marks.draft:
        return f"Draft: {shown_text(marks.draft)[:PREVIEW]}"
    if last is None:
        return ""
    if last.deleted:
        return "(deleted)"
    text = " ".join(shown_text((last.content or "")[: 4 * PREVIEW]).split())[:PREVIEW]
    if not text and last.attachments:
        text = "(a file)"
    return f"You: {text}" if last.own else text
