"""What becomes of a statement: which are refused, by themselves and by number, and where the others go."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base.errors import ConfigurationError, Dm3Error
from dm3.board import BoardSettings, Moderation, check_board
from dm3.board.rules import HOUR_MS, OLDEST_MS, Refusal, place_for, refusal_of
from dm3.model import Draft
from dm3.protocol.board import read_item
from dm3.protocol.messages.composing import compose
from dm3.store.board import Counts, StatementState
from tests.unit.board_reader import verified
from tests.unit.people import ALICE, BOB
from tests.vectors_services.board import BOARD, board

NOW = 1_800_000_000_000
SETTINGS = BoardSettings(name=BOARD)


def refused(settings=SETTINGS, profile=ALICE.profile, **changes):
    values = {"to": BOARD, "from_": ALICE.name, "timestamp": NOW, "content": "Hello", "public": True}
    message = compose(Draft(**{**values, **changes}), ALICE.keys.signing_private)
    return refusal_of(message, profile, settings, NOW)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"public": False}, Refusal.NOT_A_STATEMENT),
        ({"to": "wall.user.myapp.eth"}, Refusal.NOT_A_STATEMENT),
        ({"content": "x" * 1_000}, None),
        ({"content": "x" * 1_001}, Refusal.TOO_LONG),
        ({"timestamp": NOW - OLDEST_MS}, None),
        ({"timestamp": NOW - OLDEST_MS - 1}, Refusal.WRONG_TIME),
        ({"timestamp": NOW + HOUR_MS}, None),
        ({"timestamp": NOW + HOUR_MS + 1}, Refusal.WRONG_TIME),
        ({"profile": BOB.profile}, Refusal.BAD_SIGNATURE),
    ],
)
def test_a_message_is_a_statement_or_says_why_not(changes, refusal):
    assert refused(**changes) == refusal


@given(
    st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 9), st.sampled_from(Moderation)
)
def test_limits_hold_whatever_the_moderation(by_author, others, waiting, limit, moderation):
    settings = replace(SETTINGS, per_author=limit, in_all=2 * limit, most_waiting=7, moderation=moderation)
    counts = Counts(by_author=by_author, in_all=by_author + others, waiting=waiting)
    place = place_for(settings, counts)
    if isinstance(place, StatementState):
        assert by_author < limit
        assert by_author + others < 2 * limit
        assert place is StatementState.PUBLISHED or waiting < 7
    assert (place is StatementState.PUBLISHED) <= (moderation is Moderation.PUBLISH)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda some: st.lists(some)))
def test_an_entry_that_is_anything_is_refused_by_one_of_our_errors(value):
    with pytest.raises(Dm3Error):
        read_item(value)


@given(st.data())
def test_an_entry_with_any_character_changed_is_never_another_statement(data):
    entry = next(case for case in board().cases if case["name"] == "published")["entry"]
    text = entry["message"]
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.characters(exclude_categories=["Cs"])) + text[place + 1 :]
    try:
        found = verified({**entry, "message": changed}, BOARD)
    except Dm3Error:
        return
    assert json.loads(changed) == json.loads(text)
    assert found.hash == entry["hash"]


@pytest.mark.parametrize(
    "change", [{"name": "a b"}, {"chars": 0}, {"chars": 4_001}, {"most_waiting": 0}, {"per_author": -1}]
)
def test_settings_that_cannot_be_are_refused(change):
    with pytest.raises(ConfigurationError):
        check_board(replace(SETTINGS, **change))
