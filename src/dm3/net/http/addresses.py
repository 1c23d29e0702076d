"""Which network addresses others may make us contact (specification 4)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from dm3.base.errors import ForbiddenAddress

_PRIVATE: Final = tuple(
    map(
        ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"),
    )
)
# Addresses at which cloud providers tell a machine its secrets; link-local ones are refused anyway.
_METADATA: Final = frozenset(
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)
# Of IANA's registries of special-purpose addresses: some count as globally reachable, but none is a host that
# somebody's name should lead to (relays, sinks of name servers, documentation, benchmarks, translation).
_SPECIAL_IPV4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
# Global unicast is 2000::/3; within it these carry an IPv4 address, serve a protocol or belong to nobody.
_UNICAST: Final = ip_network("2000::/3")
_NOT_UNICAST: Final = tuple(
    map(
        ip_network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)

_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def is_allowed(address: str, *, allow_private: bool) -> bool:
    """Whether ``address`` (text form) is a global unicast address, or private where that is allowed.

    IPv6 addresses that carry an IPv4 one (mapped, 6to4, NAT64, Teredo) are refused always: they would
    reach what the IPv4 rule has not seen.
    """
    try:
        # A zone (fe80::1%eth0) does not change what kind of address it is.
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if parsed in _METADATA or parsed.is_link_local or parsed.is_multicast:
        return False
    if any(parsed in network for network in _PRIVATE):
        return allow_private
    if isinstance(parsed, IPv6Address):
        reserved = any(parsed in network for network in _NOT_UNICAST)
        return parsed in _UNICAST and not reserved and parsed.is_global
    special = any(parsed in network for network in _SPECIAL_IPV4)
    return parsed.is_global and not parsed.is_reserved and not special


def is_private(host: str) -> bool:
    """Whether ``host`` is this machine or, in figures, a loopback or private address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return any(ip_address(host) in network for network in _PRIVATE)
    except ValueError:
        return False


def require_usable_host(host: str) -> None:
    """Refuse hosts that spell an IPv4 address in another way than four decimal figures.

    ``2130706433``, ``0x7f.1`` and ``0177.0.0.1`` are loopback to some programs and names to others.
    Raises `ForbiddenAddress`.
    """
    bare = host.rstrip(".")
    if not _NUMERIC_LABEL.fullmatch(bare.rpartition(".")[2]):
        return
    try:
        plain = str(IPv4Address(bare)) == host
    except ValueError:
        plain = False
    if not plain:
        raise ForbiddenAddress(f"{host[:100]} is an unusual spelling of an address", hint="")
