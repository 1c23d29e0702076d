"""Which devices count, what each of them has told, and the text in which it tells it."""

import pytest

from dm3.base import canonical_json, read_json
from dm3.base.errors import BadSignature, MalformedData
from dm3.crypto import ProfileKeys, Seed
from dm3.protocol.devices import (
    MAX_ITEMS,
    Device,
    Standing,
    Vouched,
    admitted,
    asks,
    device_id,
    heard,
    misses,
    print_sync,
    read_mark_item,
    read_sync,
    removed,
    vouch_item,
    vouched_in,
)
from tests.unit.people import digest

DESK, LAP = ProfileKeys.from_seed(Seed(digest("desk"))), ProfileKeys.from_seed(Seed(digest("lap")))
MARK = read_mark_item("alice.eth", "bob.eth", 5)


def known(seen: int = 0) -> Device:
    key = DESK.signing_public
    device = admitted(asks(device_id(key), key, "desk", 1))
    return hear(device, *range(1, seen + 1))


def hear(device: Device, *numbers: int) -> Device:
    for seq in numbers:
        after = heard(device, seq, 2)
        assert after is not None
        device = after
    return device


def told(seq: int = 1, profile: str = "alice.eth") -> str:
    return print_sync(profile, DESK.signing_public, "desk", seq, [MARK], DESK.signing_private)


def test_what_a_device_tells_is_read_as_it_was_written():
    text = read_sync(told(7), "alice.eth")
    assert (text.device, text.key, text.label, text.seq, text.items) == (
        device_id(DESK.signing_public), DESK.signing_public, "desk", 7, (MARK,)
    )  # fmt: skip


@pytest.mark.parametrize(("member", "value"), [("seq", 8), ("label", "lap"), ("items", []), ("more", 1)])
def test_a_text_that_was_changed_is_not_the_devices(member, value):
    changed = read_json(told(7), what="it") | {member: value}
    with pytest.raises(BadSignature):
        read_sync(canonical_json(changed), "alice.eth")


@pytest.mark.parametrize(("member", "value"), [("v", 2), ("seq", 0), ("device", "00"), ("items", [{}] * 201)])
def test_a_text_that_is_none_is_refused(member, value):
    changed = read_json(told(7), what="it") | {member: value}
    with pytest.raises((MalformedData, BadSignature)):
        read_sync(canonical_json(changed), "alice.eth")


def test_more_items_than_one_message_has_are_refused():
    text = print_sync("a.eth", DESK.signing_public, "d", 1, [MARK] * (MAX_ITEMS + 1), DESK.signing_private)
    with pytest.raises(MalformedData, match="more than 200"):
        read_sync(text, "a.eth")


def test_what_is_told_at_one_profile_counts_at_no_other():
    with pytest.raises(MalformedData, match="another profile"):
        read_sync(told(), "bob.eth")


def test_a_message_counts_once_and_gaps_are_noted_until_they_are_filled():
    device = known(1)
    assert heard(device, 1, 2) is None
    device = hear(device, 4)
    assert device.missing == (2, 3)
    assert misses(device)
    device = hear(device, 3, 2)
    assert not misses(device)
    assert heard(device, 2, 2) is None


def test_what_a_removed_device_tells_after_its_removal_does_not_count():
    gone = removed(hear(known(2), 4), through=4)
    assert heard(gone, 5, 2) is None
    assert heard(gone, 3, 2) is not None  # it was told before, and was late


def test_a_removal_is_final_and_of_two_the_more_generous_counts():
    one, other = removed(removed(known(9), 4), 7), removed(removed(known(9), 7), 4)
    assert one == other
    assert admitted(one).standing is Standing.REMOVED


def test_the_word_for_a_device_is_its_vouchers_for_that_profile_alone():
    lap = Vouched(device_id(LAP.signing_public), LAP.signing_public, "lap", device_id(DESK.signing_public))
    item = vouch_item("alice.eth", lap, DESK.signing_private)
    assert vouched_in(item, "alice.eth", DESK.signing_public) == lap
    with pytest.raises(BadSignature):
        vouched_in(item, "bob.eth", DESK.signing_public)
    with pytest.raises(MalformedData):
        vouched_in(item, "alice.eth", LAP.signing_public)
    forged = vouch_item("alice.eth", lap, LAP.signing_private)
    with pytest.raises(BadSignature):
        vouched_in(forged, "alice.eth", DESK.signing_public)
