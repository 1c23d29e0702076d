"""The routes of those who open their mailbox: fetching, acknowledging, readers."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery

from dm3.base import Members
from dm3.base.errors import InvalidInput, MalformedData
from dm3.service import json_body
from dm3.store.delivery import FIRST_READER, Wanted

from ..authenticator import Authenticator
from ..fetch import Fetching
from ..page_answers import bare_parts, page_parts
from ..settings import DeliverySettings
from .parameters import read_cursor, read_reader
from .several_mailboxes import MAX_PAGE, SEVERAL_BODY, read_asked

MAX_ACKNOWLEDGEMENTS: Final = 1_000
ACKNOWLEDGEMENTS_BODY: Final = 512 * 1024


def mailbox_routes(settings: DeliverySettings, authenticator: Authenticator, fetching: Fetching) -> list[Any]:
    """All of them need an access token of the mailbox."""

    @get("/mailbox/{name:str}", summary="Fetch messages that this reader has not acknowledged")
    async def fetch(
        request: Request[Any, Any, Any],
        name: FromPath[str],
        after: FromQuery[str] = "0",
        limit: FromQuery[int] = 50,
        wait: FromQuery[float] = 0,
        reader: FromQuery[str] = FIRST_READER,
    ) -> Response[Any]:
        box = await authenticator.authorize(request, name)
        start = read_cursor(after, "after")
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInput(f"limit must be from 1 to {MAX_PAGE}")
        if not wait >= 0:
            raise InvalidInput("wait is a number of seconds, 0 or more")
        # Whoever would wait longer gets an empty page earlier and asks again.
        wait = min(wait, settings.wait_seconds)
        wanted = Wanted(box.mailbox, read_reader(reader), start)
        found = await fetching.wait(request, wanted, limit=limit, seconds=wait)
        return fetching.answer(page_parts(found, start))

    @post(
        "/mailboxes/fetch",
        status_code=200,
        request_max_body_size=SEVERAL_BODY,
        summary="Fetch from several mailboxes in one call",
    )
    async def fetch_several(request: Request[Any, Any, Any]) -> Response[Any]:
        asked = read_asked(await json_body(request, "the fetch", SEVERAL_BODY))
        opened = await authenticator.authorize_all([(one.name, one.token) for one in asked.mailboxes])
        return fetching.answer(await asked.answer(opened, request, fetching, settings.wait_seconds))

    @get(
        "/delivery/messages/incoming/{name:str}",
        summary="Fetch the oldest messages, as reference clients do",
    )
    async def incoming(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
        box = await authenticator.authorize(request, name)
        found = await fetching.page(box.mailbox, FIRST_READER, 0, MAX_PAGE)
        return fetching.answer(bare_parts(found))

    @post(
        "/delivery/messages/{name:str}/syncAcknowledgements",
        status_code=200,
        request_max_body_size=ACKNOWLEDGEMENTS_BODY,
        summary="Acknowledge messages: what every reader has is removed",
    )
    async def acknowledge(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, int]:
        box = await authenticator.authorize(request, name)
        what = "the acknowledgements"
        members = Members(await json_body(request, what, ACKNOWLEDGEMENTS_BODY), what)
        listed = members.items("acknowledgements")
        if len(listed) > MAX_ACKNOWLEDGEMENTS:
            raise MalformedData(f"{what}: more than {MAX_ACKNOWLEDGEMENTS} at once")
        hashes, places = _acknowledged([Members(entry, what) for entry in listed])
        reader = members.optional_text("reader", max_length=100)
        count = await fetching.acknowledge(
            box.mailbox, read_reader(FIRST_READER if reader is None else reader), hashes, places
        )
        return {"acknowledged": count}

    @put("/mailbox/{name:str}/readers/{reader:str}", summary="Register a reader of the mailbox")
    async def add_reader(
        request: Request[Any, Any, Any], name: FromPath[str], reader: FromPath[str]
    ) -> dict[str, Any]:
        box = await authenticator.authorize(request, name)
        return {"reader": reader, "readers": await fetching.add_reader(box.mailbox, read_reader(reader))}

    @delete("/mailbox/{name:str}/readers/{reader:str}", summary="Unregister a reader")
    async def remove_reader(
        request: Request[Any, Any, Any], name: FromPath[str], reader: FromPath[str]
    ) -> None:
        box = await authenticator.authorize(request, name)
        await fetching.remove_reader(box.mailbox, read_reader(reader))

    return [fetch, fetch_several, incoming, acknowledge, add_reader, remove_reader]


def _acknowledged(entries: list[Members]) -> tuple[set[str], dict[str, set[int]]]:
    """The hashes told alone, which mean all messages with them, and the places of those with a cursor."""
    hashes, places = set[str](), dict[str, set[int]]()
    for entry in entries:
        found = _hash(entry.text("messageHash", max_length=100))
        cursor = entry.optional_text("cursor", max_length=100)
        if cursor is None:
            hashes.add(found)
        else:
            places.setdefault(found, set()).add(read_cursor(cursor, "cursor"))
    return hashes, places


def _hash(text: str) -> str:
    # Whatever is no hash of a message here acknowledges nothing; the store must not stumble over it.
    return text.lower().encode("ascii", "replace").decode("ascii")
