"""Which network addresses others may make us contact (specification 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import ForbiddenAddress, MalformedData
from dm3.net.http.addresses import is_allowed, is_private, require_usable_host
from dm3.net.http.bounded_fetch import require_fetchable
from tests.unit.strategies import read_or_refused

GLOBAL = ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1"]
PRIVATE = ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd12::1"]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "ff0e::1",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "::8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2001:10::1",
    "3fff::1",
    "fec0::1",
    "100::1",
    "5f00::1",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.10",
    "192.0.0.170",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "2620:4f:8000::1",
    "2001:1::1",
    "2001:3::1",
    "2001:4:112::1",
    "2001:20::1",
    "2001:30::1",
    "100:0:0:1::1",
    "",
    "localhost",
    "127.1",
    "1.2.3.4.5",
]


@pytest.mark.parametrize("address", GLOBAL)
def test_global_unicast_is_allowed(address):
    assert is_allowed(address, allow_private=False)
    assert is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_is_allowed_only_where_wanted(address):
    assert not is_allowed(address, allow_private=False)
    assert is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_the_rest_is_never_allowed(address):
    assert not is_allowed(address, allow_private=False)
    assert not is_allowed(address, allow_private=True)


@given(st.ip_addresses())
def test_what_is_allowed_is_global(address):
    if is_allowed(str(address), allow_private=False):
        assert address.is_global
        assert not address.is_multicast
        assert getattr(address, "ipv4_mapped", None) is None
        assert getattr(address, "sixtofour", None) is None
        assert getattr(address, "teredo", None) is None


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "host.0x",
        "256.0.0.1",
        "127.0.0.01",
    ],
)
def test_unusual_spellings_of_addresses_are_refused(host):
    with pytest.raises(ForbiddenAddress):
        require_usable_host(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "a.example", "a.example.", "4chan.example", "0x.eth"])
def test_names_and_plain_addresses_go_on(host):
    require_usable_host(host)


@pytest.mark.parametrize("host", ["localhost", "ds.localhost", "127.0.0.1", "10.9.8.7", "::1", "fd12::1"])
def test_what_plain_http_may_lead_to(host):
    assert is_private(host)
    url = f"http://[{host}]:8080/x" if ":" in host else f"http://{host}:8080/x"
    require_fetchable(url, allow_private=True)
    with pytest.raises(ForbiddenAddress):
        require_fetchable(url)


@pytest.mark.parametrize(
    "host", ["a.example", "localhost.a.example", "notlocalhost", "8.8.8.8", "169.254.169.254", "0.0.0.0", ""]
)
def test_what_plain_http_may_never_lead_to(host):
    assert not is_private(host)
    with pytest.raises((ForbiddenAddress, MalformedData)):
        require_fetchable(f"http://{host}/x", allow_private=True)


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        "https://user@a.example/",
        "https://user:password@a.example/",
        "https://a.example:x@127.0.0.1/",
        "http://user@localhost/",
        "ftp://a.example/",
        "file:/x",
        "data:,x",
        "//a.example/",
        "a.example",
        "",
        "https://",
        "https://[::1/",
        "https://[v1.a]/",
        "https://xn--a/",
        "https://\ud800/",
        "https://a.example:x/",
    ],
)
def test_urls_that_are_not_fetched(url, allow_private):
    with pytest.raises((ForbiddenAddress, MalformedData)) as refused:
        require_fetchable(url, allow_private=allow_private)
    assert "password" not in str(refused.value)


@given(st.text(max_size=60) | st.text(max_size=60).map("https://".__add__))
def test_any_text_is_fetchable_or_refused(url):
    read_or_refused(require_fetchable, url)
