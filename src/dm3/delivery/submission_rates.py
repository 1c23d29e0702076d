"""How much may be submitted in a time, in messages and bytes: by source, sender and receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dm3.service import RateLimiter

from .origin import Origin
from .settings import DAY, DeliverySettings

SHARE: Final = 4
"""One source has at most this part of what all strangers may put into one mailbox."""
MINUTES_A_DAY: Final = 20
"""How often a source may use up its minute of unverified messages in a day."""


class SubmissionRates:
    """Counts what comes in, in this process; ``clock`` gives seconds."""

    def __init__(self, settings: DeliverySettings, clock: Callable[[], float]) -> None:
        self._sender = RateLimiter(settings.rate_per_sender, clock)
        self._sender_bytes = RateLimiter(settings.bytes_per_sender, clock)
        self._strangers = RateLimiter(settings.rate_of_strangers, clock)
        self._strangers_bytes = RateLimiter(settings.bytes_of_strangers, clock)
        self._stranger = RateLimiter(_share(settings.rate_of_strangers), clock)
        self._stranger_bytes = RateLimiter(_share(settings.bytes_of_strangers), clock)
        self._source_bytes = RateLimiter(settings.bytes_per_address, clock)
        unverified = settings.stranger_bytes_per_address
        self._unverified = RateLimiter(unverified, clock)
        self._unverified_day = RateLimiter(unverified * MINUTES_A_DAY, clock, seconds=DAY)
        self._receiver = RateLimiter(settings.rate_per_receiver, clock)

    def allow(self, box: str, sender: str | None, origin: Origin) -> bool:
        """Count a message to ``box`` from ``sender`` (None: not verified); False when it is too much."""
        size, source = origin.share, origin.source
        if not self._source_bytes.allow(source, size):
            return False
        # A sender's own allowance counts only what he has signed, so nobody else can use it up. What
        # strangers share comes last, so that one source uses up its own part and no more.
        if sender is not None:
            own = self._sender.allow(sender) and self._sender_bytes.allow(sender, size)
        else:
            here = f"{source} {box}"
            own = (
                self._unverified.allow(source, size)
                and self._unverified_day.allow(source, size)
                and self._stranger.allow(here)
                and self._stranger_bytes.allow(here, size)
                and self._strangers.allow(box)
                and self._strangers_bytes.allow(box, size)
            )
        return own and self._receiver.allow(box)


def _share(whole: int) -> int:
    return 0 if not whole else max(1, whole // SHARE)
