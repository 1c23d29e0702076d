"""Whom a request is counted for: an IPv4 address or an IPv6 /64, and never a proxy that is trusted."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.service import source_of
from dm3.service.sources import Counted, Proxies


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("a proxy's word", "a proxy's word"),
        ("", ""),
    ],
)
def test_the_source_of_an_address(host, source):
    assert source_of(host) == source


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_ipv6_addresses_are_one_source_within_a_64_and_in_no_other_way(one, other):
    if one.ipv4_mapped or other.ipv4_mapped:
        return
    mixed = ipaddress.IPv6Address((int(one) >> 64 << 64) | (int(other) & (2**64 - 1)))
    assert source_of(str(mixed)) == source_of(str(one))
    assert (source_of(str(one)) == source_of(str(other))) == (int(one) >> 64 == int(other) >> 64)


def test_what_is_no_address_is_bounded():
    assert len(source_of("x" * 10_000)) == 64


@pytest.mark.parametrize(
    ("given", "inside", "outside"),
    [
        (["127.0.0.1"], "127.0.0.1", "127.0.0.2"),
        (["10.0.0.0/8"], "10.9.8.7", "11.0.0.1"),
        (["fd00::/8"], "fd00::1", "2001:db8::1"),
        (["*"], "8.8.8.8", None),
        (["lb"], "lb", "lb2"),
        ([], None, "127.0.0.1"),
    ],
)
def test_proxies_are_told_by_address_and_network(given, inside, outside):
    proxies = Proxies(given)
    assert inside is None or inside in proxies
    assert outside is None or outside not in proxies


def test_so_many_in_all_and_so_many_of_each():
    counted = Counted(3, 2)
    assert [counted.enter("a") for _ in range(3)] == [True, True, False]
    assert not counted.full
    assert counted.enter("b")
    assert counted.full
    assert not counted.enter("c")
    counted.leave("a")
    assert (counted.of("a"), counted.count) == (1, 2)
    assert counted.enter("c")


def test_nobodys_counts_in_all_alone():
    counted = Counted(3, 1)
    assert [counted.enter(None) for _ in range(4)] == [True, True, True, False]
    counted.leave(None)
    assert counted.enter("a")


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.booleans()), max_size=60))
def test_leaving_undoes_entering(moves):
    counted, inside = Counted(5, 3), []
    for source, enters in moves:
        if enters:
            if counted.enter(source):
                inside.append(source)
        elif source in inside:
            inside.remove(source)
            counted.leave(source)
        assert counted.count == len(inside) <= 5
        assert counted.of("a") == inside.count("a") <= 3
