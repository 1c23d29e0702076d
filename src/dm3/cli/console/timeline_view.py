"""A timeline as lines for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dm3.model import meaning_of
from dm3.protocol.messages import AttachedFile, Delivery, Entry, Timeline, describe_attachments

from .output import local_time, short

MARGIN: Final = " " * 18
DEEPEST: Final = 4
SHORT_HASH: Final = 10
QUOTED: Final = 60
LONGEST: Final = 5_000
MOST_LINES: Final = 200

_PROGRESS: Final = {
    Delivery.WAITING: "waiting",
    Delivery.FAILED: "not sent, see: dm3 outbox list",
    Delivery.DISCARDED: "given up, never sent",
    Delivery.RECEIVED: "received",
    Delivery.READ: "read",
}


def lines_of(timeline: Timeline, own: str) -> list[str]:
    """The timeline in the order of time: answers indented below a quotation, what was done beside it.

    ``own`` is the name of the profile whose timeline it is.
    """
    by_hash = {entry.hash: entry for entry in timeline.entries}
    return [line for entry in timeline.entries for line in _lines(entry, by_hash, own)]


def _lines(entry: Entry, by_hash: Mapping[str, Entry], own: str) -> list[str]:
    indent = "  " * min(entry.depth, DEEPEST)
    margin = MARGIN + indent
    lines = []
    answered = by_hash.get(entry.reply_to) if entry.reply_to else None
    if answered is not None:
        lines.append(f"{margin}┌ {_quotation(answered)}")
    first, *more = cut(_text(entry)).split("\n")
    arrow = "→" if entry.own else "←"
    head = f"{local_time(entry.at / 1000)}  {indent}{arrow} {first}{_marks(entry)}"
    # Further lines are indented, so that no message can pass for several.
    lines += [head, *(f"{margin}  {line}" for line in more)]
    lines += [f"{margin}  + {_file_line(file)}" for file in describe_attachments(entry.attachments)]
    for reaction in entry.reactions:
        who = ", ".join("you" if author == own else short(author) for author in reaction.authors)
        lines.append(f"{margin}  {' '.join(reaction.content.split())}  {who}")
    lines.append(f"{margin}  {entry.hash[:SHORT_HASH]}")
    return lines


def _text(entry: Entry) -> str:
    if entry.deleted:
        return "(deleted by its author)"
    told = entry.content or ""
    if meaning_of(entry.type).plain:
        return told
    return f"[{entry.type[:40]}] {told}".rstrip()


def cut(text: str) -> str:
    """A message as far as it is shown at once; what is cut off is said."""
    shown = "\n".join(text[:LONGEST].split("\n")[:MOST_LINES])
    left = len(text) - len(shown)
    return f"{shown} … ({left} more characters; --json has all)" if left else shown


def _marks(entry: Entry) -> str:
    marks = []
    if entry.edited:
        marks.append("edited")
    if entry.remark is not None:
        marks.append(entry.remark.sentence)
    if entry.own and entry.delivery in _PROGRESS:
        marks.append(_PROGRESS[entry.delivery])
    if entry.unread and not entry.deleted:
        marks.append("new")
    return f"  ({'; '.join(marks)})" if marks else ""


def _quotation(entry: Entry) -> str:
    text = " ".join(_text(entry).split())
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


def glance(entry: Entry) -> str:
    """How a message begins, on one line, with an arrow that says from whom it is."""
    return f"{'→' if entry.own else '←'} {_quotation(entry)}".rstrip()


def _file_line(file: AttachedFile) -> str:
    if file.url is not None:
        return f"{file.name} (elsewhere: {file.url})"
    return f"{file.name} ({_size(file.size)}, {file.mime})"


def _size(count: int | None) -> str:
    if count is None:
        return "unreadable"
    for unit in ("bytes", "kB", "MB"):
        if count < 1_000 or unit == "MB":
            return f"{count:g} {unit}"
        count = round(count / 1_000)
    raise AssertionError("unreachable")


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry with everything that is known of it."""
    return {
        "hash": entry.hash,
        "direction": "out" if entry.own else "in",
        "author": entry.author,
        "type": entry.type,
        "content": entry.content,
        "at": entry.at,
        "replyTo": entry.reply_to,
        "thread": entry.thread,
        "depth": entry.depth,
        "reference": entry.reference,
        "editedAt": entry.edited_at,
        "deletedAt": entry.deleted_at,
        "versions": [{"content": version.content, "at": version.at} for version in entry.versions],
        "reactions": [
            {"content": reaction.content, "authors": list(reaction.authors)} for reaction in entry.reactions
        ],
        "attachments": [
            {"name": file.name, "mime": file.mime, "size": file.size, "url": file.url}
            for file in describe_attachments(entry.attachments)
        ],
        "delivery": entry.delivery,
        "unread": entry.unread,
        "remark": entry.remark,
    }
