"""How many connections a service has: what an operator decides, apart from the door that keeps it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.base.errors import ConfigurationError

CONNECTIONS: Final = 10_000
CONNECTIONS_PER_ADDRESS: Final = 512


class ConnectionLimits(Struct, frozen=True, kw_only=True):
    """How many connections there may be: in all, and of one address (IPv6: of one /64)."""

    in_all: int = CONNECTIONS
    per_address: int = CONNECTIONS_PER_ADDRESS

    def check(self) -> None:
        """Raise `ConfigurationError` for limits that let nobody in."""
        if min(self.in_all, self.per_address) < 1:
            raise ConfigurationError("connections and connections-per-address are at least 1")


CONNECTION_LIMITS: Final = ConnectionLimits()
