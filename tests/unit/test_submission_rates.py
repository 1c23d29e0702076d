"""Floods are bounded in messages and bytes, by source, and none uses up what others share."""

from msgspec.structs import replace

from dm3.delivery.origin import Origin
from dm3.delivery.settings import DeliverySettings
from dm3.delivery.store_room import Fullness, Measured, judge
from dm3.delivery.submission_rates import MINUTES_A_DAY, SHARE, SubmissionRates
from dm3.service import RateLimiter

NONE = DeliverySettings(
    name="ds.eth",
    rate_per_sender=0,
    rate_of_strangers=0,
    rate_per_receiver=0,
    bytes_per_address=0,
    bytes_per_sender=0,
    bytes_of_strangers=0,
    stranger_bytes_per_address=0,
)


class Now:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def taken(rates, times=1_000, *, box="box", sender=None, size=10, source="192.0.2.1"):
    """How many of so many messages are taken."""
    return sum(rates.allow(box, sender, Origin(size, size, source)) for _ in range(times))


def rates(now=None, **limits):
    return SubmissionRates(replace(NONE, **limits), now or Now())


def test_without_limits_everything_is_taken():
    assert taken(rates()) == 1_000


def test_bytes_of_one_source_are_bounded_whoever_it_claims_to_be():
    limited = rates(bytes_per_address=100)
    assert taken(limited, sender="a.eth") + taken(limited, sender="b.eth", box="other") == 10
    assert taken(limited, sender="c.eth", source="192.0.2.2") == 10


def test_bytes_of_a_verified_sender_are_bounded():
    limited = rates(bytes_per_sender=100)
    assert (taken(limited, sender="a.eth"), taken(limited, sender="b.eth")) == (10, 10)


def test_one_source_uses_up_its_part_of_what_strangers_share_and_no_more():
    limited = rates(bytes_of_strangers=400, rate_of_strangers=1_000)
    assert taken(limited) == 40 // SHARE
    assert taken(limited, source="192.0.2.2") == 40 // SHARE
    limited = rates(rate_of_strangers=40)
    assert taken(limited) == 40 // SHARE
    assert taken(limited, source="192.0.2.2") == 40 // SHARE
    # Verified senders are not counted among strangers.
    assert taken(limited, sender="a.eth") == 1_000


def test_a_source_of_strangers_is_bounded_for_all_mailboxes_and_for_the_day():
    now = Now()
    limited = rates(now, stranger_bytes_per_address=100)
    assert sum(taken(limited, box=f"box{n}") for n in range(5)) == 10
    in_a_day = 10
    for _ in range(60):
        now.seconds += 60
        in_a_day += taken(limited)
    assert in_a_day <= 10 * MINUTES_A_DAY * 1.1
    assert in_a_day >= 10 * MINUTES_A_DAY


def test_a_message_that_is_bigger_than_all_is_taken_where_nothing_was_before_it():
    limited = RateLimiter(10, Now())
    assert limited.allow("a", 25)
    assert not limited.allow("a", 1)


def test_the_store_is_full_where_its_bound_or_the_disk_says_so():
    gigabyte = 10**9
    for measured, most, expected in (
        (Measured(0, 10 * gigabyte), 0, Fullness.ROOM),
        (Measured(5 * gigabyte, None), 0, Fullness.ROOM),
        (Measured(50, None), 100, Fullness.ROOM),
        (Measured(80, None), 100, Fullness.VERIFIED_ONLY),
        (Measured(100, None), 100, Fullness.FULL),
        (Measured(gigabyte, gigabyte // 2), 0, Fullness.FULL),
        (Measured(4 * gigabyte, gigabyte + gigabyte // 2), 0, Fullness.VERIFIED_ONLY),
    ):
        assert judge(measured, most=most, kept_free=gigabyte) is expected, measured
