"""Items that devices tell each other: whatever the order, the same counts everywhere."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import read_json
from dm3.base.errors import MalformedData
from dm3.crypto import Seed
from dm3.protocol.devices import (
    LATEST,
    Item,
    ItemKind,
    beats,
    ended_items,
    later_mark,
    link_item,
    linked_by,
    mark_item,
    nonce_item,
    read_item,
    read_mark_item,
    rejected_item,
    standing_link,
)
from dm3.protocol.linking import Link, LinkState
from tests.unit.people import digest

TIMES = st.integers(0, LATEST)
PEERS = st.sampled_from(["bob.eth", "carol.eth"])


def a_link(message: str, **changes: object) -> Link:
    fields = {
        "state": LinkState.LINKED,
        "profile_name": "lsp.eth",
        "profile_hash": "0x" + "1" * 64,
        "main_name": "alice.eth",
        "owner": "0x" + "2" * 40,
        "uri": "https://app.example",
        "valid_until": 2_000,
        "linked_at": 900,
        "link_message": message,
        "vocabulary": "LINK",
        "profile_key": Seed(digest("lsp")),
        "asked_at": 800,
    }
    return Link(**{**fields, **changes})  # type: ignore[arg-type]


items = st.one_of(
    st.builds(lambda peer, at: read_mark_item("alice.eth", peer, at), PEERS, TIMES),
    st.builds(
        lambda kind, peer, on, at: mark_item(kind, "alice.eth", peer, on=on, at=at),
        st.sampled_from([ItemKind.BLOCKED, ItemKind.ARCHIVED]),
        PEERS,
        st.booleans(),
        TIMES,
    ),
    st.builds(
        lambda by, until: nonce_item("0xab", "nonce-1", by, until),
        st.sampled_from(["0x1", "0x2"]),
        st.integers(0, 5),
    ),
    st.builds(
        lambda text, until: link_item(a_link(text, valid_until=until)),
        st.sampled_from("AB"),
        st.integers(1, 3),
    ),
    st.builds(lambda text: ended_items(link_item(a_link(text)))[0], st.sampled_from("AB")),
    st.builds(lambda text: rejected_item("lsp.eth", text), st.sampled_from("AB")),
    st.builds(lambda text: read_item({"kind": "of tomorrow", "text": text}), st.text(max_size=5)),
)


def merged(told: list[Item]) -> dict[str, Item]:
    held: dict[str, Item] = {}
    for item in told:
        if beats(item, held.get(item.place)):
            held[item.place] = item
    return held


@given(st.lists(items, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(told, random):
    again = told + random.sample(told, len(told) // 2)
    random.shuffle(again)
    assert merged(again) == merged(told)


@given(st.lists(items, max_size=6), st.lists(items, max_size=6))
def test_what_two_devices_know_meets_whoever_tells_first(one, other):
    assert merged([*merged(one).values(), *merged(other).values()]) == merged(other + one)


@given(items)
def test_an_item_is_read_as_it_was_written(item):
    assert read_item(read_json(item.text, what="it")) == item


def test_an_end_beats_an_approval_of_the_same_link_message_in_any_order():
    approved = link_item(a_link("A"))
    for told in permutations([approved, *ended_items(approved), rejected_item("lsp.eth", "A")]):
        assert standing_link(merged(list(told)).values()) is None


def test_an_approval_beats_a_rejection_of_the_same_link_message():
    approved = link_item(a_link("A"))
    for told in permutations([approved, rejected_item("lsp.eth", "A")]):
        assert standing_link(merged(list(told)).values()) == approved


def test_a_link_that_is_approved_anew_after_an_end_stands():
    again = link_item(a_link("B", asked_at=1_000))
    told = [*ended_items(link_item(a_link("A"))), again]
    assert standing_link(told) == again


def test_an_end_counts_for_a_link_that_was_recovered_meanwhile():
    recovered = link_item(a_link("B", earlier_messages=("A",)))
    assert standing_link([recovered, *ended_items(link_item(a_link("A")))]) is None


def test_a_link_comes_to_the_other_device_with_its_keys():
    link = a_link("A", renewals=("R",), recoveries=(5,), nonce="n", paired=True, uncovered=True)
    assert linked_by(link_item(link), now=1_500) == link
    assert linked_by(link_item(link), now=2_001).state is LinkState.EXPIRED


@given(TIMES, st.integers(0, LATEST - 1))
def test_the_users_last_word_counts_whatever_the_clocks_say(now, theirs):
    held = mark_item(ItemKind.BLOCKED, "alice.eth", "bob.eth", on=True, at=theirs)
    mine = mark_item(ItemKind.BLOCKED, "alice.eth", "bob.eth", on=False, at=later_mark(held, now))
    assert beats(mine, held)


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "read", "profile": "a.eth", "peer": "b.eth", "at": LATEST + 1},
        {"kind": "read", "profile": "a.eth", "peer": "b.eth", "at": -1},
        {"kind": "read", "profile": "a.eth", "at": 1},
        {"kind": "blocked", "profile": "a.eth", "peer": "b.eth", "at": 1, "on": "yes"},
        {"kind": "link", "profile": "a.eth", "message": "0x1", "is": "perhaps"},
        {"kind": "link", "profile": "a.eth", "message": "0x1", "is": "approved"},
        {"kind": "nonce", "owner": "0x1", "nonce": "n", "messageHash": "0x1"},
        {"kind": "removed", "device": "x", "through": -1},
        {"text": "no kind"},
        [],
    ],
)
def test_an_item_that_is_none_is_refused(item):
    with pytest.raises(MalformedData):
        read_item(item)
