"""Write the conformance vectors of `vectors/messages/`: what a conversation shows.

    python -m tests.vectors_messages.generate            write the files
    python -m tests.vectors_messages.generate --check    compare only; exit status 1 where they differ

The stories are drawn with a fixed seed and played by `dm3.protocol.messages.timeline_rules`, whose own tests
say what is right; the vectors keep other implementations, above all the one in ``web/``, to the same rules.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any, Final

from dm3.model import Attachment
from dm3.protocol.messages.timeline_entries import Entry, Timeline
from dm3.protocol.messages.timeline_messages import TimelineMessage
from dm3.protocol.messages.timeline_rules import timeline

FILE: Final = Path(__file__).parents[2] / "vectors" / "messages" / "timeline.json"
STORIES: Final = 120
LONGEST: Final = 14
TYPES: Final = (
    *("NEW", "REPLY", "REPLY", "EDIT", "EDIT", "DELETE_REQUEST", "REACTION", "REACTION"),
    *("READ_OPENED", "READ_RECEIVED", "RESEND_REQUEST", "LATER_TYPE"),
)
REACTIONS: Final = ("\U0001f44d", "\U0001f389", "", "x" * 65)
DESCRIPTION: Final = (
    "`messages` in any order, each perhaps twice, always give the timeline `expected`. Times in "
    "milliseconds; absent members are null."
)

Case = dict[str, Any]

_FILES: Final[Case] = {"attachments": ["data:,one", "data:,two"]}
_OTHER: Final[Case] = {"attachments": ["data:,three"]}
_GREEN: Final = {"content": " \U0001f49a "}
# What the stories seldom or never come to.
RULES: Final[dict[str, list[tuple[str, str, str | None, Case]]]] = {
    "an edit without files leaves those that are there": [
        ("NEW", "alice", None, _FILES),
        ("EDIT", "alice", "h0", {"content": "better"}),
    ],
    "an edit with files replaces them": [
        ("NEW", "alice", None, _FILES),
        ("EDIT", "alice", "h0", _OTHER),
        ("EDIT", "alice", "h1", {"content": "last"}),
    ],
    "a deleted message has no files and no reactions": [
        ("NEW", "alice", None, _FILES),
        ("REACTION", "bob", "h0", _GREEN),
        ("DELETE_REQUEST", "alice", "h0", {"content": None}),
    ],
    "a deletion of an edit deletes the message": [
        ("NEW", "alice", None, {}),
        ("EDIT", "alice", "h0", {}),
        ("DELETE_REQUEST", "alice", "h1", {"content": None}),
    ],
    "spaces around a reaction do not count, and the same one counts once": [
        ("NEW", "bob", None, {}),
        ("REACTION", "alice", "h0", _GREEN),
        ("REACTION", "alice", "h0", {"content": "\U0001f49a"}),
        ("REACTION", "bob", "h0", {"content": "\U0001f49a\n"}),
    ],
    "characters of a reaction are counted, not their halves": [
        ("NEW", "bob", None, {}),
        ("REACTION", "alice", "h0", {"content": "\U0001f49a" * 64}),
        ("REACTION", "bob", "h0", {"content": "\U0001f49a" * 65}),
    ],
    "an empty reaction takes away its author's earlier ones alone": [
        ("NEW", "bob", None, {}),
        ("REACTION", "alice", "h0", _GREEN),
        ("REACTION", "alice", "h0", {"content": "+1"}),
        ("REACTION", "bob", "h0", _GREEN),
        ("REACTION", "alice", "h0", {"content": "  "}),
        ("REACTION", "alice", "h0", {"content": "-1"}),
    ],
    "a reaction is taken back by deleting it, and by nobody else": [
        ("NEW", "bob", None, {}),
        ("REACTION", "alice", "h0", _GREEN),
        ("REACTION", "bob", "h0", {"content": "+1"}),
        ("DELETE_REQUEST", "alice", "h1", {"content": None}),
        ("DELETE_REQUEST", "alice", "h2", {"content": None}),
    ],
    "an answer to an edit answers what it edits": [
        ("NEW", "bob", None, {}),
        ("EDIT", "bob", "h0", {}),
        ("REPLY", "alice", "h1", _FILES),
    ],
}


def _message(draw: random.Random, number: int, earlier: list[str]) -> Case:
    kind = draw.choice(TYPES) if number else "NEW"
    author = draw.choice(("alice", "bob"))
    hash = f"h{number}"
    targets = [*earlier, *([f"h{number + draw.randrange(3)}", "elsewhere"] if draw.random() < 0.2 else [])]
    reference = draw.choice(targets) if targets and kind not in ("NEW", "LATER_TYPE") else None
    if reference is not None and draw.random() < 0.03:
        reference = None
    return {
        "hash": hash,
        "author": author,
        "own": author == "alice",
        "type": kind,
        "at": draw.randrange(8),
        "content": draw.choice(REACTIONS) if kind == "REACTION" else f"text of {hash}",
        "reference": reference,
        "unread": author == "bob" and draw.random() < 0.3,
        "delivery": draw.choice(("sent", "waiting", "failed")) if author == "alice" else "sent",
    }


def _entry(entry: Entry) -> Case:
    return {
        "hash": entry.hash,
        "author": entry.author,
        "type": entry.type,
        "at": entry.at,
        "content": entry.content,
        "attachments": [one.data for one in entry.attachments],
        "latest": entry.latest,
        "thread": entry.thread,
        "depth": entry.depth,
        "reply_to": entry.reply_to,
        "edited_at": entry.edited_at,
        "deleted_at": entry.deleted_at,
        "reactions": [{"content": one.content, "authors": list(one.authors)} for one in entry.reactions],
        "delivery": str(entry.delivery),
        "unread": entry.unread,
        "remark": entry.remark and str(entry.remark),
    }


def expected(shown: Timeline) -> Case:
    """A timeline as the vectors write it."""
    return {
        "entries": [_entry(entry) for entry in shown.entries],
        "held": [message.hash for message in shown.held],
        "ignored": [message.hash for message in shown.ignored],
        "resends": [{"request": one.request, "message": one.message} for one in shown.resends],
    }


def messages_of(case: Case) -> list[TimelineMessage]:
    """A case's messages."""
    return [
        TimelineMessage(
            **{**message, "attachments": tuple(map(Attachment, message.get("attachments") or ()))}
        )
        for message in case["messages"]
    ]


def _told(*messages: tuple[str, str, str | None, Case]) -> list[Case]:
    """Messages in their order, each by its type, author, what it is about, and what else it has."""
    return [
        {
            "hash": f"h{number}",
            "author": author,
            "own": author == "alice",
            "type": kind,
            "at": number,
            "content": f"text of h{number}",
            "reference": about,
            "unread": False,
            "delivery": "sent",
            **more,
        }
        for number, (kind, author, about, more) in enumerate(messages)
    ]


def _played(name: str, story: list[Case]) -> Case:
    case = {"name": name, "messages": story}
    return {**case, "expected": expected(timeline(messages_of(case)))}


def generated() -> dict[Path, str]:
    """Every vector file with its text."""
    draw = random.Random("dm3 timeline vectors")
    cases = []
    for number in range(STORIES):
        story: list[Case] = []
        for place in range(draw.randrange(1, LONGEST)):
            story.append(_message(draw, place, [message["hash"] for message in story]))
        if draw.random() < 0.5:
            story.append({**draw.choice(story), "at": 9})
        draw.shuffle(story)
        cases.append(_played(f"story-{number}", story))
    cases += [_played(name, _told(*messages)) for name, messages in RULES.items()]
    content = {
        "schema": 1,
        "name": "timeline",
        "section": "2.4",
        "description": DESCRIPTION,
        "cases": cases,
    }
    return {FILE: json.dumps(content, indent=1, ensure_ascii=True) + "\n"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    differing = [path for path, text in generated().items() if not path.exists() or path.read_text() != text]
    for path in differing:
        if check:
            print(f"differs: {path.name}")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(generated()[path], encoding="ascii")
            print(f"wrote {path.name}")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
