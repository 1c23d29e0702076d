"""How long others are waited for: the one place where these limits are set."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from dm3.base.errors import ConfigurationError

LONGEST: Final = 3_600.0
"""Seconds that a limit may be at most: without any, one silent peer would keep everything waiting."""


class Timeouts(Struct, frozen=True, kw_only=True):
    """Limits of time, in seconds. Whoever is behind a slow link raises them: ``Timeouts().times(4)``.

    Raises `ConfigurationError` for a limit that is not above 0 and at most an hour.
    """

    step: float = 5.0
    """For each step of an HTTP request: looking the host up, connecting, sending, the next bytes."""
    fetch: float = 5.0
    """For the whole answer of whom others choose: profile links, gateways of ENS; twice it for IPFS."""
    lookup: float = 15.0
    """For one ENS name, with the chain and all gateways that are asked about it."""
    chain: float = 10.0
    """For one whole answer of a chain's node."""
    peer: float = 5.0
    """For looking a peer's names up anew, beside the `Messenger.sync` that it belongs to."""

    def __post_init__(self) -> None:
        for name, seconds in msgspec.structs.asdict(self).items():
            if not isinstance(seconds, float | int) or not 0 < seconds <= LONGEST:
                raise ConfigurationError(
                    f"the timeout {name} must be above 0 and at most {LONGEST:g} seconds"
                )

    def times(self, factor: float) -> Timeouts:
        """All of them ``factor`` times as long, an hour at most. Raises `ConfigurationError`."""
        limits = msgspec.structs.asdict(self).items()
        return Timeouts(**{name: min(seconds * factor, LONGEST) for name, seconds in limits})


STANDARD: Timeouts = Timeouts()
"""What holds where nobody says otherwise. Tests make it longer, so that a busy machine fails none."""


def standard() -> Timeouts:
    """The limits that hold where nobody says otherwise."""
    return STANDARD
