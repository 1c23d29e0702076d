"""What leaves a conversation as a file: its attachments, and the conversation itself."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from msgspec import structs

from dm3.base import canonical_json, normalize
from dm3.base.errors import NotFound
from dm3.client import attachments_of
from dm3.protocol.messages import Entry, content_of, describe_attachments

from .conversation_lines import IMAGES
from .pages import Asked, Pages, clock, day, saved_as, text_file


def conversation_file_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

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

    return [file, export]


def _facts(entry: Entry) -> dict[str, Any]:
    facts = {
        key: value for key, value in structs.asdict(entry).items() if key not in ("attachments", "versions")
    }
    facts["attachments"] = [told.name for told in describe_attachments(entry.attachments)]
    facts["reactions"] = [{"content": one.content, "authors": one.authors} for one in entry.reactions]
    return facts
