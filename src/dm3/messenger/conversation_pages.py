"""One conversation: its timeline, what can be done with each message, files, and its export."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from msgspec import Struct, structs

from dm3.base import canonical_json, normalize
from dm3.base.errors import InvalidInput, NotFound
from dm3.client import OutboxEntryView, StoredMessage, attach, attachments_of
from dm3.model import Attachment
from dm3.protocol.messages import AttachedFile, Entry, content_of, describe_attachments
from dm3.protocol.names import fingerprint

from .inbox_pages import applications, conversation_path, is_address_name, usable_profiles
from .pages import Asked, Pages, clock, day, form_of, saved_as, text_file

PAGE: Final = 50
"""Entries that are shown at first, and that are added at a time by scrolling up."""
MOST_LIVE: Final = 2_000
"""Entries in the part of a conversation that is shown anew with what comes."""
IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Shown in the page. What else there is – SVG, which may hold programs, first of all – is downloaded."""
QUICK: Final = ("👍", "❤️", "😂", "🎉", "👀")


class File(Struct, frozen=True):
    """An attachment of an entry: where it stands in the message, what it says of itself, if it is shown."""

    place: int
    told: AttachedFile
    is_image: bool


class Line(Struct, frozen=True, kw_only=True):
    """An entry as it is shown. ``quote`` is what it answers, ``waiting`` what the outbox says of it.

    ``keys_at``: when the peer's keys have changed, between the entry before and this one, in milliseconds;
    0 where they have not. ``answers``: how many the thread has that begins with it.
    """

    entry: Entry
    files: tuple[File, ...]
    new_day: bool
    quote: str
    waiting: OutboxEntryView | None
    keys_at: int = 0
    answers: int = 0


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
        lines, changes = await lines_of(names, entries)
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

    async def lines_of(names: tuple[str, ...], entries: tuple[Entry, ...]) -> tuple[list[Line], list[int]]:
        changes = await _key_changes(pages, names)
        outbox = {one.message_hash: one for one in await pages.messenger.waiting() if one.to in names}
        return _lines(entries, outbox, changes), changes

    @get("/c/earlier")
    async def earlier(request: Asked) -> Response[str]:
        messenger, query = pages.messenger, request.query_params
        peer = normalize(query.get("peer", ""))
        profile = normalize(query.get("profile", "") or messenger.identity.name)
        names = await messenger.names_of(peer, profile=profile)
        before = query.get("before", "")
        found = await messenger.timeline(peer, profile=profile, newest=PAGE + 1, before=before)
        more = len(found.entries) > PAGE
        lines, _ = await lines_of(names, found.entries)
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

    @get("/c/file")
    async def file(request: Asked) -> Response[bytes]:
        query = request.query_params
        found = attachments_of(await pages.messenger.find_message(query.get("message", "")))
        place = query.get("place", "")
        if not place.isdecimal() or int(place) >= len(found):
            raise NotFound("no such file is in that message")
        one = found[int(place)]
        told = describe_attachments(found)[int(place)]
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
        media = told.mime if told.mime in IMAGES else "application/octet-stream"
        if media not in IMAGES:
            headers["Content-Disposition"] = saved_as(told.name)
        return Response(content_of(one), media_type=media, headers=headers)

    @get("/c/export")
    async def export(request: Asked) -> Response[str]:
        query, messenger = request.query_params, pages.messenger
        peer, profile = normalize(query.get("peer", "")), normalize(query.get("profile", ""))
        entries = (await messenger.timeline(peer, profile=profile)).entries
        if query.get("as") == "json":
            facts = [_facts(entry) for entry in entries]
            text = canonical_json({"profile": profile, "peer": peer, "messages": facts})
            return text_file(text, f"{peer}.json")
        lines = [
            f"{day(entry.at)} {clock(entry.at)}  {entry.author}: "
            + ("(deleted)" if entry.deleted else entry.content or "")
            + "".join(f"\n    file: {told.name}" for told in describe_attachments(entry.attachments))
            for entry in entries
        ]
        return text_file("\n".join(lines) + "\n", f"{peer}.txt")

    return [conversation, timeline, earlier, keys, send, do, file, export]


async def _key_changes(pages: Pages, names: tuple[str, ...]) -> list[int]:
    """When the keys of whoever has these names have changed, in milliseconds, oldest first."""
    for name in names:
        seconds = await pages.desk.client.peers.key_changes(name)
        if seconds:
            return [second * 1000 for second in seconds]
    return []


def _lines(entries: tuple[Entry, ...], outbox: dict[str, OutboxEntryView], changes: list[int]) -> list[Line]:
    known = {entry.hash: entry for entry in entries}
    answers = Counter(entry.thread for entry in entries if entry.depth)
    lines, before, before_at = [], "", 0
    for entry in entries:
        told = describe_attachments(entry.attachments)
        quoted = known.get(entry.reply_to or "")
        quote = ""
        if entry.reply_to:
            quote = "an earlier message" if quoted is None else (quoted.content or "a file")[:120]
        lines.append(
            Line(
                entry=entry,
                files=tuple(
                    File(place, one, one.url is None and one.mime in IMAGES) for place, one in enumerate(told)
                ),
                new_day=day(entry.at) != before,
                quote=quote,
                waiting=outbox.get(entry.latest) or outbox.get(entry.hash),
                keys_at=next((at for at in reversed(changes) if before_at < at <= entry.at), 0),
                answers=answers[entry.hash],
            )
        )
        before, before_at = day(entry.at), entry.at
    return lines


def _facts(entry: Entry) -> dict[str, Any]:
    facts = {
        key: value for key, value in structs.asdict(entry).items() if key not in ("attachments", "versions")
    }
    facts["attachments"] = [told.name for told in describe_attachments(entry.attachments)]
    facts["reactions"] = [{"content": one.content, "authors": one.authors} for one in entry.reactions]
    return facts
