"""The rules of a timeline: what each message does, whoever sends it, in whatever order it comes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base.errors import InvalidInput, NotFound
from dm3.model import Attachment, MessageType
from dm3.protocol.messages.timeline_entries import CHANGES, RECEIPTS, Entry, Resend, Timeline
from dm3.protocol.messages.timeline_messages import Delivery, Remark, TimelineMessage, is_entry
from dm3.protocol.messages.timeline_rules import LONGEST_REACTION, timeline

ALICE, BOB = "alice.eth", "bob.eth"
PICTURE, LETTER = Attachment("data:image/png;base64,AA==", "a.png"), Attachment("data:,hello", "b.txt")


def message(hash: str, author: str = ALICE, *, at: int = 0, **fields: Any) -> TimelineMessage:
    """A message in Alice's timeline: hers are her own."""
    fields = {"type": MessageType.NEW, "content": f"text of {hash}", **fields}
    return TimelineMessage(hash=hash, author=author, own=author == ALICE, at=at, **fields)


def about(hash: str, type: str, reference: str | None, author: str = ALICE, **fields: Any) -> TimelineMessage:
    return message(hash, author, type=type, reference=reference, **fields)


def the_one(shown: Timeline, hash: str = "m") -> Entry:
    found = shown.find(hash)
    assert found is not None
    return found


def hashes(shown: Timeline) -> list[str]:
    return [entry.hash for entry in shown.entries]


# --- order ------------------------------------------------------------------------------------------


def test_entries_stand_in_the_order_of_time_then_of_hash():
    shown = timeline([message("c", at=2), message("b", at=1), message("a", at=2), message("d", at=1)])
    assert hashes(shown) == ["b", "d", "a", "c"]


def test_a_message_that_came_twice_stands_there_once_at_its_earlier_time():
    copy = message("m", at=9, unread=True)
    shown = timeline([copy, message("n", at=5), message("m", at=1), copy])
    assert hashes(shown) == ["m", "n"]
    assert the_one(shown).at == 1


def test_an_empty_conversation_has_an_empty_timeline():
    assert timeline([]) == Timeline(())


# --- edits ------------------------------------------------------------------------------------------


def test_an_edit_replaces_the_content_and_keeps_what_was_there():
    shown = timeline(
        [
            message("m", content="helo", attachments=(PICTURE,)),
            about("e1", MessageType.EDIT, "m", at=1, content="hallo"),
            about("e2", MessageType.EDIT, "m", at=2, content="hello"),
        ]
    )
    [entry] = shown.entries
    assert (entry.content, entry.edited, entry.edited_at, entry.latest) == ("hello", True, 2, "e2")
    assert [(version.hash, version.content) for version in entry.versions] == [("m", "helo"), ("e1", "hallo")]
    assert entry.attachments == (PICTURE,), "an edit of the text leaves what was attached"
    assert [shown.find(hash) for hash in ("m", "e1", "e2")] == [entry] * 3


def test_an_edit_with_attachments_replaces_them():
    shown = timeline(
        [
            message("m", attachments=(PICTURE,)),
            about("e1", MessageType.EDIT, "m", at=1, attachments=(LETTER,)),
            about("e2", MessageType.EDIT, "m", at=2),
        ]
    )
    assert the_one(shown).attachments == (LETTER,)


def test_an_edit_of_an_edit_edits_the_message():
    edits = [about(f"e{n}", MessageType.EDIT, f"e{n - 1}" if n else "m", at=n) for n in range(300)]
    shown = timeline([*edits, message("m")])
    [entry] = shown.entries
    assert entry.content == "text of e299"
    assert len(entry.versions) == 300


def test_an_edit_of_somebody_elses_message_is_refused_and_shown():
    shown = timeline([message("m"), about("e", MessageType.EDIT, "m", BOB, at=1, content="forged")])
    assert the_one(shown).content == "text of m"
    assert not the_one(shown).edited
    refused = the_one(shown, "e")
    assert (refused.remark, refused.content, refused.type) == (Remark.FOREIGN, "forged", MessageType.EDIT)
    assert "only its author" in Remark.FOREIGN.sentence


def test_an_edit_through_a_refused_edit_does_not_reach_the_message():
    shown = timeline(
        [
            message("m"),
            about("e1", MessageType.EDIT, "m", BOB, at=1),
            about("e2", MessageType.EDIT, "e1", BOB, at=2, content="again"),
        ]
    )
    assert hashes(shown) == ["m", "e1"]
    assert the_one(shown).content == "text of m"
    assert the_one(shown, "e1").content == "again"


def test_an_edit_that_waits_for_its_message_is_shown_and_joins_it_when_it_comes():
    edit, late = about("e", MessageType.EDIT, "m", at=1, content="new"), message("m")
    [alone] = timeline([edit]).entries
    assert (alone.hash, alone.content, alone.remark) == ("e", "new", Remark.AWAITED)
    [joined] = timeline([edit, late]).entries
    assert (joined.hash, joined.content, joined.remark) == ("m", "new", None)


@pytest.mark.parametrize("reference", [None, ""])
@pytest.mark.parametrize(
    "type", [MessageType.EDIT, MessageType.DELETE_REQUEST, MessageType.REACTION], ids=str
)
def test_a_change_that_names_no_message_is_shown(type, reference):
    [entry] = timeline([about("x", type, reference)]).entries
    assert (entry.remark, entry.type) == (Remark.NO_REFERENCE, type)


@pytest.mark.parametrize("type", sorted(CHANGES), ids=str)
def test_nothing_changes_by_an_edit_of_what_is_no_text(type):
    first = about("x", type, "m", content="👍")
    shown = timeline([message("m", BOB), first, about("e", MessageType.EDIT, "x", at=1, content="new")])
    assert the_one(shown).content == "text of m"
    if type != MessageType.EDIT:
        assert the_one(shown, "e").remark is Remark.UNFIT


# --- circles ----------------------------------------------------------------------------------------


def test_edits_in_a_circle_stand_for_themselves_and_what_leads_there_edits_them():
    shown = timeline(
        [
            about("a", MessageType.EDIT, "b", at=1),
            about("b", MessageType.EDIT, "c", at=2),
            about("c", MessageType.EDIT, "a", at=3),
            about("d", MessageType.EDIT, "a", at=4, content="after all"),
            about("s", MessageType.EDIT, "s", at=5),
        ]
    )
    assert [(entry.hash, entry.remark) for entry in shown.entries] == [
        ("a", Remark.LOOP),
        ("b", Remark.LOOP),
        ("c", Remark.LOOP),
        ("s", Remark.LOOP),
    ]
    assert the_one(shown, "a").content == "after all"


def test_answers_in_a_circle_are_cut_at_the_earliest():
    shown = timeline(
        [
            about("a", MessageType.REPLY, "c", at=1),
            about("b", MessageType.REPLY, "a", at=2),
            about("c", MessageType.REPLY, "b", at=3),
            about("d", MessageType.REPLY, "d", at=4),
        ]
    )
    assert [(entry.hash, entry.reply_to, entry.depth, entry.thread) for entry in shown.entries] == [
        ("a", None, 0, "a"),
        ("b", "a", 1, "a"),
        ("c", "b", 2, "a"),
        ("d", None, 0, "d"),
    ]


@pytest.mark.parametrize("type", [MessageType.DELETE_REQUEST, MessageType.REACTION], ids=str)
def test_a_change_of_itself_is_refused(type):
    [entry] = timeline([about("x", type, "x")]).entries
    assert entry.remark is Remark.LOOP


# --- deletion ---------------------------------------------------------------------------------------


def test_its_author_deletes_a_message_and_nothing_of_it_is_left():
    shown = timeline(
        [
            message("m", attachments=(PICTURE,)),
            about("e", MessageType.EDIT, "m", at=1),
            about("r", MessageType.REACTION, "m", BOB, at=2, content="👍"),
            about("d2", MessageType.DELETE_REQUEST, "e", at=4, content=None),
            about("d1", MessageType.DELETE_REQUEST, "m", at=3, content=None),
            about("late", MessageType.EDIT, "m", at=9),
        ]
    )
    [entry] = shown.entries
    assert (entry.deleted, entry.deleted_at) == (True, 3)
    assert (entry.content, entry.attachments, entry.versions, entry.reactions) == (None, (), (), ())
    assert not entry.edited


def test_nobody_else_deletes_it():
    shown = timeline([message("m"), about("d", MessageType.DELETE_REQUEST, "m", BOB, at=1)])
    assert not the_one(shown).deleted
    assert the_one(shown, "d").remark is Remark.FOREIGN


def test_deleting_a_reaction_takes_it_back():
    shown = timeline(
        [
            message("m", BOB),
            about("r", MessageType.REACTION, "m", at=1, content="👍"),
            about("d", MessageType.DELETE_REQUEST, "r", at=2, content=None),
        ]
    )
    [entry] = shown.entries
    assert (entry.reactions, entry.deleted) == ((), False)


# --- answers ----------------------------------------------------------------------------------------


def test_answers_make_threads():
    shown = timeline(
        [
            message("m", BOB),
            about("e", MessageType.EDIT, "m", BOB, at=1),
            about("r1", MessageType.REPLY, "e", at=2),
            message("n", at=3),
            about("r2", MessageType.REPLY, "r1", BOB, at=4),
            about("r3", MessageType.REPLY, "m", at=5),
        ]
    )
    told = {entry.hash: (entry.reply_to, entry.depth, entry.thread) for entry in shown.entries}
    assert told["r1"] == ("m", 1, "m"), "an answer to an edit answers the message"
    assert told["r2"] == ("r1", 2, "m")
    assert hashes(shown) == ["m", "r1", "n", "r2", "r3"]
    assert [entry.hash for entry in shown.threads()] == ["m", "r1", "r2", "r3", "n"]


def test_an_answer_to_what_is_not_here_is_shown_and_joins_its_thread_later():
    answer = about("r", MessageType.REPLY, "m", BOB, at=1)
    [alone] = timeline([answer]).entries
    assert (alone.reply_to, alone.reference, alone.remark) == (None, "m", Remark.AWAITED)
    joined = the_one(timeline([answer, message("m")]), "r")
    assert (joined.reply_to, joined.remark, joined.depth) == ("m", None, 1)


def test_a_deleted_message_keeps_its_place_in_the_thread():
    shown = timeline(
        [
            message("m"),
            about("r", MessageType.REPLY, "m", BOB, at=1),
            about("d", MessageType.DELETE_REQUEST, "m", at=2),
        ]
    )
    assert the_one(shown, "r").reply_to == "m"
    assert hashes(shown) == ["m", "r"]


def test_a_long_thread_does_not_recurse():
    answers = [about(f"r{n:05}", MessageType.REPLY, f"r{n - 1:05}", at=n) for n in range(1, 5_000)]
    shown = timeline([message("r00000"), *answers])
    assert shown.entries[-1].depth == 4_999
    assert len(list(shown.threads())) == 5_000


# --- reactions --------------------------------------------------------------------------------------


def reactions(*changes: tuple[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """What (author, emoji) after (author, emoji) leaves under a message."""
    given_ = [
        about(f"r{at}", MessageType.REACTION, "m", author, at=at, content=emoji)
        for at, (author, emoji) in enumerate(changes, start=1)
    ]
    entry = the_one(timeline([message("m"), *given_]))
    return [(reaction.content, reaction.authors) for reaction in entry.reactions]


def test_reactions_are_gathered_by_emoji_and_author():
    assert reactions((BOB, "👍"), (ALICE, "👍"), (BOB, "🎉"), (BOB, "👍"), (BOB, " 👍 ")) == [
        ("👍", (BOB, ALICE)),
        ("🎉", (BOB,)),
    ]


def test_an_empty_reaction_takes_those_of_its_author_away():
    assert reactions((BOB, "👍"), (BOB, "🎉"), (ALICE, "👍"), (BOB, ""), (BOB, "🙈")) == [
        ("👍", (ALICE,)),
        ("🙈", (BOB,)),
    ]


def test_a_novel_is_no_reaction():
    shown = timeline(
        [message("m"), about("r", MessageType.REACTION, "m", BOB, content="x" * (LONGEST_REACTION + 1))]
    )
    assert the_one(shown).reactions == ()
    assert the_one(shown, "r").remark is Remark.UNFIT


def test_a_reaction_to_what_is_not_here_waits():
    reaction = about("r", MessageType.REACTION, "m", BOB, at=1, content="👍")
    waiting = timeline([reaction])
    assert (waiting.entries, waiting.held) == ((), (reaction,))
    came = timeline([reaction, message("m")])
    assert came.held == ()
    assert the_one(came).reactions[0].authors == (BOB,)


# --- receipts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "delivery"),
    [
        ([], Delivery.SENT),
        ([MessageType.READ_RECEIVED], Delivery.RECEIVED),
        ([MessageType.READ_OPENED], Delivery.READ),
        ([MessageType.READ_OPENED, MessageType.READ_RECEIVED], Delivery.READ),
    ],
)
def test_receipts_say_how_far_a_message_has_come(types, delivery):
    receipts = [about(f"r{at}", type, "m", BOB, at=at) for at, type in enumerate(types, start=1)]
    shown = timeline([message("m"), *receipts])
    assert the_one(shown).delivery is delivery
    assert hashes(shown) == ["m"], "a receipt is no entry"


def test_ones_own_receipts_and_those_for_nothing_are_ignored():
    own = about("r1", MessageType.READ_OPENED, "m", at=1)
    nothing = about("r2", MessageType.READ_OPENED, None, BOB, at=2)
    of_a_receipt = about("r3", MessageType.READ_RECEIVED, "r1", BOB, at=3)
    shown = timeline([message("m"), own, nothing, of_a_receipt])
    assert the_one(shown).delivery is Delivery.SENT
    assert shown.ignored == (own, nothing, of_a_receipt)


@pytest.mark.parametrize("state", [Delivery.WAITING, Delivery.FAILED, Delivery.DISCARDED])
def test_what_the_outbox_says_of_the_latest_version_counts_more_than_a_receipt(state):
    shown = timeline(
        [
            message("m"),
            about("r", MessageType.READ_OPENED, "m", BOB, at=1),
            about("e", MessageType.EDIT, "m", at=2, delivery=state),
        ]
    )
    assert the_one(shown).delivery is state


# --- sending again ----------------------------------------------------------------------------------


def test_a_message_of_ones_own_is_sent_again_when_the_other_asks():
    shown = timeline([message("m"), about("q", MessageType.RESEND_REQUEST, "m", BOB, at=7)])
    assert shown.resends == (Resend("q", "m", 7),)
    assert hashes(shown) == ["m"]


def test_exactly_the_edit_that_is_asked_for_is_sent_again():
    edit = about("e", MessageType.EDIT, "m", at=1)
    shown = timeline([message("m"), edit, about("q", MessageType.RESEND_REQUEST, "e", BOB, at=2)])
    assert [resend.message for resend in shown.resends] == ["e"]


@pytest.mark.parametrize(
    ("author_of_message", "author_of_request"), [(BOB, BOB), (ALICE, ALICE), (BOB, ALICE)]
)
def test_nothing_else_is_sent_again(author_of_message, author_of_request):
    asked = about("q", MessageType.RESEND_REQUEST, "m", author_of_request, at=1)
    shown = timeline([message("m", author_of_message), asked])
    assert (shown.resends, shown.ignored) == ((), (asked,))


def test_what_was_deleted_is_not_sent_again():
    deleted = about("d", MessageType.DELETE_REQUEST, "m", at=1)
    asked = about("q", MessageType.RESEND_REQUEST, "m", BOB, at=2)
    assert timeline([message("m"), deleted, asked]).resends == ()


# --- unknown types ----------------------------------------------------------------------------------


@pytest.mark.parametrize("type", ["POLL", "", "LINK", "new", "\u202e"])
def test_unknown_types_are_shown_with_their_type_and_text(type):
    [entry] = timeline([message("m", BOB, type=type, content="vote!", reference="elsewhere")]).entries
    assert (entry.type, entry.content, entry.reference) == (type, "vote!", "elsewhere")
    assert (entry.remark, entry.reply_to) == (None, None)
    assert is_entry(type)


# --- whatever comes ---------------------------------------------------------------------------------

NAMES = "abcdefgh"
TYPES = st.sampled_from([*MessageType, "POLL"])


@st.composite
def conversations(draw: st.DrawFn) -> list[TimelineMessage]:
    """Messages that refer to each other in any way, circles included, and to what is not there."""
    return [
        message(
            name,
            draw(st.sampled_from([ALICE, BOB])),
            at=draw(st.integers(0, 3)),
            type=draw(TYPES),
            reference=draw(st.none() | st.sampled_from([*NAMES, "elsewhere"])),
            content=draw(st.none() | st.sampled_from(["", "👍", "text", "x" * 100])),
            attachments=draw(st.sampled_from([(), (PICTURE,)])),
            unread=draw(st.booleans()),
            delivery=draw(st.sampled_from(Delivery)),
        )
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    ]


@given(conversations(), st.data())
def test_the_order_of_arrival_makes_no_difference(messages, data):
    again = data.draw(st.lists(st.sampled_from(messages), max_size=4)) if messages else []
    copies = [replace(copy, at=copy.at + 5) for copy in again]
    arrived = data.draw(st.permutations([*messages, *again, *copies]))
    assert timeline(arrived) == timeline(messages)


@given(conversations())
def test_nothing_that_came_is_missing(messages):
    shown = timeline(messages)
    entries = {entry.hash: entry for entry in shown.entries}
    aside = {held.hash for held in (*shown.held, *shown.ignored)}
    for given_ in messages:
        if is_entry(given_.type):
            assert given_.hash in entries
        elif given_.type == MessageType.EDIT:
            found = shown.find(given_.hash)
            assert found is not None or any(entry.deleted for entry in shown.entries)
        elif given_.type in RECEIPTS or given_.type == MessageType.RESEND_REQUEST:
            assert given_.hash not in entries
    assert not aside & entries.keys()
    assert len(entries) == len(shown.entries), "each stands there once"


@given(conversations())
def test_nobody_changes_what_another_has_written(messages):
    by_hash = {found.hash: found for found in messages}
    for entry in timeline(messages).entries:
        texts = [by_hash[entry.latest], *(by_hash[version.hash] for version in entry.versions)]
        assert {found.author for found in texts} == {entry.author}
        if entry.deleted:
            assert any(
                found.type == MessageType.DELETE_REQUEST and found.author == entry.author
                for found in messages
            )


@given(conversations())
def test_threads_hold_every_entry_once_below_what_it_answers(messages):
    shown = timeline(messages)
    threaded = list(shown.threads())
    assert sorted(entry.hash for entry in threaded) == sorted(hashes(shown))
    seen: dict[str, Entry] = {}
    for entry in threaded:
        if entry.reply_to is None:
            assert (entry.depth, entry.thread) == (0, entry.hash)
        else:
            above = seen[entry.reply_to]
            assert (entry.depth, entry.thread) == (above.depth + 1, above.thread)
        seen[entry.hash] = entry


@given(conversations(), st.data())
def test_what_comes_later_takes_no_entry_away_but_awaited_edits(messages, data):
    earlier = [found for found in messages if data.draw(st.booleans())]
    later = timeline(messages)
    for entry in timeline(earlier).entries:
        assert entry.remark is Remark.AWAITED or entry.type in CHANGES or later.find(entry.hash) is not None


# --- pages ------------------------------------------------------------------------------------------


def test_a_page_has_the_newest_entries_before_another():
    changed = [message(str(at), at=at) for at in range(6)]
    shown = timeline([*changed, about("edit", MessageType.EDIT, "1", at=9, content="changed later")])
    assert hashes(shown.page()) == hashes(shown)
    assert hashes(shown.page(newest=2)) == ["4", "5"]
    assert hashes(shown.page(newest=9)) == hashes(shown)
    page = shown.page(newest=2, before="3")
    assert hashes(page) == ["1", "2"]
    assert the_one(page, "1").content == "changed later", "as in the whole timeline"
    assert hashes(shown.page(before="edit")) == ["0"], "by any hash that the entry has had"
    assert hashes(shown.page(before="0")) == []


def test_a_page_that_cannot_be_is_refused():
    shown = timeline([message("a")])
    with pytest.raises(InvalidInput):
        shown.page(newest=0)
    with pytest.raises(NotFound):
        shown.page(before="b")
