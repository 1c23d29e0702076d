"""Deleting by time waits where the clock is not plausible against what the store has seen."""

from hypothesis import given
from hypothesis import strategies as st

from dm3.delivery.store_clock import DAY, PLAUSIBLE_GAP, WAIT, observe
from dm3.service.store_clock import SET_BACK

NOW = 1_800_000_000


def run(readings, before=None):
    for now in readings:
        before = observe(before, now)
    return before


def test_a_new_store_believes_its_clock():
    assert observe(None, NOW).jumped is None


def test_a_service_that_was_off_for_days_believes_its_clock():
    assert run([NOW, NOW + PLAUSIBLE_GAP]).jumped is None


def test_forty_days_ahead_is_waited_for_and_time_stands_still():
    found = run([NOW, NOW + 40 * DAY, NOW + 40 * DAY + WAIT - 60])
    assert (found.jumped, found.believed) == (NOW + 40 * DAY, NOW)


def test_a_clock_that_goes_on_for_a_day_is_believed():
    minutes = range(NOW + 40 * DAY, NOW + 40 * DAY + WAIT + 1, 60)
    found = run([NOW, *minutes])
    assert (found.jumped, found.believed) == (None, found.seen)


def test_a_clock_that_was_set_right_is_believed_at_once():
    found = run([NOW, NOW + 40 * DAY, NOW + 40 * DAY + 60, NOW + 120])
    assert (found.jumped, found.believed) == (None, NOW + 120)


def test_a_second_jump_is_waited_for_anew():
    first = NOW + 40 * DAY
    found = run([NOW, first, first + WAIT - 60, first + 400 * DAY, first + 400 * DAY + 120])
    assert (found.jumped, found.believed) == (first + 400 * DAY, NOW)


def test_a_clock_that_is_set_back_a_little_is_no_reason_to_wait_less():
    first = NOW + 40 * DAY
    found = run([NOW, first, first - DAY, first + 120])
    assert found.jumped == first + 120
    assert found.believed == NOW


def test_a_clock_that_is_set_back_is_told_until_it_is_right_or_has_gone_on_for_a_day():
    assert run([NOW, NOW - SET_BACK]).back is None, "that much clocks differ"
    assert run([NOW, NOW - DAY]).back == NOW - DAY
    assert run([NOW, NOW - DAY, NOW + 60]).back is None
    assert run([NOW, NOW - 3 * DAY, NOW - 3 * DAY + 60, NOW - 4 * DAY]).back == NOW - 4 * DAY
    later = run([NOW, NOW - 3 * DAY, NOW - 3 * DAY + 60, NOW - 2 * DAY])
    assert (later.back, later.latest) == (None, NOW - 2 * DAY)


def test_a_clock_that_was_ahead_and_is_set_right_was_not_set_back():
    assert run([NOW, NOW + 40 * DAY, NOW + 60]).back is None


def test_the_furthest_reading_that_was_believed_is_remembered_though_the_clock_is_set_back():
    assert run([NOW, NOW - 3 * DAY, NOW - 3 * DAY + 60, NOW - 2 * DAY]).furthest == NOW
    assert run([NOW, NOW + 40 * DAY, NOW + 60]).furthest == NOW + 60, "a jump is not believed"
    assert run([NOW, NOW + DAY]).furthest == NOW + DAY


@given(st.lists(st.integers(-(10**7), 10**8), min_size=1, max_size=20))
def test_what_is_believed_never_jumps_ahead_without_a_day_of_readings(steps):
    before, now = observe(None, NOW), NOW
    for step in steps:
        now += step
        after = observe(before, now)
        ahead = after.believed - before.believed
        if ahead > PLAUSIBLE_GAP:
            assert before.jumped is not None
            assert now - before.jumped >= WAIT
        assert after.seen == now
        assert after.furthest >= max(before.furthest, after.believed)
        before = after
