"""``POST /mailboxes/fetch``: pages of several mailboxes in one call (specification 5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Request
from msgspec import Struct

from dm3.base import Members, canonical_json, quote
from dm3.base.errors import Dm3Error, InvalidInput, MalformedData
from dm3.service import error_body, status_of
from dm3.store.delivery import FIRST_READER, Page, Registered, Wanted

from ..fetch import Fetching
from ..page_answers import Part, page_parts
from ..tokens import MAX_TOKEN_CHARS
from .parameters import read_cursor, read_reader

MAX_MAILBOXES: Final = 200
SEVERAL_BODY: Final = 512 * 1024
PAGE_LIMIT: Final = 50
"""Messages of one mailbox in one answer, where the call does not say how many."""
MAX_PAGE: Final = 200

_WHAT: Final = "the fetch"


class AskedMailbox(Struct, frozen=True):
    """One mailbox of a call: its ``name`` as written, the place to go on from, token and reader."""

    name: str
    token: str
    after: int
    reader: str


class AskedMailboxes(Struct, frozen=True):
    """What a call asks for; ``wait`` in seconds, at most ``limit`` messages of each."""

    mailboxes: tuple[AskedMailbox, ...]
    wait: float
    limit: int

    async def answer(
        self,
        opened: Sequence[Registered | Dm3Error],
        request: Request[Any, Any, Any],
        fetching: Fetching,
        most_wait: float,
    ) -> list[Part]:
        """The answer's JSON. It waits only while there is nothing to tell: a refusal is something."""
        open_ = [
            (one, Wanted(box.mailbox, one.reader, one.after))
            for one, box in zip(self.mailboxes, opened, strict=True)
            if isinstance(box, Registered)
        ]
        wait = min(self.wait, most_wait) if len(open_) == len(opened) else 0
        wanted = [found for _, found in open_]
        found = await fetching.wait_for_any(request, wanted, limit=self.limit, seconds=wait)
        pages: dict[str, Page | Dm3Error] = {
            one.name: box
            for one, box in zip(self.mailboxes, opened, strict=True)
            if isinstance(box, Dm3Error)
        }
        pages |= {one.name: page for (one, _), page in zip(open_, found, strict=True)}
        after = {one.name: one.after for one in self.mailboxes}
        parts: list[Part] = []
        for name, page in pages.items():
            parts += [(b"," if parts else b"") + quote(name).encode() + b":", *_told(page, after[name])]
        return [b'{"pages":{', *parts, b"}}"]


def read_asked(value: Any) -> AskedMailboxes:
    """Read the body of a call. Raises `MalformedData` or `InvalidInput`."""
    members = Members(value, _WHAT)
    listed = members.items("mailboxes")
    if len(listed) > MAX_MAILBOXES:
        raise MalformedData(f"{_WHAT}: more than {MAX_MAILBOXES} mailboxes at once")
    common = members.optional_text("reader", max_length=100)
    mailboxes = tuple(_mailbox(Members(entry, _WHAT), common or FIRST_READER) for entry in listed)
    if len({one.name for one in mailboxes}) != len(mailboxes):
        raise MalformedData(f"{_WHAT}: a mailbox is named twice")
    wait = members.raw().get("wait", 0)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not wait >= 0:
        raise InvalidInput("wait is a number of seconds, 0 or more")
    limit = members.raw().get("limit", PAGE_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"limit must be from 1 to {MAX_PAGE}")
    return AskedMailboxes(mailboxes, float(wait), limit)


def _mailbox(members: Members, common: str) -> AskedMailbox:
    reader = members.optional_text("reader", max_length=100)
    return AskedMailbox(
        members.text("name", max_length=1_000),
        members.text("token", max_length=MAX_TOKEN_CHARS),
        read_cursor(members.optional_text("after", max_length=100) or "0", "after"),
        read_reader(common if reader is None else reader),
    )


def _told(page: Page | Dm3Error, after: int) -> list[Part]:
    if isinstance(page, Dm3Error):
        refused = {**error_body(page.code, str(page), page.hint), "status": status_of(page)}
        return [canonical_json(refused).encode()]
    return page_parts(page, after)
