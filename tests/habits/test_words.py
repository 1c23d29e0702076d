"""Words that were replaced by better ones do not come back (docs/architecture.md, Words)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.habits.files import ROOT, complaint

RETIRED = {
    "AnswerDesk": "LinkReplies",
    "Bodies": "BodyReader",
    "Doorkeeper": "Authenticator",
    "Entrance": "App",
    "FormerLife": "PublishedState",
    "Intake": "WriteBatcher, StatementHandler",
    "LinkBook": "LinkStore",
    "LinkDesk": "LinkApprover",
    "Locker": "RecordCipher",
    "Manner": "SendOptions",
    "Parcel": "StampedEnvelope",
    "Receivers": "ReceiverLookup",
    "SenderGap": "UnknownSender",
    "Senders": "SenderLookup",
    "Shelf": "RecordType",
    "advice": "hint",
    "circles": "name_groups",
    "find_receiver": "resolve_recipient",
    "holds": "ttl",
    "intake": "write_batcher",
    "kept_under": "with_delivery_services",
    "met": "first_seen",
    "met_again": "seen_again",
    "objection": "unsupported_reason",
    "patience": "timeout",
    "pick_up": "fetch",
    "private_links": "allow_private_records",
    "shelf": "record_type",
    "shelves": "record_type",
    "take_acceptance": "handle_acceptance",
    "take_ending": "handle_ending",
    "take_keys": "handle_keys",
    "take_link": "handle_link",
    "take_refused_recovery": "handle_refused_recovery",
    "take_revocation": "handle_revocation",
    "take_sync": "handle_sync",
    "todo": "hint",
    "wanting": "with_alias_claim",
}
"""What was called otherwise before, and what it is called now: `docs/architecture.md` has the words."""

HERE = {("client/devices/joining.py", "met")}
"""Where one of them means something else."""


MOVED_CALLS = re.compile(
    r"\.(?:start_recovery|pending_recovery|create_named_profile)\("
    r"|(?<!peers)\.(?:verify_link|key_changes|can_message|take_back)\("
    r"|\bclient\.(?:primary_name|prepare_publication|context)\b"
    r"|\bclient\(\)\)\.context\b"
)
"""Calls of `dm3.Client` that are those of a part of it now, which no type checker sees in a test."""


def named(tree: ast.Module) -> Iterator[str]:
    """Every name that a file gives: to classes, functions, arguments, variables and members."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr


def test_no_replaced_word_names_anything():
    source, found = ROOT / "src" / "dm3", []
    for file in sorted(source.rglob("*.py")):
        place = str(file.relative_to(source))
        for name in {file.stem, *named(ast.parse(file.read_text(encoding="utf-8")))}:
            word = name.lstrip("_")
            if word in RETIRED and (place, word) not in HERE:
                found.append(f"{place}: {name}, now {RETIRED[word]}")
    assert not found, complaint("words that were replaced are back:", sorted(found))


def test_the_words_that_took_their_place_are_in_use():
    text = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "src" / "dm3").rglob("*.py"))
    words = {word for given in RETIRED.values() for word in given.split(", ")}
    unused = {word for word in words if not re.search(rf"\b_?{word}\b", text)}
    assert not unused, complaint("what took a word's place has another name by now:", sorted(unused))


def test_what_is_a_part_of_the_client_is_called_there():
    found = [
        f"{file.relative_to(ROOT)}: {call[0]}"
        for folder in ("src/dm3", "tests", "bench", "docs", "examples")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in (".py", ".md") and file != Path(__file__)
        for call in MOVED_CALLS.finditer(file.read_text(encoding="utf-8"))
    ]
    assert not found, complaint("client.recoveries, .ens, .peers, or context_of of tests/kit:", found)


def test_a_word_that_comes_back_is_noticed():
    tree = ast.parse("class Shelf:\n    def pick_up(self, advice): self._patience = todo = 1\n")
    assert {"Shelf", "pick_up", "advice", "_patience", "todo"} <= set(named(tree))
