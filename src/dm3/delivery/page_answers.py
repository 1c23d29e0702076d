"""Pages as answers: small ones at once, large ones message by message, as fast as the client takes them.

Envelopes go out as the text they are stored as. Of a large page only a part is in memory at a time, counted
against the budget of big answers before it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from litestar import Response
from msgspec import Struct

from dm3.base import quote
from dm3.service import PIECE, Send, answer_share
from dm3.store import Database
from dm3.store.delivery import Page, Waiting, envelopes

AT_ONCE: Final = 256 * 1024
"""Bytes of messages that are read together; pages up to this size are read whole."""

_JSON: Final = (b"content-type", b"application/json")


class Stored(Struct, frozen=True):
    """Messages of a mailbox that are read while the answer goes out; ``told`` writes one, by its envelope."""

    mailbox: str
    messages: tuple[Waiting, ...]
    told: Callable[[Waiting, str], str]


Part = bytes | Stored
"""A part of an answer: JSON text, or messages that are still to be read, with commas between them."""


def page_parts(found: Page, after: int) -> list[Part]:
    """The page as JSON; ``after`` is the cursor of one without messages."""
    cursor = found.messages[-1].seq if found.messages else after
    more = "true" if found.more else "false"
    end = f'],"cursor":"{cursor}","more":{more}}}'.encode()
    return [b'{"messages":[', _messages(found, _with_place), end]


def bare_parts(found: Page) -> list[Part]:
    """The envelopes alone, as an array: for reference clients."""
    return [b"[", _messages(found, _bare), b"]"]


def _messages(found: Page, told: Callable[[Waiting, str], str]) -> Part:
    if any(item.envelope is None for item in found.messages):
        return Stored(found.mailbox, found.messages, told)
    return ",".join([told(item, item.envelope or "") for item in found.messages]).encode()


def _with_place(item: Waiting, envelope: str) -> str:
    return f'{{"hash":{quote(item.hash)},"cursor":"{item.seq}","envelope":{envelope}}}'


def _bare(_: Waiting, envelope: str) -> str:
    return envelope


def page_answer(database: Database, parts: Sequence[Part]) -> Response[Any]:
    """The answer that consists of ``parts``."""
    whole = [part for part in parts if isinstance(part, bytes)]
    if len(whole) == len(parts):
        return Response(b"".join(whole), media_type="application/json")
    return StreamedPages(database, parts)


class StreamedPages(Response[bytes]):
    """An answer whose messages are read while it goes out. What is removed meanwhile is left out."""

    def __init__(self, database: Database, parts: Sequence[Part]) -> None:
        super().__init__(b"", media_type="application/json")
        self._database = database
        self._parts = parts

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """The answer as an ASGI application, in place of the framework's with its body in memory."""
        return self._send

    async def _send(self, scope: Any, _: Any, send: Send) -> None:
        stored = [part for part in self._parts if isinstance(part, Stored)]
        biggest = max((item.size for part in stored for item in part.messages), default=0)
        with answer_share(scope) as share:
            await share.take(max(AT_ONCE, biggest))
            await send({"type": "http.response.start", "status": 200, "headers": [_JSON]})
            for part in self._parts:
                if isinstance(part, bytes):
                    await _send_part(send, part)
                else:
                    await self._send_messages(send, part)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_messages(self, send: Send, part: Stored) -> None:
        comma = ""
        for group in _groups(part.messages):
            texts = await self._read(part.mailbox, group)
            for item in group:
                envelope = texts.pop(item.seq, None)
                if envelope is None:
                    continue
                text = comma + part.told(item, envelope)
                del envelope
                comma = ","
                for first in range(0, len(text), PIECE):
                    await _send_part(send, text[first : first + PIECE].encode())

    async def _read(self, box: str, group: Sequence[Waiting]) -> dict[int, str]:
        seqs = [item.seq for item in group]
        return await self._database.read(lambda connection: envelopes(connection, box, seqs))


def _groups(messages: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    group: list[Waiting] = []
    size = 0
    for item in messages:
        if group and size + item.size > AT_ONCE:
            yield group
            group, size = [], 0
        group.append(item)
        size += item.size
    if group:
        yield group


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
