"""A clock that is wrong is noticed before a wallet is asked to sign by it (specification 3.3).

A request that lies in the future, or has expired before it was sent, would be refused by the main profile,
and the signature would be for nothing. Several services are asked: one that lies keeps nobody from linking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar, Protocol

from dm3.base.errors import Dm3Error, LocalProtocolError
from dm3.model import Profile
from dm3.net.clients import DeliveryClient
from dm3.protocol.linking import SKEW
from dm3.protocol.wallets import time_text


class WrongClock(LocalProtocolError):
    """This device's clock differs from that of the delivery services."""

    code: ClassVar[str] = "wrong-clock"
    hint = "Set the clock of this device, then try again. Nothing was signed or sent."


class Clocks(Protocol):
    """This device's clock, and the services that tell theirs."""

    @property
    def now(self) -> Callable[[], float]: ...

    async def service(self, name: str) -> DeliveryClient:
        """A client of the delivery service published under ``name``."""


def is_wrong(own: float, told: Iterable[float], skew: int = SKEW) -> bool:
    """Whether the ``own`` clock differs from all that were ``told``, in UNIX seconds; nobody told: no."""
    differences = [abs(own - time) for time in told]
    return bool(differences) and min(differences) > skew


async def require_right_clock(clocks: Clocks, *profiles: Profile) -> None:
    """Raise `WrongClock` where the delivery services of all ``profiles`` that tell their time tell another.

    Services that are away or tell no time are passed over.
    """
    names = dict.fromkeys(name for profile in profiles for name in profile.delivery_services[:2])
    answers = await asyncio.gather(*(_time_at(clocks, name) for name in names))
    told = [time for time in answers if time is not None]
    own = clocks.now()
    if is_wrong(own, told):
        nearest = min(told, key=lambda time: abs(own - time))
        raise WrongClock(
            f"this device's clock says {time_text(int(own))}, that of the delivery service "
            f"{time_text(int(nearest))}; what a wallet signs by it would be refused"
        )


async def _time_at(clocks: Clocks, service: str) -> float | None:
    try:
        return await (await clocks.service(service)).time()
    except Dm3Error:
        return None
