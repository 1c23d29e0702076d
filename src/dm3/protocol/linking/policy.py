"""The main profile's rules for linking, in one place (``protocol.md`` 3.3, 3.5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

DAY: Final = 86_400
YEAR: Final = 365 * DAY


class WhoMayAsk(StrEnum):
    """Whose profiles may ask to be linked."""

    OWN_WALLET = "own-wallet"
    PAIRING = "pairing"
    ANYONE = "anyone"


class RecoveryMode(StrEnum):
    """Whether the user is asked before keys are handed back to a device (``protocol.md`` 3.5).

    ``unattended`` answers without asking where everything is bound, readable and of the link's page.
    """

    ASK = "ask"
    UNATTENDED = "unattended"


class Notices(StrEnum):
    """What of linking the user is told by a notice, beside what waits for a decision."""

    ALL = "all"
    RECOVERIES = "recoveries"


class LinkPolicy(Struct, frozen=True, kw_only=True):
    """What the user has set; all times in seconds.

    Who may ask: the main profile's own wallet always; another one with ``anyone``, and with ``pairing``
    until ``window_until`` (UNIX time), which the user opens for a while.

    ``recovery``: whether keys are handed back without asking; each link may say otherwise.

    ``term_limit`` bounds every link's validity. ``skew`` is how far clocks may differ. A Link Message
    without an expiration time may wait for ``undated_life``, as long as messages are kept. ``notices``:
    keys that were given back are told in any case.
    """

    term_limit: int = YEAR
    who_may_ask: WhoMayAsk = WhoMayAsk.OWN_WALLET
    window_until: int = 0
    recovery: RecoveryMode = RecoveryMode.UNATTENDED
    recoveries_per_day: int = 3
    pending_per_owner: int = 5
    pending_per_uri: int = 20
    pending_in_all: int = 100
    skew: int = 120
    undated_life: int = 30 * DAY
    notices: Notices = Notices.ALL

    def admits_others(self, now: int) -> bool:
        """Whether a wallet that is not the main profile's own may ask now."""
        if self.who_may_ask is WhoMayAsk.PAIRING:
            return now <= self.window_until
        return self.who_may_ask is WhoMayAsk.ANYONE
