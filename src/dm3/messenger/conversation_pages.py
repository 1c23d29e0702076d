"""One conversation: its timeline, and what can be done with each message."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from msgspec import structs

from dm3.base import normalize
from dm3.base.errors import InvalidInput
from dm3.client import StoredMessage, attach
from dm3.model import Attachment
from dm3.protocol.messages import Entry
from dm3.protocol.names import fingerprint

from .conversation_lines import lines_of
from .inbox_pages import applications, conversation_path, is_address_name, usable_profiles
from .pages import Asked, Pages, form_of

PAGE: Final = 50
"""Entries that are shown at first, and that are added at a time by scrolling up."""
MOST_LIVE: Final = 2_000
"""Entries in the part of a conversation that is shown anew with what comes."""
QUICK: Final = ("👍", "❤️", "😂", "🎉", "👀")


def conversation_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    async def shown(request: Asked) -> dict[str, Any]:
        messenger, query = pages.messenger, request.query_params
        peer = normalize(query.get("peer", ""))
        profile = normalize(query.get("profile", "") or messenger.identity.name)
        marks = await messenger.marks(peer, profile=profile)
        names = await messenger.names_of(peer, profile=profile)
        listed = await messenger.overview()
        is_request = any(
            one.is_request for one in listed if (one.head.profile, one.head.peer) == (profile, names[0])
        )
        if not is_request and not marks.blocked:
            await messenger.mark_read(peer, profile=profile)
        thread = query.get("thread", "")
        entries, more = await newest(peer, profile, query.get("first", ""), thread)
        lines, changes = await lines_of(pages, names, entries)
        lines = lines[1:] if more else lines
        lines[:1] = [structs.replace(line, new_day=True) for line in lines[:1]]
        apps = await applications(messenger)
        return {
            "lines": lines,
            "more": more,
            "first": lines[0].entry.hash if lines else "",
            "thread": thread,
            "keys_at": next((at for at in reversed(changes) if not entries or at > entries[-1].at), 0),
            "peer": names[0],
            "names": names,
            "profile": profile,
            "profile_name": messenger.name if profile == messenger.identity.name else profile,
            "application": apps.get(profile, ""),
            "verified": not is_address_name(names[0]),
            "marks": marks,
            "is_request": is_request,
            "can_write": profile in await usable_profiles(messenger),
            "path": conversation_path(profile, names[0]),
            "quick": QUICK,
            "current": "inbox",
        }

    async def newest(peer: str, profile: str, first: str, thread: str) -> tuple[tuple[Entry, ...], bool]:
        """The newest entries, from ``first`` on where it is one of them; the thread alone where one is meant.

        Where there are more before them, the last of those stands at their head.
        """
        messenger, count = pages.messenger, PAGE
        if thread:
            found = (await messenger.timeline(peer, profile=profile)).entries
            return tuple(one for one in found if one.thread == thread), False
        while True:
            found = (await messenger.timeline(peer, profile=profile, newest=count + 1)).entries
            places = [place for place, one in enumerate(found) if one.hash == first]
            is_all = len(found) <= count
            if not first or places or is_all or count >= MOST_LIVE:
                break
            count *= 4
        start = places[0] if places else max(0, len(found) - PAGE)
        if start == 0 and not is_all:
            start = 1  # it is the one before those that were asked for
        return found[max(0, start - 1) :], start > 0

    @get("/c/earlier")
    async def earlier(request: Asked) -> Response[str]:
        messenger, query = pages.messenger, request.query_params
        peer = normalize(query.get("peer", ""))
        profile = normalize(query.get("profile", "") or messenger.identity.name)
        names = await messenger.names_of(peer, profile=profile)
        before = query.get("before", "")
        found = await messenger.timeline(peer, profile=profile, newest=PAGE + 1, before=before)
        more = len(found.entries) > PAGE
        lines, _ = await lines_of(pages, names, found.entries)
        lines = lines[1:] if more else lines
        return pages.page(
            request,
            "earlier.html",
            lines=lines,
            more=more and query.get("again") != "yes",
            first=lines[0].entry.hash if lines else "",
            before=before,
            thread="",
            peer=names[0],
            profile=profile,
            path=conversation_path(profile, names[0]),
            can_write=profile in await usable_profiles(messenger),
            is_request=False,
            quick=QUICK,
        )

    @get("/c")
    async def conversation(request: Asked) -> Response[str]:
        values = await shown(request)
        return pages.page(request, "conversation.html", **values)

    @get("/c/timeline")
    async def timeline(request: Asked) -> Response[str]:
        return pages.page(request, "timeline.html", **await shown(request))

    @get("/c/keys")
    async def keys(request: Asked) -> Response[str]:
        messenger, peer = pages.messenger, normalize(request.query_params.get("peer", ""))
        found = await pages.desk.client.peers.profile(peer)
        own = fingerprint(messenger.identity.signed.profile)
        return pages.page(request, "keys.html", theirs=fingerprint(found.signed.profile), own=own, peer=peer)

    @post("/c/send", status_code=200)
    async def send(request: Asked) -> Response[str]:
        messenger, form = pages.messenger, await request.form()
        text, profile = str(form.get("text", "")), str(form.get("profile", ""))
        peer, about, what = (str(form.get(key, "")) for key in ("peer", "about", "what"))
        files = [
            attach(await one.read(), name=one.filename or "file")
            for one in form.getall("file", [])
            if isinstance(one, UploadFile) and one.filename
        ]
        attachments: tuple[Attachment, ...] | None = tuple(files) or None
        if not text.strip() and not files:
            raise InvalidInput("there is nothing to send yet")
        if what == "edit" and about:
            await messenger.edit(await meant(about), text, attachments=attachments)
        elif what == "reply" and about:
            await messenger.reply(await meant(about), text, attachments=attachments)
        else:
            await messenger.send_as(profile, peer, text, attachments=attachments)
        await messenger.keep_draft(peer, "", profile=profile)
        return await changed(request)

    @post("/c/do", status_code=200)
    async def do(request: Asked) -> Response[str]:
        form, messenger = await form_of(request), pages.messenger
        what, about = form.get("what", ""), form.get("about", "")
        if what == "react":
            await messenger.react(await messenger.find_message(about), form.get("emoji", ""))
        elif what == "delete":
            await messenger.delete(await meant(about))
        elif what == "retry":
            await messenger.retry(about)
        elif what == "discard":
            await messenger.discard(about)
        else:
            raise InvalidInput("this cannot be done to a message")
        return await changed(request)

    async def meant(about: str) -> StoredMessage:
        """A message that is to be changed or answered; what is known of its conversation is read anew."""
        found = await pages.messenger.find_message(about)
        await pages.desk.forget(pages.messenger, found)
        return found

    async def changed(request: Asked) -> Response[str]:
        await pages.desk.tell_of_deed()
        return Response("", status_code=200, media_type="text/html", headers={"HX-Trigger": "sent"})

    return [conversation, timeline, earlier, keys, send, do]
