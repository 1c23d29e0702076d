"""Where requests come from, as far as it counts: an IPv4 address, or the /64 of an IPv6 one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IPV6_PREFIX: Final = 64
"""Whoever has one IPv6 address nearly always has as many as fit below this prefix."""
MAX_SHOWN: Final = 64


@lru_cache(maxsize=20_000)
def source_of(host: str) -> str:
    """The source that ``host`` (an address as text) belongs to; what is no address is its own source."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:MAX_SHOWN]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, IPV6_PREFIX), strict=False))


def source_in(scope: object) -> str:
    """The source of an ASGI request; "" where the server does not know it."""
    client = scope.get("client") if isinstance(scope, dict) else None
    return source_of(client[0]) if client else ""


class Proxies:
    """The proxies in front of a service: addresses, networks, or ``*`` for whoever connects."""

    def __init__(self, given: Iterable[str]) -> None:
        entries = [entry.strip() for entry in given]
        self._all = "*" in entries
        self._networks = [found for found in map(_network, entries) if found is not None]
        self._others = frozenset(entries)
        self._known = lru_cache(maxsize=4_096)(self._is_one)

    def __contains__(self, host: object) -> bool:
        return self._all or self._known(str(host)[:253])

    def _is_one(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return host in self._others
        return any(address in network for network in self._networks)


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


class Counted:
    """How many there are of something at the moment, bounded in all and for each source."""

    def __init__(self, in_all: int, for_each: int) -> None:
        self.in_all = in_all
        self.for_each = for_each
        self.count = 0
        self._of: dict[str, int] = {}

    def of(self, source: str) -> int:
        """How many ``source`` has."""
        return self._of.get(source, 0)

    @property
    def full(self) -> bool:
        """Whether there are as many as there may be in all."""
        return self.count >= self.in_all

    def enter(self, source: str | None) -> bool:
        """Count one more, unless there are too many; None is nobody's, and counts in all alone."""
        if self.full or (source is not None and self.of(source) >= self.for_each):
            return False
        self.count += 1
        if source is not None:
            self._of[source] = self.of(source) + 1
        return True

    def leave(self, source: str | None) -> None:
        """Undo `enter`."""
        self.count -= 1
        if source is None:
            return
        left = self._of[source] - 1
        if left:
            self._of[source] = left
        else:
            del self._of[source]
