"""What each message type means: one table, from which timelines, receipts, linking and the wire take it."""

import pytest

from dm3.model import BASE_TYPES, MEANINGS, LinkKind, MessageType, meaning_of
from dm3.protocol.messages import CHANGES, is_entry
from dm3.protocol.messages.timeline_entries import RECEIPTS
from dm3.wire.dialects import NEWEST, TYPE_TO_LINK


def types_that(what):
    return {type for type in MessageType if what(MEANINGS[type])}


def test_every_type_has_a_meaning():
    assert set(MEANINGS) == set(MessageType)


def test_the_base_protocol_s_types_are_what_a_profile_reads_that_never_said():
    assert tuple(type for type in MessageType if not type.startswith("LINK")) == BASE_TYPES


@pytest.mark.parametrize("type", ["CALL_INVITATION", "", "new"])
def test_an_unknown_type_is_an_entry_that_is_shown_with_its_name(type):
    assert is_entry(type)
    meaning = meaning_of(type)
    assert (meaning.plain, meaning.receipt, meaning.needs_text, meaning.link) == (False, False, True, None)


def test_what_is_about_another_message_is_no_entry():
    assert {type for type in MessageType if not is_entry(type)} == CHANGES
    assert types_that(lambda meaning: not meaning.needs_text) | {MessageType.EDIT} == CHANGES
    assert RECEIPTS < CHANGES
    assert types_that(lambda meaning: meaning.plain) == {MessageType.NEW, MessageType.REPLY}


def test_edits_can_be_edited_and_reactions_taken_back_and_nothing_else_that_is_about_another():
    assert types_that(lambda meaning: meaning.editable) & CHANGES == {MessageType.EDIT}
    assert types_that(lambda meaning: meaning.deletable) & CHANGES == {MessageType.EDIT, MessageType.REACTION}


@pytest.mark.parametrize("kind", LinkKind)
def test_each_step_of_linking_has_one_type(kind):
    [type] = types_that(lambda meaning: meaning.link is kind)
    assert NEWEST.types[kind] == type
    assert TYPE_TO_LINK[type] == (NEWEST, kind)
