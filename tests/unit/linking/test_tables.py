"""The transition tables: every row, nothing but the rows, and the diagrams drawn from them."""

import re
from itertools import product

import pytest

from dm3.base.errors import LocalProtocolError
from dm3.protocol.linking import TABLES, LinkState
from dm3.protocol.linking.machine import Table
from dm3.protocol.linking.tables import (
    ASKING,
    LINKS,
    RECOVERY,
    REQUESTS,
    AskingEvent,
    Effect,
    LinkEvent,
    OutgoingLinkEffect,
    OutgoingLinkState,
    RecoveryEffect,
    RecoveryEvent,
    RecoveryState,
    RequestEvent,
    RequestState,
)

KINDS = {
    "request": (RequestState, RequestEvent, Effect),
    "link": (LinkState, LinkEvent, Effect),
    "asking": (OutgoingLinkState, AskingEvent, OutgoingLinkEffect),
    "recovery": (RecoveryState, RecoveryEvent, RecoveryEffect),
}
ROWS = [
    pytest.param(table, row, id=f"{table.name}-{row.state}-{row.event}")
    for table in TABLES
    for row in table.rows
]
EVERY_PAIR = [
    pytest.param(table, state, event, id=f"{table.name}-{state}-{event}")
    for table in TABLES
    for state, event in product(*KINDS[table.name][:2])
]

# The tables of specification 3.3 to 3.5 once more, written as a reader would: state, event, next state.
EXPECTED = {
    "request": """
        none requested pending | pending requested pending | pending approved none
        pending rejected rejected | pending withdrawn none | pending lapsed none |
         rejected requested pending | rejected lapsed none
    """,
    "link": """
        none granted linked | none granted-without-keys awaiting-keys
        awaiting-keys keys-arrived linked | awaiting-keys granted linked
        awaiting-keys granted-without-keys awaiting-keys | awaiting-keys expired none
        awaiting-keys removed none | awaiting-keys revoked none
        linked renewed linked | linked granted linked | linked granted-without-keys linked
        linked recovery-granted linked | linked expired expired | linked removed none | linked revoked none
        expired granted linked | expired granted-without-keys linked
        expired removed none | expired revoked none
    """,
    "asking": """
        unlinked asked requested | unlinked accepted linked | unlinked accepted-without-keys linked
        unlinked revoked unlinked | unlinked earlier-revoked unlinked
        requested revoked unlinked | requested earlier-revoked requested
        linked earlier-revoked requested | expired earlier-revoked requested
        requested asked requested | requested accepted linked | requested accepted-without-keys linked
        requested rejected unlinked | requested ended unlinked | requested lapsed unlinked
        linked renewed linked | linked accepted linked | linked accepted-without-keys linked
        linked rejected linked | linked revoked unlinked | linked ended unlinked
        linked expired expired | expired revoked unlinked | expired ended unlinked
        expired asked requested | expired accepted linked | expired accepted-without-keys linked
    """,
    "recovery": "new asked asking | asking keys-received recovered | asking rejected failed"
    "| asking timed-out failed",
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_rows_are_those_of_the_protocol(table):
    expected = {tuple(row.split()) for row in re.split(r"[|\n]", EXPECTED[table.name]) if row.strip()}
    assert {(row.state, row.event, row.next) for row in table.rows} == expected


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_every_row_is_taken(table, row):
    assert table.allows(row.state, row.event)
    assert table.step(row.state, row.event) is row


@pytest.mark.parametrize(("table", "state", "event"), EVERY_PAIR)
def test_what_has_no_row_cannot_happen(table, state, event):
    there = any((row.state, row.event) == (state, event) for row in table.rows)
    assert table.allows(state, event) is there
    if not there:
        with pytest.raises(LocalProtocolError, match=f"{table.name}: {event} cannot happen in state {state}"):
            table.step(state, event)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_state_is_reached_and_every_event_and_effect_used(table):
    states, events, _ = KINDS[table.name]
    reached, before = {table.start}, None
    while reached != before:
        before = set(reached)
        reached |= {row.next for row in table.rows if row.state in before}
    assert reached == set(states)
    assert {row.event for row in table.rows} == set(events)


def test_every_effect_is_caused_somewhere():
    for kind in (Effect, OutgoingLinkEffect, RecoveryEffect):
        caused = {effect for table in TABLES for row in table.rows for effect in row.effects}
        assert set(kind) <= caused


def test_only_a_failed_or_finished_recovery_is_an_end():
    for table in TABLES:
        ends = {row.next for row in table.rows} - {row.state for row in table.rows}
        assert ends == ({RecoveryState.RECOVERED, RecoveryState.FAILED} if table is RECOVERY else set())


def test_mailboxes_are_joined_with_keys_and_left_when_the_link_ends():
    """Of what the effects say the mailbox state must be, every way through the table says the same."""
    joined = {
        LinkState.NONE: False,
        LinkState.AWAITING_KEYS: False,
        LinkState.LINKED: True,
        LinkState.EXPIRED: False,
    }
    for row in LINKS.rows:
        if joined[row.state] != joined[row.next]:
            assert (Effect.JOIN_MAILBOX if joined[row.next] else Effect.LEAVE_MAILBOX) in row.effects, row


def test_keys_are_sent_to_a_recovering_device_only():
    assert {row.event for row in LINKS.rows if Effect.SEND_KEYS in row.effects} == {
        LinkEvent.RECOVERY_GRANTED
    }


def test_the_user_decides_on_every_request():
    assert all(Effect.ASK_USER in row.effects for row in REQUESTS.rows if row.event is RequestEvent.REQUESTED)


def test_an_acceptance_publishes_the_record_in_every_state():
    accepted = (AskingEvent.ACCEPTED, AskingEvent.ACCEPTED_WITHOUT_KEYS)
    rows = [row for row in ASKING.rows if row.event in accepted]
    assert all(
        row.next is OutgoingLinkState.LINKED and OutgoingLinkEffect.PUBLISH_RECORD in row.effects
        for row in rows
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_diagram_shows_every_row(table):
    head, start, *arrows = table.mermaid().split("\n")
    assert head == "stateDiagram-v2"
    assert start.strip() == f"[*] --> {table.start}"
    assert len(arrows) == len(table.rows)
    for arrow, row in zip(arrows, table.rows, strict=True):
        names = rf"{row.state.replace('-', '_')} --> {row.next.replace('-', '_')}: {row.event}"
        assert arrow.strip() == names + (f" / {', '.join(row.effects)}" if row.effects else "")


def test_no_event_has_two_answers():
    again = (RecoveryState.NEW, RecoveryEvent.ASKED, RecoveryState.FAILED)
    with pytest.raises(ValueError, match="answers one event twice"):
        Table("double", RecoveryState.NEW, [again, again])
