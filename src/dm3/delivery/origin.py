"""Where a call comes from, and how large it is: what rates are counted by."""

from __future__ import annotations

from msgspec import Struct


class Origin(Struct, frozen=True):
    """How a call came.

    ``size`` is the body's (bytes), ``share`` the call's part of it in a batch; ``source`` an IPv4 address, or
    the /64 of an IPv6 one.
    """

    size: int
    share: int
    source: str
