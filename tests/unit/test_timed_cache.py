"""What was found is remembered for its own time, in bounded room."""

import pytest

from dm3.net.cache import TimedCache


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_each_value_has_its_own_time(clock):
    cache: TimedCache[str, int] = TimedCache(clock)
    cache.put("short", 1, seconds=5)
    cache.put_until("long", 2, 1060)
    assert (cache.get("short"), cache.get("long")) == ((1,), (2,))
    clock.now += 5
    assert (cache.get("short"), cache.get("long")) == (None, (2,))
    clock.now = 1060
    assert cache.get("long") is None


def test_nothing_found_can_be_remembered_and_is_not_the_same_as_not_remembered(clock):
    cache: TimedCache[str, None] = TimedCache(clock)
    assert cache.get("a") is None
    cache.put("a", None, seconds=1)
    assert cache.get("a") == (None,)
    cache.drop("a")
    assert cache.get("a") is None


def test_what_was_kept_longest_makes_way(clock):
    cache: TimedCache[str, str] = TimedCache(clock, max_entries=2)
    for key in ("a", "b", "a", "c"):
        cache.put(key, key, seconds=10)
    assert [cache.get(key) for key in "abc"] == [("a",), None, ("c",)]


def test_room_is_of_bytes_too(clock):
    cache: TimedCache[str, str] = TimedCache(clock, max_bytes=10_000)
    for key in "abc":
        cache.put(key, "x" * 4_000, seconds=10)
    assert cache.get("a") is None
    assert cache.get("c") == ("x" * 4_000,)


def test_how_long_a_value_is_still_kept_is_told(clock):
    cache: TimedCache[str, int] = TimedCache(clock)
    cache.put("a", 1, seconds=5)
    clock.now += 2
    assert (cache.left("a"), cache.left("b")) == (3, 0)
    clock.now += 9
    assert cache.left("a") == 0
