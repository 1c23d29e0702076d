"""The size of a page of long work follows the time for which the last ones held the writer."""

from dm3.service.paced_work import FIRST_PAGE, HELD_SECONDS, LARGEST_PAGE, SMALLEST_PAGE, Pace


def after(*held):
    """The size after pages that took so long, a function of the size or a number of seconds."""
    pace = Pace()
    for one in held:
        pace.held(one(pace.size) if callable(one) else one)
    return pace.size


def test_it_begins_small_and_grows_while_pages_are_quick():
    assert after() == FIRST_PAGE
    assert after(0.001) == 2 * FIRST_PAGE
    assert after(*[lambda size: size * 0.000_02] * 20) == LARGEST_PAGE


def test_it_settles_where_a_page_takes_as_long_as_it_should():
    for each in (0.000_05, 0.000_158, 0.001):
        size = after(*[lambda size, each=each: size * each] * 20)
        assert HELD_SECONDS * 0.8 <= size * each <= HELD_SECONDS * 1.01


def test_pages_that_stay_slow_become_smaller_but_never_tiny():
    slow = [lambda size: size * 0.001] * 3
    grown = [lambda size: size * 0.000_03] * 20
    assert after(*grown, *slow) == int(HELD_SECONDS / 0.001)
    assert after(*[lambda size: size * 1.0] * 3) == SMALLEST_PAGE


def test_one_wait_for_the_disk_makes_no_page_smaller():
    quick = [lambda size: size * 0.000_1] * 20
    assert after(*quick, 0.4) == after(*quick)
    assert after(*quick, 0.4, quick[0]) == after(*quick)
