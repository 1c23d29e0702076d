"""Bounded room: how many values, how long they are, and who makes way."""

from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import NotFound
from dm3.net.cache.bounded_cache import ENTRY_BYTES, BoundedCache, size_of
from dm3.protocol.names.resolving import ResolvedProfile
from tests.unit.people import ALICE


def test_the_longest_there_makes_way():
    cache: BoundedCache[str, str] = BoundedCache(max_entries=2)
    for key in "abac":
        cache.put(key, key.upper(), 0)
    assert [cache.get(key) for key in "abc"] == ["A", None, "C"]


def test_room_is_of_bytes_too():
    cache: BoundedCache[str, int] = BoundedCache(max_bytes=2 * ENTRY_BYTES + 100)
    cache.put("a", 1, 50)
    cache.put("b", 2, 50)
    assert (cache.get("a"), cache.get("b")) == (1, 2)
    cache.put("c", 3, 51)
    assert [cache.get(key) for key in "abc"] == [None, None, 3]
    cache.put("d", 4, 2 * ENTRY_BYTES)
    assert [cache.get(key) for key in "cd"] == [None, None], "larger than all the room"
    assert cache.size == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3000), st.booleans()), max_size=50))
def test_the_size_is_that_of_what_is_there(steps):
    cache: BoundedCache[int, int] = BoundedCache(max_entries=4, max_bytes=8000)
    for key, size, kept in steps:
        if kept:
            cache.put(key, size, size)
        else:
            cache.drop(key)
        there = [size for key in range(6) if (size := cache.get(key)) is not None]
        assert cache.size == sum(there) + ENTRY_BYTES * len(there) <= 8000
        assert len(there) <= 4


def test_texts_count_wherever_they_are():
    long = "x" * 5000
    profile = ResolvedProfile("alice.eth", ALICE.wallet.address, ALICE.signed_profile)
    assert size_of(profile) > len(ALICE.signed_profile.text) + len(ALICE.signed_profile.profile_text)
    for value in (long, long.encode(), (1, long), {long: None}, {None: (2.0, long)}, NotFound(long)):
        assert 5000 < size_of(value) < 6000
    assert size_of(None) == size_of(1.5) == 0
