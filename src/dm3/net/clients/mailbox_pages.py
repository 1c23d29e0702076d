"""Pages of a mailbox as a delivery service sends them, one or several in an answer (specification 5.4)."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from dm3.base import Members
from dm3.base.errors import Dm3Error, NotFound, ServiceRefused
from dm3.crypto import Token
from dm3.model import Envelope
from dm3.wire import envelope_from

MOST_MAILBOXES: Final = 200
"""How many mailboxes one call may read."""

UNAUTHORIZED: Final = frozenset({401, 403})
"""Statuses of a token that no longer holds, or that is of a mailbox that the service has lost meanwhile."""
_MAX_CURSOR: Final = 200
_MAX_SENTENCE: Final = 500
_NOT_FOUND: Final = frozenset({"not-found", "not-registered"})
_STATUS: Final = {"unauthorized": 401, "forbidden": 403}


class MailboxQuery(Struct, frozen=True):
    """One mailbox to read.

    ``name`` of the profile, ``token`` that opens it, ``reader`` as whom, ``after`` which cursor (text, empty
    for the beginning).
    """

    name: str
    token: Token
    reader: str
    after: str = ""


class Delivered(Struct, frozen=True):
    """One buffered envelope, None when it cannot be read; its hash and place are what to acknowledge."""

    hash: str
    cursor: str
    envelope: Envelope | None

    @property
    def receipt(self) -> dict[str, str]:
        """How it is acknowledged: the hash is only claimed, and another message may have the same."""
        return {"messageHash": self.hash, "cursor": self.cursor}


class Page(Struct, frozen=True):
    """What a fetch found, and the cursor to go on from.

    ``more``: whether there is more after it. A service that does not say so is asked until a page is
    empty, which is the end whatever a service says.
    """

    messages: tuple[Delivered, ...]
    cursor: str
    more: bool = True


def page_from(value: Any) -> Page:
    """Read one page. Raises `MalformedData`."""
    members = Members(value, "the mailbox page")
    found = [_delivered(Members(entry, "the mailbox entry")) for entry in members.items("messages")]
    return Page(tuple(found), _cursor(members), bool(found) and members.raw().get("more") is not False)


def pages_from(value: Any, names: list[str]) -> dict[str, Page | Dm3Error]:
    """The pages of these mailboxes, or why there is none of it. Raises `MalformedData`."""
    pages = Members(value, "the mailbox pages").object("pages")
    return {name: _page_or_error(pages, name) for name in names}


def _page_or_error(pages: Members, name: str) -> Page | Dm3Error:
    try:
        answer = pages.object(name)
        sentence = answer.raw().get("error")
        return page_from(answer.raw()) if sentence is None else _refusal(answer, sentence)
    except Dm3Error as error:
        return error


def _refusal(answer: Members, sentence: Any) -> Dm3Error:
    told = sentence[:_MAX_SENTENCE] if isinstance(sentence, str) else "no reason given"
    code = (answer.optional_text("code") or "")[:100]
    if code in _NOT_FOUND:
        return NotFound(told, verbatim=True)
    return ServiceRefused(told, verbatim=True, status=_STATUS.get(code, 0), service_code=code)


def _delivered(entry: Members) -> Delivered:
    return Delivered(
        entry.text("hash", max_length=200), _cursor(entry), _readable(entry.raw().get("envelope"))
    )


def _cursor(members: Members) -> str:
    cursor = members.raw().get("cursor")
    if type(cursor) is int and 0 <= cursor < 2**63:
        return str(cursor)
    return members.text("cursor", max_length=_MAX_CURSOR)


def _readable(value: Any) -> Envelope | None:
    try:
        return envelope_from(value)
    except Dm3Error:
        return None
